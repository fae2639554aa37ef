package main

import (
	"strings"

	"hosk.local/hosk"
)

// Room is the input of open-room.
type Room struct {
	Name   string   `json:"name" title:"Alias" description:"Its own part only, e.g. order-4711" pattern:"^[^#:\\s]+$"`
	Title  string   `json:"title,omitempty" title:"Title"`
	Topic  string   `json:"topic,omitempty" title:"Topic"`
	Invite []string `json:"invite,omitempty" title:"Invite" description:"Such as @anna:example.com"`
}

// Opened is its output.
type Opened struct {
	RoomID string `json:"roomId"`
	Alias  string `json:"alias"`
	// Created is false when the room was there before.
	Created bool `json:"created"`
}

// creation is a room in the protocol's words.
type creation struct {
	Alias  string   `json:"room_alias_name"`
	Name   string   `json:"name,omitempty"`
	Topic  string   `json:"topic,omitempty"`
	Invite []string `json:"invite"`
	Preset string   `json:"preset"`
}

func openRoom(_ hosk.Call, room Room) (Opened, error) {
	server, err := serverName()
	if err != nil {
		return Opened{}, err
	}
	alias := "#" + room.Name + ":" + server
	switch id, err := resolve(alias); {
	case err == nil:
		return Opened{RoomID: id, Alias: alias}, nil
	case code(err) != "M_NOT_FOUND":
		return Opened{}, err
	}
	type answer struct {
		ID string `json:"room_id"`
	}
	wanted := creation{room.Name, room.Title, room.Topic, room.Invite, "private_chat"}
	created, err := ask[answer]("POST", "/createRoom", hosk.JSON(wanted))
	switch {
	case err == nil:
		return Opened{RoomID: created.ID, Alias: alias, Created: true}, nil
	case code(err) == "M_ROOM_IN_USE":
		// Somebody was faster, or the server still worked on an earlier attempt.
		id, err := resolve(alias)
		return Opened{RoomID: id, Alias: alias}, err
	}
	return Opened{}, inRoom(err, alias)
}

// serverName is the part of ids behind the colon: the setting `serverName`, else that of the account.
func serverName() (string, error) {
	settings := struct{ ServerName string }{}
	if err := hosk.Settings(&settings); err != nil || settings.ServerName != "" {
		return settings.ServerName, err
	}
	type account struct {
		UserID string `json:"user_id"`
	}
	own, err := ask[account]("GET", "/account/whoami")
	if err != nil {
		return "", err
	}
	_, server, there := strings.Cut(own.UserID, ":")
	if !there {
		return "", hosk.Failuref(hosk.Permanent, "the account's id `%s` names no server", own.UserID)
	}
	return server, nil
}
