package hosk

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schema is a JSON Schema (2020-12) whose members keep their order, which is that of the fields of a form.
//
// It is derived from a type as encoding/json writes it. A field that is no pointer and has neither `omitempty` nor
// `omitzero` is required; a pointer may be null. These tags say more about a field:
//
//	title, description, format, pattern, enum (comma separated), default (JSON),
//	minLength, maxLength, minimum, maximum, minItems, maxItems
//
// A type with a method `JSONSchema() string` gives its schema itself, as JSON.
type Schema []Member

// Member is a member of a Schema.
type Member struct {
	Name  string
	Value any
}

// MarshalJSON is an object with the members in their order.
func (s Schema) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	text.WriteByte('{')
	for number, member := range s {
		if number > 0 {
			text.WriteByte(',')
		}
		name, err := json.Marshal(member.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(member.Value)
		if err != nil {
			return nil, err
		}
		text.Write(name)
		text.WriteByte(':')
		text.Write(value)
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

func (s Schema) find(name string) (int, bool) {
	for number, member := range s {
		if member.Name == name {
			return number, true
		}
	}
	return 0, false
}

// own is a type that gives its schema itself.
type own interface{ JSONSchema() string }

var (
	ownType    = reflect.TypeFor[own]()
	textType   = reflect.TypeFor[encoding.TextMarshaler]()
	jsonType   = reflect.TypeFor[json.Marshaler]()
	timeType   = reflect.TypeFor[time.Time]()
	numberType = reflect.TypeFor[json.Number]()
	rawType    = reflect.TypeFor[json.RawMessage]()
)

func schemaOf(kind reflect.Type) (Schema, error) { return derive(kind, nil) }

// derive makes the schema of a type; above are the types that it is part of.
func derive(kind reflect.Type, above []reflect.Type) (Schema, error) {
	above, err := into(kind, above)
	if err != nil {
		return nil, err
	}
	switch {
	case kind.Implements(ownType):
		return given(kind)
	case kind == timeType:
		return Schema{{"type", "string"}, {"format", "date-time"}}, nil
	case kind == numberType:
		return Schema{{"type", "number"}}, nil
	case kind == rawType || kind.Kind() == reflect.Interface:
		return Schema{}, nil
	case kind.Kind() == reflect.Pointer:
		inner, err := derive(kind.Elem(), above)
		return orNull(inner), err
	case implements(kind, jsonType):
		return nil, fmt.Errorf("%s writes its JSON itself: give it a method `JSONSchema() string`", kind)
	case implements(kind, textType):
		return Schema{{"type", "string"}}, nil
	}
	return byKind(kind, above)
}

// into is the way into a type, which must not be on it already.
func into(kind reflect.Type, above []reflect.Type) ([]reflect.Type, error) {
	if slices.Contains(above, kind) {
		return nil, fmt.Errorf("%s contains itself: give it a method `JSONSchema() string`", kind)
	}
	return append(slices.Clone(above), kind), nil
}

func byKind(kind reflect.Type, above []reflect.Type) (Schema, error) {
	switch kind.Kind() {
	case reflect.Bool:
		return Schema{{"type", "boolean"}}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Schema{{"type", "integer"}}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Schema{{"type", "integer"}, {"minimum", 0}}, nil
	case reflect.Float32, reflect.Float64:
		return Schema{{"type", "number"}}, nil
	case reflect.String:
		return Schema{{"type", "string"}}, nil
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return Schema{{"type", "string"}, {"contentEncoding", "base64"}}, nil
		}
		items, err := derive(kind.Elem(), above)
		return Schema{{"type", "array"}, {"items", items}}, err
	case reflect.Array:
		items, err := derive(kind.Elem(), above)
		length := kind.Len()
		return Schema{{"type", "array"}, {"items", items}, {"minItems", length}, {"maxItems", length}}, err
	case reflect.Map:
		if kind.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("%s has keys that are no strings", kind)
		}
		values, err := derive(kind.Elem(), above)
		return Schema{{"type", "object"}, {"additionalProperties", values}}, err
	case reflect.Struct:
		return ofStruct(kind, above)
	}
	return nil, fmt.Errorf("%s cannot be written as JSON", kind)
}

// implements is true for a method of the type or of a pointer to it: encoding/json finds both.
func implements(kind, of reflect.Type) bool {
	return kind.Implements(of) || reflect.PointerTo(kind).Implements(of)
}

// given is the schema that a type gives itself.
func given(kind reflect.Type) (Schema, error) {
	zero := reflect.New(kind).Elem()
	if kind.Kind() == reflect.Pointer {
		zero = reflect.New(kind.Elem())
	}
	text := zero.Interface().(own).JSONSchema()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("the schema that %s gives is no JSON object: %w", kind, err)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	var schema Schema
	// The brace, then names and values in turn: it was read once already.
	for _, _ = decoder.Token(); decoder.More(); {
		name, _ := decoder.Token()
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		schema = append(schema, Member{fmt.Sprint(name), value})
	}
	return schema, nil
}

// orNull is a schema that takes null too.
func orNull(schema Schema) Schema {
	if len(schema) == 0 {
		return schema
	}
	if place, there := schema.find("type"); there {
		if name, simple := schema[place].Value.(string); simple {
			schema[place].Value = []string{name, "null"}
			return schema
		}
	}
	return Schema{{"anyOf", []Schema{schema, {{"type", "null"}}}}}
}

func ofStruct(kind reflect.Type, above []reflect.Type) (Schema, error) {
	properties, required := Schema{}, []string{}
	if err := fields(kind, above, &properties, &required); err != nil {
		return nil, err
	}
	schema := Schema{{"type", "object"}}
	if len(required) > 0 {
		schema = append(schema, Member{"required", required})
	}
	return append(schema, Member{"properties", properties}), nil
}

func fields(kind reflect.Type, above []reflect.Type, properties *Schema, required *[]string) error {
	for number := range kind.NumField() {
		field := kind.Field(number)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" && options == "" {
			continue
		}
		embedded := field.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		if field.Anonymous && name == "" && embedded.Kind() == reflect.Struct && !field.Type.Implements(ownType) {
			deeper, err := into(embedded, above)
			if err == nil {
				err = fields(embedded, deeper, properties, required)
			}
			if err != nil {
				return err
			}
			continue
		}
		if !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		if _, twice := properties.find(name); twice {
			return fmt.Errorf("%s has two fields that are `%s` in JSON", kind, name)
		}
		schema, err := derive(field.Type, above)
		if err == nil {
			schema, err = tagged(schema, field, strings.Split(options, ","))
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", field.Name, err)
		}
		*properties = append(*properties, Member{name, schema})
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if !optional && field.Type.Kind() != reflect.Pointer {
			*required = append(*required, name)
		}
	}
	return nil
}

// The tags of a field, by what their values are.
var (
	textTags   = [...]string{"title", "description", "format", "pattern"}
	numberTags = [...]string{"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"}
)

// tagged adds what the tags of a field say.
func tagged(schema Schema, field reflect.StructField, options []string) (Schema, error) {
	for _, option := range options {
		if option == "string" {
			schema = Schema{{"type", "string"}}
		}
	}
	for _, tag := range textTags {
		if text, there := field.Tag.Lookup(tag); there {
			schema = with(schema, tag, text)
		}
	}
	for _, tag := range numberTags {
		if text, there := field.Tag.Lookup(tag); there {
			if _, err := strconv.ParseFloat(text, 64); err != nil {
				return nil, fmt.Errorf("the tag `%s` is `%s`, which is no number", tag, text)
			}
			schema = with(schema, tag, json.Number(text))
		}
	}
	if text, there := field.Tag.Lookup("enum"); there {
		if field.Type.Kind() != reflect.String {
			return nil, fmt.Errorf("the tag `enum` is for strings, and the field is %s", field.Type)
		}
		schema = with(schema, "enum", strings.Split(text, ","))
	}
	if text, there := field.Tag.Lookup("default"); there {
		if !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("the tag `default` is `%s`, which is no JSON", text)
		}
		schema = with(schema, "default", json.RawMessage(text))
	}
	return schema, nil
}

// with sets a member.
func with(schema Schema, name string, value any) Schema {
	if place, there := schema.find(name); there {
		schema[place].Value = value
		return schema
	}
	return append(schema, Member{name, value})
}
