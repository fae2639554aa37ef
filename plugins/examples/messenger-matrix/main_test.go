package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hosk.local/hosk"
	"hosk.local/hosk/hosktest"
)

// homeserver keeps rooms and messages as the protocol says, and counts what it made and was asked.
type homeserver struct {
	rooms  map[string]string
	events []event
	// sent has the events of transactions.
	sent  map[string]string
	asked map[string]int
	// busy answers are given before any other.
	busy int
	// late is an alias that somebody takes while the first look at it is answered.
	late string
}

func (h *homeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), base)
	kind := r.Method + " " + strings.Split(path, "/")[1]
	h.asked[kind]++
	switch {
	case r.Header.Get("Authorization") != "Bearer sesame":
		answer(w, 401, problem{Code: "M_UNKNOWN_TOKEN", Message: "Unknown token"})
	case h.busy > 0:
		h.busy--
		answer(w, 429, problem{Code: "M_LIMIT_EXCEEDED", Message: "Too many requests", RetryAfterMS: 2500})
	case kind == "GET account":
		answer(w, 200, map[string]string{"user_id": "@hosk:example.com"})
	case kind == "GET directory":
		h.directory(w, r)
	case kind == "POST createRoom":
		h.create(w, r)
	case kind == "PUT rooms":
		h.send(w, r)
	case kind == "GET rooms":
		latest := []event{}
		for _, one := range h.events {
			latest = append([]event{one}, latest...)
		}
		answer(w, 200, map[string]any{"chunk": latest})
	default:
		answer(w, 404, problem{Code: "M_UNRECOGNIZED", Message: "Unrecognized request"})
	}
}

func (h *homeserver) directory(w http.ResponseWriter, r *http.Request) {
	alias := strings.TrimPrefix(r.URL.Path, base+"/directory/room/")
	id, there := h.rooms[alias]
	if alias == h.late {
		h.rooms[alias], h.late = "!theirs:example.com", ""
	}
	if !there {
		answer(w, 404, problem{Code: "M_NOT_FOUND", Message: "Room alias not found"})
		return
	}
	answer(w, 200, map[string]string{"room_id": id})
}

func (h *homeserver) create(w http.ResponseWriter, r *http.Request) {
	var wanted creation
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || wanted.Invite == nil {
		answer(w, 400, problem{Code: "M_BAD_JSON", Message: "that is no room"})
		return
	}
	alias := "#" + wanted.Alias + ":example.com"
	if _, there := h.rooms[alias]; there {
		answer(w, 400, problem{Code: "M_ROOM_IN_USE", Message: "Room alias already taken"})
		return
	}
	h.rooms[alias] = fmt.Sprintf("!%d:example.com", len(h.rooms)+1)
	answer(w, 200, map[string]string{"room_id": h.rooms[alias]})
}

func (h *homeserver) send(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "!foreign") {
		answer(w, 403, problem{Code: "M_FORBIDDEN", Message: "User not in room"})
		return
	}
	id, there := h.sent[r.URL.Path]
	if !there {
		made := event{ID: fmt.Sprintf("$%d", len(h.events)+1), Type: "m.room.message", Sender: "@hosk:example.com", SentMS: 1_700_000_000_000}
		if err := json.NewDecoder(r.Body).Decode(&made.Content); err != nil {
			answer(w, 400, problem{Code: "M_NOT_JSON", Message: err.Error()})
			return
		}
		h.events = append(h.events, made)
		id, h.sent[r.URL.Path] = made.ID, made.ID
	}
	answer(w, 200, map[string]string{"event_id": id})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func serve(t *testing.T) *homeserver {
	server := &homeserver{
		rooms: map[string]string{"#orders:example.com": "!1:example.com"},
		sent:  map[string]string{}, asked: map[string]int{},
	}
	hosktest.Use(t, &hosktest.Host{Handler: server, Secrets: map[string]string{"TOKEN": "sesame"}})
	return server
}

func business(t *testing.T, err error, code string) {
	t.Helper()
	if found := (*hosk.BPMNError)(nil); !errors.As(err, &found) || found.Code != code {
		t.Fatalf("%v, and should be %s", err, code)
	}
}

func failure(t *testing.T, err error, kind hosk.Kind, code string) *hosk.Failure {
	t.Helper()
	found := (*hosk.Failure)(nil)
	if !errors.As(err, &found) || found.Kind != kind || found.Code != code {
		t.Fatalf("%v, and should be %s %s", err, kind, code)
	}
	return found
}

func TestTheContractIsSound(t *testing.T) {
	if _, err := connector.Contract(); err != nil {
		t.Fatal(err)
	}
}

func TestAMessageIsSentOnceHoweverOftenTheStepIsTried(t *testing.T) {
	server := serve(t)
	for range 3 {
		sent, err := hosktest.Invoke[Sent](t, connector, "send-message", Message{Room: "#orders:example.com", Text: "O-1 has left"})
		if err != nil || sent != (Sent{"!1:example.com", "$1"}) {
			t.Fatal(sent, err)
		}
	}
	if len(server.events) != 1 || server.asked["PUT rooms"] != 3 {
		t.Fatal(server.events, server.asked)
	}
}

func TestAMessageHasItsMarkupAndWhatItAnswers(t *testing.T) {
	server := serve(t)
	message := Message{Room: "!1:example.com", Text: "left", HTML: "<b>left</b>", Quiet: true, ReplyTo: "$0"}
	if _, err := hosktest.Invoke[Sent](t, connector, "send-message", message); err != nil {
		t.Fatal(err)
	}
	made := server.events[0].Content
	if made.Type != "m.notice" || made.Formatted != "<b>left</b>" || made.Relation.InReplyTo.EventID != "$0" {
		t.Fatal(made)
	}
	if server.asked["GET directory"] != 0 {
		t.Fatal("an id needs no look at the directory")
	}
}

func TestRoomsThatAreNotThereOrNotOursAreErrorsOfTheBusiness(t *testing.T) {
	serve(t)
	_, err := hosktest.Invoke[Sent](t, connector, "send-message", Message{Room: "#none:example.com", Text: "x"})
	business(t, err, roomNotFound)
	_, err = hosktest.Invoke[Sent](t, connector, "send-message", Message{Room: "!foreign:example.com", Text: "x"})
	business(t, err, notAllowed)
	_, err = hosktest.Invoke[Sent](t, connector, "send-message", Message{Room: "orders", Text: "x"})
	failure(t, err, hosk.InvalidInput, "")
}

func TestARoomIsMadeOnce(t *testing.T) {
	server := serve(t)
	room := Room{Name: "order-7", Title: "Order 7", Invite: []string{"@anna:example.com"}}
	for _, created := range []bool{true, false} {
		opened, err := hosktest.Invoke[Opened](t, connector, "open-room", room)
		if err != nil || opened != (Opened{"!2:example.com", "#order-7:example.com", created}) {
			t.Fatal(opened, err)
		}
	}
	if server.asked["POST createRoom"] != 1 {
		t.Fatal(server.asked)
	}
}

func TestARoomThatSomebodyMadeMeanwhileIsTheOne(t *testing.T) {
	server := serve(t)
	server.late = "#order-8:example.com"
	opened, err := hosktest.Invoke[Opened](t, connector, "open-room", Room{Name: "order-8"})
	if err != nil || opened != (Opened{"!theirs:example.com", "#order-8:example.com", false}) {
		t.Fatal(opened, err)
	}
	if server.asked["GET directory"] != 2 || server.asked["POST createRoom"] != 1 {
		t.Fatal(server.asked)
	}
}

func TestMessagesComeInTheirOrder(t *testing.T) {
	server := serve(t)
	for number, text := range []string{"one", "two", "three"} {
		server.events = append(server.events, event{
			ID: fmt.Sprintf("$%d", number), Type: "m.room.message", Sender: "@anna:example.com",
			SentMS: 1_700_000_000_000, Content: content{Type: "m.text", Body: text},
		})
	}
	server.events[1].Content = content{}
	read, err := hosktest.Invoke[Read](t, connector, "read-messages", Wanted{Room: "#orders:example.com"})
	if err != nil || len(read.Messages) != 2 || read.Messages[0].Text != "one" || read.Messages[1].Text != "three" {
		t.Fatal(read, err)
	}
	if read.Messages[0].SentAt.Format(time.RFC3339) != "2023-11-14T22:13:20Z" {
		t.Fatal(read.Messages[0].SentAt)
	}
	read, err = hosktest.Invoke[Read](t, connector, "read-messages", Wanted{Room: "!1:example.com", After: "$2"})
	if err != nil || read.Messages == nil || len(read.Messages) != 0 {
		t.Fatal(read, err)
	}
}

func TestABusyServerIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	server := serve(t)
	server.busy = 1
	message := Message{Room: "!1:example.com", Text: "x"}
	_, err := hosktest.Invoke[Sent](t, connector, "send-message", message)
	if found := failure(t, err, hosk.RateLimited, "M_LIMIT_EXCEEDED"); found.RetryAfter != 2500*time.Millisecond {
		t.Fatal(found.RetryAfter)
	}
	if _, err := hosktest.Invoke[Sent](t, connector, "send-message", message); err != nil || len(server.events) != 1 {
		t.Fatal(err, server.events)
	}
}

func TestAWrongTokenIsAFailure(t *testing.T) {
	server := serve(t)
	hosktest.Use(t, &hosktest.Host{Handler: server, Secrets: map[string]string{"TOKEN": "wrong"}})
	_, err := hosktest.Invoke[Opened](t, connector, "open-room", Room{Name: "order-9"})
	failure(t, err, hosk.Unauthorized, "M_UNKNOWN_TOKEN")
}

func TestWhatIsNoMatrixServerIsTold(t *testing.T) {
	hosktest.Use(t, &hosktest.Host{
		Secrets: map[string]string{"TOKEN": "sesame"},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			w.Write([]byte("<html>down</html>"))
		}),
	})
	_, err := hosktest.Invoke[Read](t, connector, "read-messages", Wanted{Room: "!1:example.com"})
	failure(t, err, hosk.Transient, "502")
}
