package main

import (
	"net/url"
	"strconv"
	"time"

	"hosk.local/hosk"
)

// Message is the input of send-message.
type Message struct {
	Room string `json:"room" title:"Room" description:"An alias such as #orders:example.com, or an id" minLength:"2"`
	Text string `json:"text" title:"Text" minLength:"1"`
	HTML string `json:"html,omitempty" title:"Text with markup" description:"HTML for those who can show it"`
	// Quiet messages are those of programs, which wake nobody.
	Quiet   bool   `json:"quiet,omitempty" title:"Wake nobody" default:"false"`
	ReplyTo string `json:"replyTo,omitempty" title:"In reply to" description:"Id of a message"`
}

// Sent is its output.
type Sent struct {
	RoomID  string `json:"roomId"`
	EventID string `json:"eventId"`
}

// content is a message in the protocol's words.
type content struct {
	Type      string     `json:"msgtype"`
	Body      string     `json:"body"`
	Format    string     `json:"format,omitempty"`
	Formatted string     `json:"formatted_body,omitempty"`
	Relation  *relatesTo `json:"m.relates_to,omitempty"`
}

type relatesTo struct {
	InReplyTo struct {
		EventID string `json:"event_id"`
	} `json:"m.in_reply_to"`
}

func (m Message) content() content {
	made := content{Type: "m.text", Body: m.Text}
	if m.Quiet {
		made.Type = "m.notice"
	}
	if m.HTML != "" {
		made.Format, made.Formatted = "org.matrix.custom.html", m.HTML
	}
	if m.ReplyTo != "" {
		made.Relation = &relatesTo{}
		made.Relation.InReplyTo.EventID = m.ReplyTo
	}
	return made
}

func sendMessage(call hosk.Call, message Message) (Sent, error) {
	room, err := roomID(message.Room)
	if err != nil {
		return Sent{}, err
	}
	type answer struct {
		EventID string `json:"event_id"`
	}
	// The last part is the transaction id: the server answers a repeat with the event that it made at first.
	path := "/rooms/" + url.PathEscape(room) + "/send/m.room.message/" + url.PathEscape(call.IdempotencyKey)
	sent, err := ask[answer]("PUT", path, hosk.JSON(message.content()))
	if err != nil {
		return Sent{}, inRoom(err, message.Room)
	}
	return Sent{RoomID: room, EventID: sent.EventID}, nil
}

// Wanted is the input of read-messages.
type Wanted struct {
	Room  string `json:"room" title:"Room" description:"An alias such as #orders:example.com, or an id" minLength:"2"`
	Limit int    `json:"limit,omitempty" title:"At most" minimum:"1" maximum:"100" default:"20"`
	// After leaves out this message and those before it.
	After string `json:"after,omitempty" title:"After" description:"Id of a message; only later ones"`
}

// Read is its output.
type Read struct {
	Messages []Line `json:"messages"`
}

// Line is a message that somebody wrote.
type Line struct {
	EventID string    `json:"eventId"`
	Sender  string    `json:"sender"`
	Text    string    `json:"text"`
	SentAt  time.Time `json:"sentAt"`
}

// event is what happened in a room.
type event struct {
	ID      string  `json:"event_id"`
	Type    string  `json:"type"`
	Sender  string  `json:"sender"`
	SentMS  int64   `json:"origin_server_ts"`
	Content content `json:"content"`
}

func readMessages(_ hosk.Call, wanted Wanted) (Read, error) {
	room, err := roomID(wanted.Room)
	if err != nil {
		return Read{}, err
	}
	limit := wanted.Limit
	if limit == 0 {
		limit = 20
	}
	type answer struct {
		Chunk []event `json:"chunk"`
	}
	events, err := ask[answer]("GET", "/rooms/"+url.PathEscape(room)+"/messages",
		hosk.Query("dir", "b"), hosk.Query("limit", strconv.Itoa(limit)),
		hosk.Query("filter", `{"types":["m.room.message"]}`))
	if err != nil {
		return Read{}, inRoom(err, wanted.Room)
	}
	// They come with the latest first.
	var lines []Line
	for _, one := range events.Chunk {
		if one.ID == wanted.After {
			break
		}
		// What was taken back has no content any more.
		if one.Type == "m.room.message" && one.Content.Type != "" {
			sent := time.UnixMilli(one.SentMS).UTC()
			lines = append([]Line{{one.ID, one.Sender, one.Content.Body, sent}}, lines...)
		}
	}
	return Read{Messages: lines}, nil
}
