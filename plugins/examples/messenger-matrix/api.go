package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hosk.local/hosk"
)

// base is where the client-server API begins.
const base = "/_matrix/client/v3"

// problem is the body of a refusal.
type problem struct {
	Code         string `json:"errcode"`
	Message      string `json:"error"`
	RetryAfterMS int64  `json:"retry_after_ms"`
}

// refusal is what a server says no with. Those that mean something to the business are turned into its errors by those
// who know what they mean.
type refusal struct {
	problem
	failure *hosk.Failure
}

func (r *refusal) Error() string { return r.failure.Message }

// Unwrap makes the failure what the library sees.
func (r *refusal) Unwrap() error { return r.failure }

// ask sends a request with the account's token and reads the answer.
func ask[T any](method, path string, options ...hosk.Option) (T, error) {
	var value T
	answer, err := hosk.Send(method, base+path, append(options, hosk.Bearer("{{secrets.TOKEN}}"))...)
	if err != nil {
		return value, err
	}
	if err := answer.OrFail(); err != nil {
		return value, refused(answer, err)
	}
	return value, answer.Decode(&value)
}

// refused adds what the server said in the protocol's words, if it did: a proxy before it may answer instead.
func refused(answer *hosk.Response, err error) error {
	var failure *hosk.Failure
	var said problem
	if !errors.As(err, &failure) || json.Unmarshal(answer.Body, &said) != nil || said.Code == "" {
		return err
	}
	failure.Code = said.Code
	failure.Message = fmt.Sprintf("Matrix refused it (%d %s): %s", answer.Status, said.Code, said.Message)
	if said.Code == "M_LIMIT_EXCEEDED" {
		failure.Kind = hosk.RateLimited
		if failure.RetryAfter == 0 {
			failure.RetryAfter = time.Duration(said.RetryAfterMS) * time.Millisecond
		}
	}
	return &refusal{said, failure}
}

// code is the protocol's code of a refusal; empty for other errors.
func code(err error) string {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// inRoom makes a business error of a refusal that concerns a room.
func inRoom(err error, room string) error {
	switch code(err) {
	case "M_FORBIDDEN":
		message := fmt.Sprintf("the account may not do this in the room %s: %v", room, err)
		return &hosk.BPMNError{Code: notAllowed, Message: message, Variables: map[string]string{"room": room}}
	case "M_NOT_FOUND":
		return noRoom(room)
	}
	return err
}

func noRoom(room string) error {
	message := "there is no room " + room
	return &hosk.BPMNError{Code: roomNotFound, Message: message, Variables: map[string]string{"room": room}}
}

// roomID is the id of a room that is given by it or by an alias.
func roomID(room string) (string, error) {
	switch {
	case strings.HasPrefix(room, "!"):
		return room, nil
	case strings.HasPrefix(room, "#") && strings.Contains(room, ":"):
		id, err := resolve(room)
		if code(err) == "M_NOT_FOUND" {
			return "", noRoom(room)
		}
		return id, err
	}
	return "", hosk.Failuref(hosk.InvalidInput,
		"`%s` is no room: give an alias such as #orders:example.com, or an id, which begins with `!`", room)
}

func resolve(alias string) (string, error) {
	type found struct {
		ID string `json:"room_id"`
	}
	answer, err := ask[found]("GET", "/directory/room/"+url.PathEscape(alias))
	return answer.ID, err
}
