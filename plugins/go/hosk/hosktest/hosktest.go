// Package hosktest tests connectors on the author's machine, with `go test`: the host is a stub that answers requests as
// a test says. Golden calls (`hosk plugin check`) test the same plugin as hosk runs it.
package hosktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hosk.local/hosk"
)

// Host is what a plugin reaches in a test.
type Host struct {
	// Configured are the settings of the connection.
	Configured map[string]any
	// Secrets are put where credentials name them.
	Secrets map[string]string
	// Handler answers requests. Their addresses are as the plugin wrote them; those that begin with `/` have the host
	// `base.test`.
	Handler http.Handler
	// Lines are what was logged, each with its level before it.
	Lines []string
}

// Use makes a host the one that plugins reach until the test ends.
func Use(t testing.TB, host *Host) *Host {
	t.Helper()
	t.Cleanup(hosk.SetHost(host))
	return host
}

// Invoke makes an attempt at an operation, as hosk does: parameters and output go through JSON.
func Invoke[Out any](t testing.TB, c *hosk.Connector, operation string, input any) (Out, error) {
	t.Helper()
	var output Out
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatalf("the parameters cannot be written as JSON: %v", err)
	}
	call := hosk.Call{
		Operation: operation, Tenant: "<default>", Connection: "test", ProcessInstance: 1, ElementID: "test",
		JobKey: 2, Attempt: 1, IdempotencyKey: "test", TimeLeft: 20 * time.Second,
	}
	answer, err := c.Invoke(call, text)
	if err != nil {
		return output, err
	}
	if err := json.Unmarshal(answer, &output); err != nil {
		t.Fatalf("the output cannot be read: %v: %s", err, answer)
	}
	return output, nil
}

// Log keeps the line.
func (h *Host) Log(level hosk.Level, message string) {
	names := [...]string{"trace", "debug", "info", "warn", "error"}
	h.Lines = append(h.Lines, names[level]+" "+message)
}

// Settings are those of the test.
func (h *Host) Settings() string {
	if h.Configured == nil {
		return "{}"
	}
	text, err := json.Marshal(h.Configured)
	if err != nil {
		panic(fmt.Sprintf("the settings of the test cannot be written as JSON: %v", err))
	}
	return string(text)
}

// SecretNames are those of the test.
func (h *Host) SecretNames() []string {
	names := []string{}
	for name := range h.Secrets {
		names = append(names, name)
	}
	return names
}

// Send asks the handler.
func (h *Host) Send(request hosk.Request) (*hosk.Response, *hosk.Failure) {
	if h.Handler == nil {
		return nil, hosk.Failuref(hosk.Permanent, "the host of this test has no handler")
	}
	address := request.URL
	if strings.HasPrefix(address, "/") {
		address = "http://base.test" + address
	}
	body := string(request.Body)
	asked, err := http.NewRequest(request.Method, address, nil)
	if err != nil {
		return nil, hosk.Failuref(hosk.InvalidInput, "the request is none: %v", err)
	}
	for _, header := range request.Headers {
		asked.Header.Set(header.Name, header.Value)
	}
	for _, one := range request.Credentials {
		value, failure := h.fill(one.Value)
		if failure != nil {
			return nil, failure
		}
		switch one.Place {
		case hosk.InHeader:
			asked.Header.Set(one.Name, value)
		case hosk.InQuery:
			query := asked.URL.Query()
			query.Set(one.Name, value)
			asked.URL.RawQuery = query.Encode()
		case hosk.InBasic:
			user, failure := h.fill(one.Name)
			if failure != nil {
				return nil, failure
			}
			asked.SetBasicAuth(user, value)
		case hosk.InBody:
			body = strings.ReplaceAll(body, one.Name, value)
		}
	}
	served := httptest.NewRequest(request.Method, asked.URL.String(), strings.NewReader(body))
	served.Header = asked.Header
	recorder := httptest.NewRecorder()
	h.Handler.ServeHTTP(recorder, served)
	response := &hosk.Response{Status: recorder.Code, Body: recorder.Body.Bytes()}
	for name, values := range recorder.Header() {
		for _, value := range values {
			response.Headers = append(response.Headers, hosk.Pair{Name: strings.ToLower(name), Value: value})
		}
	}
	return response, nil
}

// fill puts secrets into a template.
func (h *Host) fill(template string) (string, *hosk.Failure) {
	for name, value := range h.Secrets {
		template = strings.ReplaceAll(template, "{{secrets."+name+"}}", value)
	}
	if _, rest, missing := strings.Cut(template, "{{secrets."); missing {
		name, _, _ := strings.Cut(rest, "}}")
		return "", hosk.Failuref(hosk.InvalidInput, "the connection has no secret `%s`", name)
	}
	return template, nil
}
