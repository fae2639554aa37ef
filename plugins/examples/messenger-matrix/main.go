// A connector for Matrix, the open protocol of messengers such as Element: rooms for orders, messages into them, and
// what people wrote there.
//
// It follows the client-server API, v1.10 and later. A message is sent with the idempotency key as its transaction id, by
// which the server knows a repeat. A room has an alias by which a repeat finds it.
package main

import "hosk.local/hosk"

// The errors of the business.
const (
	roomNotFound = "ROOM_NOT_FOUND"
	notAllowed   = "NOT_ALLOWED"
)

var connector = hosk.New("messenger-matrix", 1, "Matrix messenger")

func init() {
	granted := &hosk.Capabilities{Network: true, Secrets: []string{"TOKEN"}}
	absent := hosk.ErrorCode{Code: roomNotFound, Meaning: "No room has this alias or id"}
	refused := hosk.ErrorCode{Code: notAllowed, Meaning: "The account is not in the room, or may not do this there"}
	hosk.Add(connector, "send-message", sendMessage, hosk.Operation{
		Title:        "Send message",
		Description:  "A message into a room. It is sent once, however often the step is tried.",
		Delivery:     hosk.Keyed,
		Errors:       []hosk.ErrorCode{absent, refused},
		Capabilities: granted,
	})
	hosk.Add(connector, "open-room", openRoom, hosk.Operation{
		Title:        "Open room",
		Description:  "The room of an alias, made when there is none, with people invited to it.",
		Delivery:     hosk.SearchBeforeRetry,
		Errors:       []hosk.ErrorCode{refused},
		Capabilities: granted,
	})
	hosk.Add(connector, "read-messages", readMessages, hosk.Operation{
		Title:        "Read messages",
		Description:  "The latest messages of a room, the oldest of them first.",
		Delivery:     hosk.Idempotent,
		Errors:       []hosk.ErrorCode{absent, refused},
		Capabilities: granted,
	})
	hosk.Export(connector)
}

// A plugin does nothing on its own.
func main() {}
