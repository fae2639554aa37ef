package hosk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Pair is a name and a value, or a user and a password.
type Pair struct{ Name, Value string }

// Place is where the host puts a secret.
type Place uint8

// The places, in the order of the interface.
const (
	InHeader Place = iota
	InQuery
	InBasic
	InBody
)

// Credential tells the host to put secrets into a request: a template names them as {{secrets.NAME}}.
type Credential struct {
	Place Place
	// Pair is the name of a header or parameter and its template, two templates, or a marker and its template.
	Pair
}

// Request is a request with its whole body.
type Request struct {
	Method string
	// URL is absolute, or begins with `/` and is appended to the setting `baseUrl`.
	URL     string
	Headers []Pair
	// Body is sent unless it is nil.
	Body        []byte
	Credentials []Credential
	// Timeout is the longest silence of the target; 0: the host's own limit.
	Timeout time.Duration
}

// Option changes a request before it is sent.
type Option func(*Request) error

// Header sets a header.
func Header(name, value string) Option {
	return func(r *Request) error {
		r.Headers = append(r.Headers, Pair{strings.ToLower(name), value})
		return nil
	}
}

// Query adds a parameter to the address.
func Query(name, value string) Option {
	return func(r *Request) error {
		mark := "?"
		if strings.Contains(r.URL, "?") {
			mark = "&"
		}
		r.URL += mark + url.QueryEscape(name) + "=" + url.QueryEscape(value)
		return nil
	}
}

// JSON sends a value as JSON.
func JSON(value any) Option {
	return func(r *Request) error {
		text, err := json.Marshal(filled(value))
		if err != nil {
			return Failuref(Permanent, "the body of a request cannot be written as JSON: %v", err)
		}
		r.Body = text
		return contentType(r, "application/json")
	}
}

// Form sends values as a form.
func Form(values url.Values) Option {
	return func(r *Request) error {
		r.Body = []byte(values.Encode())
		return contentType(r, "application/x-www-form-urlencoded")
	}
}

// Body sends bytes as they are.
func Body(bytes []byte) Option {
	return func(r *Request) error {
		r.Body = append([]byte{}, bytes...)
		return nil
	}
}

// Timeout bounds the silence of the target.
func Timeout(longest time.Duration) Option {
	return func(r *Request) error {
		r.Timeout = longest
		return nil
	}
}

// Bearer sends a secret as a token: Bearer("{{secrets.TOKEN}}").
func Bearer(template string) Option { return SecretHeader("authorization", "Bearer "+template) }

// SecretHeader sends a header with a secret in it.
func SecretHeader(name, template string) Option { return credential(InHeader, name, template) }

// SecretQuery sends a parameter with a secret in it.
func SecretQuery(name, template string) Option { return credential(InQuery, name, template) }

// BasicAuth sends user and password; both may name secrets.
func BasicAuth(user, password string) Option { return credential(InBasic, user, password) }

// SecretBody puts a secret in the place of a marker that stands in the body.
func SecretBody(marker, template string) Option { return credential(InBody, marker, template) }

func credential(place Place, name, template string) Option {
	return func(r *Request) error {
		r.Credentials = append(r.Credentials, Credential{place, Pair{name, template}})
		return nil
	}
}

// contentType is set where the author set none.
func contentType(r *Request, value string) error {
	for _, header := range r.Headers {
		if header.Name == "content-type" {
			return nil
		}
	}
	return Header("content-type", value)(r)
}

// Send sends a request through the host: only to granted hosts, with the secrets that its credentials name. An answer
// with an error status is an answer; an error means that there is none.
func Send(method, address string, options ...Option) (*Response, error) {
	request := Request{Method: method, URL: address}
	for _, option := range options {
		if err := option(&request); err != nil {
			return nil, err
		}
	}
	response, failure := host.Send(request)
	if failure != nil {
		// The host's own, handed on as it is.
		return nil, failure
	}
	return response, nil
}

// Get sends a GET request.
func Get(address string, options ...Option) (*Response, error) {
	return Send("GET", address, options...)
}

// Post sends a POST request.
func Post(address string, options ...Option) (*Response, error) {
	return Send("POST", address, options...)
}

// Put sends a PUT request.
func Put(address string, options ...Option) (*Response, error) {
	return Send("PUT", address, options...)
}

// Patch sends a PATCH request.
func Patch(address string, options ...Option) (*Response, error) {
	return Send("PATCH", address, options...)
}

// Delete sends a DELETE request.
func Delete(address string, options ...Option) (*Response, error) {
	return Send("DELETE", address, options...)
}

// Response is an answer of any status, with its whole body.
type Response struct {
	Status int
	// Headers have names in lower case.
	Headers []Pair
	Body    []byte
}

// Header is the first header of a name, in any case; empty when there is none.
func (r *Response) Header(name string) string {
	for _, header := range r.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// OK is whether the status is one of success.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Text is the body as text.
func (r *Response) Text() string { return strings.ToValidUTF8(string(r.Body), "\uFFFD") }

// OrFail is nil for a status of success, and otherwise the failure that fits it.
func (r *Response) OrFail() error {
	if r.OK() {
		return nil
	}
	return &Failure{
		Kind:       kindOf(r.Status),
		Message:    fmt.Sprintf("the target answered %d: %s", r.Status, beginning(r.Text(), 500)),
		Code:       strconv.Itoa(r.Status),
		RetryAfter: retryAfter(r.Header("retry-after"), time.Now()),
	}
}

// Decode reads the body as JSON.
func (r *Response) Decode(into any) error {
	if err := json.Unmarshal(r.Body, into); err != nil {
		return Failuref(Permanent, "the answer is not the JSON that was expected (%v): %s", err, beginning(r.Text(), 200))
	}
	return nil
}

// Fetch is the JSON of an answer with a status of success: what most operations want.
func Fetch[T any](method, address string, options ...Option) (T, error) {
	var value T
	response, err := Send(method, address, options...)
	if err == nil {
		err = response.OrFail()
	}
	if err == nil {
		err = response.Decode(&value)
	}
	return value, err
}

func kindOf(status int) Kind {
	switch status {
	case 400:
		return InvalidInput
	case 401, 403:
		return Unauthorized
	case 404:
		return NotFound
	case 408:
		return Transient
	case 409:
		return Conflict
	case 429:
		return RateLimited
	}
	if status >= 500 {
		return Transient
	}
	return Permanent
}

// retryAfter reads seconds or a date; 0 when there is neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", text); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

// beginning is at most so many bytes of a text, without half a character.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
