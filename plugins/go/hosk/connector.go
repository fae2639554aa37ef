// Package hosk is for writing connectors for hosk in Go.
//
// A connector is made of functions. Each takes the call and its input, a struct of its own, and returns its output or an
// error; the contract with its JSON schemas is derived from the types. `hosk plugin build` makes a plugin of the program.
package hosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Delivery says what a repeated attempt does.
type Delivery string

// The sorts of delivery.
const (
	// Idempotent: a repeat changes nothing more.
	Idempotent Delivery = "idempotent"
	// Keyed: the target knows a repeat by the idempotency key, which is the same for each attempt of a job.
	Keyed Delivery = "keyed"
	// SearchBeforeRetry: the operation looks for what an earlier attempt left before it begins.
	SearchBeforeRetry Delivery = "search-before-retry"
	// AtMostOnce: an attempt is never repeated by itself.
	AtMostOnce Delivery = "at-most-once"
)

// ErrorCode is a business result that an operation may end with instead of an output.
type ErrorCode struct {
	Code    string `json:"code"`
	Meaning string `json:"meaning"`
}

// NoRetries is for operations whose failures need a person at once.
const NoRetries = -1

// Defaults hold where neither the step nor the connection says otherwise. What is 0 is as it is without them.
type Defaults struct {
	// Retries are attempts before somebody has to look at the step: 3, or NoRetries.
	Retries int
	// FirstWait and LongestWait are between attempts; the wait doubles.
	FirstWait, LongestWait time.Duration
	// Timeout ends an attempt.
	Timeout time.Duration
}

// MarshalJSON is what stands in a contract.
func (d Defaults) MarshalJSON() ([]byte, error) {
	milliseconds := func(given, otherwise time.Duration) int64 {
		if given == 0 {
			given = otherwise
		}
		return given.Milliseconds()
	}
	retries := d.Retries
	if retries == 0 {
		retries = 3
	}
	return json.Marshal(map[string]any{
		"retries": max(retries, 0),
		"backoff": map[string]int64{
			"initialMs": milliseconds(d.FirstWait, time.Second),
			"maximumMs": milliseconds(d.LongestWait, 5*time.Minute),
		},
		"timeoutMs": milliseconds(d.Timeout, 30*time.Second),
	})
}

// Capabilities are what an administrator has to grant.
type Capabilities struct {
	Network bool     `json:"network,omitempty"`
	Secrets []string `json:"secrets,omitempty"`
}

// Operation is what a contract says of an operation besides its name and its schemas.
type Operation struct {
	Title        string
	Description  string
	Delivery     Delivery
	Errors       []ErrorCode
	Defaults     *Defaults
	Capabilities *Capabilities
	// TaskTypes are types of steps that lead here besides the operation's own.
	TaskTypes []string
}

// described is an operation as it stands in a contract.
type described struct {
	Name         string        `json:"name"`
	Title        string        `json:"title"`
	Description  string        `json:"description,omitempty"`
	InputSchema  Schema        `json:"inputSchema"`
	OutputSchema Schema        `json:"outputSchema"`
	Errors       []ErrorCode   `json:"errors,omitempty"`
	Delivery     Delivery      `json:"delivery"`
	Defaults     *Defaults     `json:"defaults,omitempty"`
	Capabilities *Capabilities `json:"capabilities,omitempty"`
	TaskTypes    []string      `json:"taskTypes,omitempty"`
}

// Connector is a contract and the functions behind it.
type Connector struct {
	id         string
	version    int
	title      string
	operations []described
	functions  map[string]func(Call, []byte) ([]byte, error)
	mistakes   []error
}

// New begins a connector. The version is that of its contract.
func New(id string, version int, title string) *Connector {
	functions := map[string]func(Call, []byte) ([]byte, error){}
	return &Connector{id: id, version: version, title: title, functions: functions}
}

// Add gives a connector an operation. Its schemas are those of In and Out; see Schema for the tags of their fields.
func Add[In, Out any](c *Connector, name string, run func(Call, In) (Out, error), about Operation) {
	mistaken := func(err error) {
		c.mistakes = append(c.mistakes, fmt.Errorf("operation `%s`: %w", name, err))
	}
	if _, there := c.functions[name]; there {
		mistaken(errors.New("there are two of this name"))
		return
	}
	input, err := schemaOf(reflect.TypeFor[In]())
	if err != nil {
		mistaken(fmt.Errorf("its input: %w", err))
	}
	output, err := schemaOf(reflect.TypeFor[Out]())
	if err != nil {
		mistaken(fmt.Errorf("its output: %w", err))
	}
	c.operations = append(c.operations, described{
		Name: name, Title: about.Title, Description: about.Description, InputSchema: input, OutputSchema: output,
		Errors: about.Errors, Delivery: about.Delivery, Defaults: about.Defaults, Capabilities: about.Capabilities,
		TaskTypes: about.TaskTypes,
	})
	c.functions[name] = func(call Call, input []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, &Failure{Kind: InvalidInput, Message: "the parameters cannot be read: " + err.Error()}
		}
		out, err := run(call, in)
		if err != nil {
			return nil, err
		}
		return encode(out)
	}
}

// Contract is the contract as JSON, or what is wrong with the operations that were added.
func (c *Connector) Contract() ([]byte, error) {
	if len(c.mistakes) > 0 {
		return nil, errors.Join(c.mistakes...)
	}
	operations := c.operations
	if operations == nil {
		operations = []described{}
	}
	return json.Marshal(struct {
		ID         string      `json:"id"`
		Version    int         `json:"version"`
		Title      string      `json:"title"`
		Operations []described `json:"operations"`
	}{c.id, c.version, c.title, operations})
}

// exported is what the host reaches.
var exported *Connector

// Export makes a connector the one of this plugin. Call it once, in a function `init`.
func Export(c *Connector) {
	if exported != nil {
		panic("hosk.Export was called twice: a plugin is one connector")
	}
	exported = c
}
