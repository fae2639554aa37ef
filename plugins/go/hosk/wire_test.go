package hosk

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
	"time"
)

// The layout is the Canonical ABI's; plugins/hostile and the templates prove it against the real host.

func TestACallIsRead(t *testing.T) {
	m := memory{}
	f := record{m, m.room(callSize)}
	f.putText(0, "find")
	f.putText(8, `{"a":1}`)
	headers := f.list(16, 1, 16)
	headers.putText(0, "resultVariable")
	headers.putText(8, "x")
	f.putText(24, "<default>")
	f.putText(32, "crm")
	f.putLong(40, 1<<40)
	f.putText(48, "ship")
	f.putLong(56, 7)
	f.put(64, 3)
	f.putText(68, "key")
	f.putLong(80, 1500)
	f.bytes[88] = 1
	f.putText(92, "00-1-2-01")
	call, input := readCall(f)
	wanted := Call{
		Operation: "find", Headers: map[string]string{"resultVariable": "x"}, Tenant: "<default>", Connection: "crm",
		ProcessInstance: 1 << 40, ElementID: "ship", JobKey: 7, Attempt: 3, IdempotencyKey: "key",
		TimeLeft: 1500 * time.Millisecond, TraceParent: "00-1-2-01",
	}
	if !reflect.DeepEqual(call, wanted) || string(input) != `{"a":1}` {
		t.Fatalf("%+v %s", call, input)
	}
}

func TestARequestIsWritten(t *testing.T) {
	m := memory{}
	f := writeRequest(m, Request{
		Method: "POST", URL: "/x", Headers: []Pair{{"a", "1"}, {"b", ""}}, Body: []byte("hello"),
		Credentials: []Credential{{InBasic, Pair{"u", "{{secrets.P}}"}}}, Timeout: time.Second,
	})
	if f.text(0) != "POST" || f.text(8) != "/x" || f.word(24) != 1 || f.text(28) != "hello" {
		t.Fatal("method, address, body")
	}
	if pairs := f.pairs(16); !reflect.DeepEqual(pairs, []Pair{{"a", "1"}, {"b", ""}}) {
		t.Fatal(pairs)
	}
	f.each(36, 20, func(one record) {
		if one.bytes[0] != byte(InBasic) || one.text(4) != "u" || one.text(12) != "{{secrets.P}}" {
			t.Fatal("credential")
		}
	})
	if f.word(44) != 1 || f.word(48) != 1000 {
		t.Fatal("time")
	}
	if none := writeRequest(m, Request{Method: "GET", URL: "/"}); none.word(24) != 0 || none.word(44) != 0 {
		t.Fatal("there is no body and no time")
	}
}

func TestAResponseIsRead(t *testing.T) {
	m := memory{}
	f := record{m, m.room(responseSize)}
	binary.LittleEndian.PutUint16(f.bytes[8:], 404)
	header := f.list(12, 1, 16)
	header.putText(0, "retry-after")
	header.putText(8, "2")
	f.putText(20, "gone")
	response, failure := readResponse(f)
	if failure != nil || response.Status != 404 || response.Header("Retry-After") != "2" || response.Text() != "gone" {
		t.Fatal(response, failure)
	}
}

func TestAFailureComesAndGoes(t *testing.T) {
	m := memory{}
	sent := &Failure{Kind: RateLimited, Message: "busy", RetryAfter: 2 * time.Second, Code: "429", Details: map[string]int{"n": 1}}
	answer := writeAnswer(m, nil, sent)
	if answer.bytes[0] != 1 || answer.bytes[8] != 1 {
		t.Fatal("which case")
	}
	f := record{m, m.room(responseSize)}
	f.bytes[0] = 1
	copy(f.bytes[8:], answer.bytes[16:])
	_, failure := readResponse(f)
	if failure.Kind != RateLimited || failure.Message != "busy" || failure.RetryAfter != 2*time.Second ||
		failure.Code != "429" || asJSON(failure.Details) != `{"n":1}` {
		t.Fatalf("%+v", failure)
	}
}

func TestOtherAnswersAreWritten(t *testing.T) {
	m := memory{}
	if good := writeAnswer(m, []byte("{}"), nil); good.bytes[0] != 0 || good.text(8) != "{}" {
		t.Fatal("output")
	}
	business := writeAnswer(m, nil, &BPMNError{Code: "NONE", Message: "no", Variables: map[string]int{"n": 1}})
	if business.bytes[0] != 1 || business.bytes[8] != 0 || business.text(16) != "NONE" || business.text(32) != `{"n":1}` {
		t.Fatal("business result")
	}
	if plain := writeAnswer(m, nil, errors.New("x")); plain.bytes[16] != byte(Permanent) || plain.text(20) != "x" {
		t.Fatal("any other error")
	}
}
