// A connector with one operation. docs/plugins.md of hosk tells the rest.
package main

import (
	"net/url"

	"hosk.local/hosk"
)

// Question is the input of find-client. The form that designers fill in is made of it.
type Question struct {
	Code string `json:"code" title:"Code" minLength:"1"`
}

// Client is its output.
type Client struct {
	Name string `json:"name"`
}

func findClient(call hosk.Call, question Question) (Client, error) {
	settings := struct{ Clients string }{"/clients"}
	if err := hosk.Settings(&settings); err != nil {
		return Client{}, err
	}
	address := settings.Clients + "/" + url.PathEscape(question.Code)
	answer, err := hosk.Get(address, hosk.Bearer("{{secrets.TOKEN}}"))
	if err != nil {
		return Client{}, err
	}
	if answer.Status == 404 {
		return Client{}, &hosk.BPMNError{Code: "CLIENT_NOT_FOUND", Message: "nobody has the code " + question.Code}
	}
	if err := answer.OrFail(); err != nil {
		return Client{}, err
	}
	var client Client
	return client, answer.Decode(&client)
}

var connector = hosk.New("my-plugin", 1, "My plugin")

func init() {
	hosk.Add(connector, "find-client", findClient, hosk.Operation{
		Title:        "Find client",
		Delivery:     hosk.Idempotent,
		Errors:       []hosk.ErrorCode{{Code: "CLIENT_NOT_FOUND", Meaning: "Nobody has this code"}},
		Capabilities: &hosk.Capabilities{Network: true, Secrets: []string{"TOKEN"}},
	})
	hosk.Export(connector)
}

// A plugin does nothing on its own.
func main() {}
