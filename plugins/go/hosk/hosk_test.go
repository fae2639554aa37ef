package hosk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hosk.local/hosk"
	"hosk.local/hosk/hosktest"
)

type question struct {
	Path string `json:"path"`
}

type echo struct {
	Method, Path, Query, Header, Body, User string
}

// connector asks and tells what the target saw.
func connector(options ...hosk.Option) *hosk.Connector {
	c := hosk.New("echo", 1, "Echo")
	hosk.Add(c, "ask", func(call hosk.Call, q question) (echo, error) {
		return hosk.Fetch[echo]("POST", q.Path, options...)
	}, hosk.Operation{Title: "Ask", Delivery: hosk.Keyed})
	return c
}

func system(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		json.NewEncoder(w).Encode(echo{
			r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("x-one"), string(body), user + ":" + password,
		})
	case "/busy":
		w.Header().Set("retry-after", "3")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, "busy ", strings.Repeat("é", 400))
	default:
		fmt.Fprint(w, "no JSON")
	}
}

func host(t *testing.T) *hosktest.Host {
	return hosktest.Use(t, &hosktest.Host{
		Handler: http.HandlerFunc(system),
		Secrets: map[string]string{"TOKEN": "sesame", "USER": "anna"},
	})
}

func ask(t *testing.T, path string, options ...hosk.Option) (echo, error) {
	t.Helper()
	return hosktest.Invoke[echo](t, connector(options...), "ask", question{path})
}

func TestARequestSaysWhatItsOptionsSay(t *testing.T) {
	host(t)
	seen, err := ask(t, "/echo?a=1", hosk.Query("b", "x y"), hosk.Header("X-One", "1"), hosk.JSON([]string(nil)),
		hosk.SecretQuery("key", "{{secrets.TOKEN}}"), hosk.BasicAuth("{{secrets.USER}}", "{{secrets.TOKEN}}"))
	if err != nil || seen != (echo{"POST", "/echo", "a=1&b=x+y&key=sesame", "1", "[]", "anna:sesame"}) {
		t.Fatalf("%v %+v", err, seen)
	}
	seen, err = ask(t, "/echo", hosk.Form(url.Values{"p": {"PASS"}}), hosk.SecretBody("PASS", "{{secrets.TOKEN}}"))
	if err != nil || seen.Body != "p=sesame" {
		t.Fatalf("%v %+v", err, seen)
	}
	_, err = ask(t, "/echo", hosk.Bearer("{{secrets.OTHER}}"))
	if err == nil || !strings.Contains(err.Error(), "no secret `OTHER`") {
		t.Fatal(err)
	}
}

func failure(t *testing.T, err error) *hosk.Failure {
	t.Helper()
	var failure *hosk.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("no failure: %v", err)
	}
	return failure
}

func TestAStatusBecomesTheFailureThatFits(t *testing.T) {
	host(t)
	_, err := ask(t, "/busy")
	busy := failure(t, err)
	if busy.Kind != hosk.RateLimited || busy.RetryAfter != 3*time.Second || busy.Code != "429" || len(busy.Message) > 540 {
		t.Fatalf("%+v", busy)
	}
	_, err = ask(t, "/text")
	if text := failure(t, err); text.Kind != hosk.Permanent || !strings.Contains(text.Message, "no JSON") {
		t.Fatalf("%+v", text)
	}
}

func TestErrorsAndPanicsBecomeOutcomes(t *testing.T) {
	told := hosktest.Use(t, &hosktest.Host{})
	c := hosk.New("errors", 1, "Errors")
	run := func(call hosk.Call, in struct{ Which int }) (map[string]float64, error) {
		switch in.Which {
		case 0:
			return nil, errors.New("plain")
		case 1:
			return nil, fmt.Errorf("while asking: %w", &hosk.BPMNError{Code: "NONE", Message: "nobody"})
		case 2:
			return nil, fmt.Errorf("while asking: %w", hosk.Failuref(hosk.Conflict, "taken"))
		case 3:
			var nobody map[string]float64
			nobody["x"] = 1
		case 4:
			zero := 0.0
			return map[string]float64{"x": 1 / zero}, nil
		}
		return nil, nil
	}
	hosk.Add(c, "fail", run, hosk.Operation{Title: "Fail", Delivery: hosk.Idempotent})
	try := func(which any) error {
		_, err := hosktest.Invoke[map[string]float64](t, c, "fail", map[string]any{"Which": which})
		return err
	}
	if plain := failure(t, try(0)); plain.Kind != hosk.Permanent || plain.Message != "plain" {
		t.Fatalf("%+v", plain)
	}
	if business, is := try(1).(*hosk.BPMNError); !is || business.Code != "NONE" {
		t.Fatal(try(1))
	}
	if conflict := failure(t, try(2)); conflict.Kind != hosk.Conflict {
		t.Fatalf("%+v", conflict)
	}
	if panicked := failure(t, try(3)); !strings.HasPrefix(panicked.Message, "the plugin made a mistake: ") {
		t.Fatalf("%+v", panicked)
	}
	if len(told.Lines) != 1 || !strings.Contains(told.Lines[0], "hosk_test.go") {
		t.Fatalf("the stack is not in the log: %v", told.Lines)
	}
	if infinite := failure(t, try(4)); !strings.Contains(infinite.Message, "cannot be written as JSON") {
		t.Fatalf("%+v", infinite)
	}
	if wrong := failure(t, try("text")); wrong.Kind != hosk.InvalidInput {
		t.Fatalf("%+v", wrong)
	}
	if err := try(5); err != nil {
		t.Fatal(err)
	}
	_, err := hosktest.Invoke[any](t, c, "dance", nil)
	if unknown := failure(t, err); !strings.Contains(unknown.Message, "no operation `dance`") {
		t.Fatalf("%+v", unknown)
	}
}

func TestTheContractIsThatOfTheOperations(t *testing.T) {
	contract, err := connector().Contract()
	const wanted = `{"id":"echo","version":1,"title":"Echo","operations":[{"name":"ask","title":"Ask","inputSchema":` +
		`{"type":"object","required":["path"],"properties":{"path":{"type":"string"}}},"outputSchema":` +
		`{"type":"object","required":["Method","Path","Query","Header","Body","User"],"properties":` +
		`{"Method":{"type":"string"},"Path":{"type":"string"},"Query":{"type":"string"},"Header":{"type":"string"},` +
		`"Body":{"type":"string"},"User":{"type":"string"}}},"delivery":"keyed"}]}`
	if err != nil || string(contract) != wanted {
		t.Fatalf("%v\n%s", err, contract)
	}
	c := connector()
	hosk.Add(c, "bad", func(hosk.Call, struct{ C chan int }) (any, error) { return nil, nil }, hosk.Operation{})
	hosk.Add(c, "ask", func(hosk.Call, any) (any, error) { return nil, nil }, hosk.Operation{})
	_, err = c.Contract()
	if err == nil || !strings.Contains(err.Error(), "operation `bad`: its input: field C") ||
		!strings.Contains(err.Error(), "operation `ask`: there are two") {
		t.Fatal(err)
	}
}

func TestDefaultsAreWhole(t *testing.T) {
	for defaults, wanted := range map[hosk.Defaults]string{
		{Timeout: time.Minute}: `{"backoff":{"initialMs":1000,"maximumMs":300000},"retries":3,"timeoutMs":60000}`,
		{Retries: hosk.NoRetries, FirstWait: time.Millisecond, LongestWait: time.Second}: `{"backoff":{"initialMs":1,"maximumMs":1000},"retries":0,"timeoutMs":30000}`,
	} {
		if text, err := json.Marshal(defaults); err != nil || string(text) != wanted {
			t.Errorf("%v %s", err, text)
		}
	}
}

func TestSettingsAreRead(t *testing.T) {
	hosktest.Use(t, &hosktest.Host{Configured: map[string]any{"clients": "/c"}})
	settings := struct{ Clients, Other string }{"/clients", "kept"}
	if err := hosk.Settings(&settings); err != nil || settings.Clients != "/c" || settings.Other != "kept" {
		t.Fatal(err, settings)
	}
	wrong := struct{ Clients int }{}
	if kind := failure(t, hosk.Settings(&wrong)).Kind; kind != hosk.InvalidInput {
		t.Fatal(kind)
	}
}
