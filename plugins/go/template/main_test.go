package main

import (
	"errors"
	"net/http"
	"testing"

	"hosk.local/hosk"
	"hosk.local/hosk/hosktest"
)

// system answers like the one behind the connector.
func system(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer sesame":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.EscapedPath() == "/clients/C%201":
		w.Write([]byte(`{"name": "Anna"}`))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestTheContractIsSound(t *testing.T) {
	if _, err := connector.Contract(); err != nil {
		t.Fatal(err)
	}
}

func TestAClientIsFound(t *testing.T) {
	hosktest.Use(t, &hosktest.Host{
		Handler: http.HandlerFunc(system),
		Secrets: map[string]string{"TOKEN": "sesame"},
	})
	client, err := hosktest.Invoke[Client](t, connector, "find-client", Question{Code: "C 1"})
	if err != nil || client.Name != "Anna" {
		t.Fatal(client, err)
	}
	_, err = hosktest.Invoke[Client](t, connector, "find-client", Question{Code: "C 2"})
	if business := (*hosk.BPMNError)(nil); !errors.As(err, &business) || business.Code != "CLIENT_NOT_FOUND" {
		t.Fatal(err)
	}
}

func TestAWrongTokenIsAFailure(t *testing.T) {
	hosktest.Use(t, &hosktest.Host{
		Handler: http.HandlerFunc(system),
		Secrets: map[string]string{"TOKEN": "wrong"},
	})
	_, err := hosktest.Invoke[Client](t, connector, "find-client", Question{Code: "C 1"})
	if failure := (*hosk.Failure)(nil); !errors.As(err, &failure) || failure.Kind != hosk.Unauthorized {
		t.Fatal(err)
	}
}
