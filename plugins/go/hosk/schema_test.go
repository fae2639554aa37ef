package hosk

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

type city struct {
	City string `json:"city"`
}

type euro struct{ cents int64 }

func (euro) JSONSchema() string {
	return `{"type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$"}`
}

type base struct {
	ID int64 `json:"id"`
}

type order struct {
	base
	Code   string            `json:"code" title:"Code" minLength:"1" pattern:"^[A-Z,]+$"`
	Kind   string            `json:"kind" enum:"goods,service" default:"\"goods\""`
	Amount float64           `json:"amount" minimum:"0.01"`
	Count  uint              `json:"count,omitempty"`
	Lines  []city            `json:"lines" minItems:"1"`
	To     *city             `json:"to"`
	Price  euro              `json:"price"`
	Until  time.Time         `json:"until,omitzero"`
	Extra  any               `json:"extra,omitempty"`
	Exact  json.Number       `json:"exact,omitempty"`
	Words  map[string]string `json:"words,omitempty"`
	Photo  []byte            `json:"photo,omitempty"`
	Number int64             `json:"number,string"`
	Plain  bool              // Its name is that of the field.
	Hidden string            `json:"-"`
	inner  int
	Rates  map[string]float64 `json:"rates,omitempty"`
}

const wanted = `{"type":"object","required":["id","code","kind","amount","lines","price","number","Plain"],"properties":{` +
	`"id":{"type":"integer"},` +
	`"code":{"type":"string","title":"Code","pattern":"^[A-Z,]+$","minLength":1},` +
	`"kind":{"type":"string","enum":["goods","service"],"default":"goods"},` +
	`"amount":{"type":"number","minimum":0.01},` +
	`"count":{"type":"integer","minimum":0},` +
	`"lines":{"type":"array","items":{"type":"object","required":["city"],"properties":{"city":{"type":"string"}}},"minItems":1},` +
	`"to":{"type":["object","null"],"required":["city"],"properties":{"city":{"type":"string"}}},` +
	`"price":{"type":"string","pattern":"^[0-9]+\\.[0-9]{2}$"},` +
	`"until":{"type":"string","format":"date-time"},` +
	`"extra":{},` +
	`"exact":{"type":"number"},` +
	`"words":{"type":"object","additionalProperties":{"type":"string"}},` +
	`"photo":{"type":"string","contentEncoding":"base64"},` +
	`"number":{"type":"string"},` +
	`"Plain":{"type":"boolean"},` +
	`"rates":{"type":"object","additionalProperties":{"type":"number"}}}}`

func TestASchemaSaysWhatTheTypeSays(t *testing.T) {
	schema, err := schemaOf(reflect.TypeFor[order]())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(schema)
	if err != nil || string(text) != wanted {
		t.Fatalf("%v\n%s\n%s", err, text, wanted)
	}
}

type itself struct {
	*itself
}

type tree struct {
	Children []tree `json:"children"`
}

func TestWhatHasNoSchemaIsNamed(t *testing.T) {
	for _, one := range []struct {
		kind reflect.Type
		part string
	}{
		{reflect.TypeFor[chan int](), "cannot be written as JSON"},
		{reflect.TypeFor[tree](), "contains itself"},
		{reflect.TypeFor[big.Int](), "JSONSchema"},
		{reflect.TypeFor[map[int]string](), "keys that are no strings"},
		{reflect.TypeFor[struct {
			A string `minLength:"one"`
		}](), "field A: the tag `minLength`"},
		{reflect.TypeFor[struct {
			A int `enum:"1,2"`
		}](), "is for strings"},
		{reflect.TypeFor[struct {
			A int `default:"one"`
		}](), "no JSON"},
		{reflect.TypeFor[struct {
			base
			A int `json:"id"`
		}](), "two fields that are `id`"},
		{reflect.TypeFor[itself](), "contains itself"},
	} {
		if _, err := schemaOf(one.kind); err == nil || !strings.Contains(err.Error(), one.part) {
			t.Errorf("%s: %v", one.kind, err)
		}
	}
}

func TestNilSlicesAndMapsAreEmpty(t *testing.T) {
	type inner struct {
		Words []string
		Known map[string][]int
	}
	value := struct {
		A []inner
		B *inner
		C any
		D map[string]inner
		E []int `json:",omitzero"`
		F *int
		G [1][]int
		H json.RawMessage `json:",omitempty"`
	}{A: []inner{{}}, B: &inner{}, C: []inner(nil), D: map[string]inner{"x": {Known: map[string][]int{"y": nil}}}}
	const wanted = `{"A":[{"Words":[],"Known":{}}],"B":{"Words":[],"Known":{}},"C":[],` +
		`"D":{"x":{"Words":[],"Known":{"y":[]}}},"F":null,"G":[[]]}`
	text, err := encode(value)
	if err != nil || string(text) != wanted {
		t.Fatalf("%v %s", err, text)
	}
	if value.B.Words != nil || value.A[0].Words != nil {
		t.Fatal("the value itself was changed")
	}
	if text, _ := encode([]string(nil)); string(text) != "[]" {
		t.Fatalf("%s", text)
	}
}

func TestWhatLeadsToItselfIsRefused(t *testing.T) {
	type ring struct{ Next []any }
	round := &ring{Next: make([]any, 2)}
	round.Next[0], round.Next[1] = round, round
	if text, err := encode(round); err == nil {
		t.Fatalf("%s", text)
	}
}
