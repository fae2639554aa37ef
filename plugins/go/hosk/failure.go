package hosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind sorts failures. Only RateLimited and Transient are tried again.
type Kind uint8

// The kinds, in the order of the interface.
const (
	// InvalidInput: the parameters are not acceptable; the model or the data must change.
	InvalidInput Kind = iota
	// Unauthorized: the target refused the credentials or the permission.
	Unauthorized
	// NotFound: the thing addressed does not exist.
	NotFound
	// Conflict: the target's state contradicts the request.
	Conflict
	// RateLimited: too many requests; repeat later.
	RateLimited
	// Transient: network, overload, restart; the same request may succeed later.
	Transient
	// Permanent: repeating cannot help, and none of the other kinds says why.
	Permanent
)

var kinds = [...]string{
	"invalid-input", "unauthorized", "not-found", "conflict", "rate-limited", "transient", "permanent",
}

// String is the kind as it is written elsewhere.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return kinds[Permanent]
}

// Failure is the error of an attempt that failed; its kind decides whether it is repeated. Any other error becomes a
// permanent failure with its text.
type Failure struct {
	Kind Kind
	// Message tells what was tried, what came back, what to do. No secrets.
	Message string
	// RetryAfter is how long the target asked to be left alone; 0 when it did not.
	RetryAfter time.Duration
	// Code is the target's own, e.g. an HTTP status.
	Code string
	// Details are what the target answered: anything that can be written as JSON.
	Details any
}

// Error is the message.
func (f *Failure) Error() string { return f.Message }

// Failuref is a failure of a kind.
func Failuref(kind Kind, format string, arguments ...any) *Failure {
	return &Failure{Kind: kind, Message: fmt.Sprintf(format, arguments...)}
}

// BPMNError is the error of an attempt that ended with a business result: it leaves the step by an error boundary
// event. The contract declares its code.
type BPMNError struct {
	Code    string
	Message string
	// Variables become variables in the scope of the handler: a struct or a map; nil when there are none.
	Variables any
}

// Error is the message.
func (e *BPMNError) Error() string { return e.Code + ": " + e.Message }

// outcomeOf makes of any error one of the two that the interface knows. What wraps one of them gives way to it.
func outcomeOf(err error) error {
	if business := (*BPMNError)(nil); errors.As(err, &business) {
		return business
	}
	if failure := (*Failure)(nil); errors.As(err, &failure) {
		return failure
	}
	return &Failure{Kind: Permanent, Message: err.Error()}
}

// asJSON is a value as text; empty when there is none.
func asJSON(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.Marshal(filled(value))
	if err != nil {
		text, _ = json.Marshal(fmt.Sprint(value))
	}
	return string(text)
}
