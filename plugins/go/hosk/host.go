package hosk

import (
	"encoding/json"
	"fmt"
)

// Level is how much a log line matters.
type Level uint8

// The levels, in the order of the interface.
const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

// Host is what a plugin reaches outside of itself. In a plugin it is hosk; in tests on the author's machine it is that
// of the package hosktest.
type Host interface {
	// Log writes a line for the operator.
	Log(level Level, message string)
	// Settings are what the administrator configured for the connection: a JSON object.
	Settings() string
	// SecretNames are the names of the connection's secrets.
	SecretNames() []string
	// Send sends a request and waits for the answer.
	Send(request Request) (*Response, *Failure)
}

// Log writes lines for the operator; the connection's secrets are blotted out. A call may write some hundred lines of
// some thousand characters: what is more ends the call.
var Log Logger

// Logger is the type of Log.
type Logger struct{}

// Tracef writes a line of the lowest level.
func (Logger) Tracef(format string, arguments ...any) { logf(LevelTrace, format, arguments) }

// Debugf writes a line for whoever looks for a mistake.
func (Logger) Debugf(format string, arguments ...any) { logf(LevelDebug, format, arguments) }

// Infof writes a line that may be of interest.
func (Logger) Infof(format string, arguments ...any) { logf(LevelInfo, format, arguments) }

// Warnf writes a line that somebody should read.
func (Logger) Warnf(format string, arguments ...any) { logf(LevelWarn, format, arguments) }

// Errorf writes a line about something that went wrong.
func (Logger) Errorf(format string, arguments ...any) { logf(LevelError, format, arguments) }

func logf(level Level, format string, arguments []any) {
	host.Log(level, fmt.Sprintf(format, arguments...))
}

// Settings reads what the administrator configured into a struct or a map. What is not configured stays as it is, so
// that defaults can be set before.
func Settings(into any) error {
	if err := json.Unmarshal([]byte(host.Settings()), into); err != nil {
		return Failuref(InvalidInput, "the settings of the connection cannot be read: %v", err)
	}
	return nil
}

// SecretNames are the names of the connection's secrets. Their values never come here: see Bearer and its like.
func SecretNames() []string { return host.SecretNames() }
