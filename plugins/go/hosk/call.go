package hosk

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"
)

// Call is one attempt: for whom, from where, until when.
type Call struct {
	Operation string
	// Headers are the step's task headers.
	Headers         map[string]string
	Tenant          string
	Connection      string
	ProcessInstance int64
	ElementID       string
	JobKey          int64
	// Attempt counts from 1.
	Attempt int
	// IdempotencyKey is the same for every attempt of a job. The host sends it as the header `Idempotency-Key` with
	// requests that may change something.
	IdempotencyKey string
	// TimeLeft is counted from the beginning of the call, which is ended after it wherever it is.
	TimeLeft time.Duration
	// TraceParent is W3C's; empty when there is none. The host passes it on with requests.
	TraceParent string
}

// Invoke makes an attempt as the host does: the output as JSON, a *BPMNError or a *Failure.
func (c *Connector) Invoke(call Call, input []byte) (output []byte, err error) {
	defer func() {
		if mistake := recover(); mistake != nil {
			Log.Errorf("panic: %v\n%s", mistake, debug.Stack())
			message := fmt.Sprintf("the plugin made a mistake: %v", mistake)
			output, err = nil, &Failure{Kind: Permanent, Message: message}
		}
	}()
	run, there := c.functions[call.Operation]
	if !there {
		return nil, Failuref(Permanent, "there is no operation `%s`", call.Operation)
	}
	output, err = run(call, input)
	if err != nil {
		return nil, outcomeOf(err)
	}
	return output, nil
}

// encode is JSON of an output. Slices and maps that are nil are empty ones, as their schemas say.
func encode(output any) ([]byte, error) {
	text, err := json.Marshal(filled(output))
	if err != nil {
		return nil, Failuref(Permanent, "the output cannot be written as JSON: %v", err)
	}
	return text, nil
}
