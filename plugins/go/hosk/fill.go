package hosk

import (
	"reflect"
	"strings"
)

// filled is a copy of a value in which slices and maps that are nil are empty ones: JSON has `[]` and `{}` for them, as
// schemas expect, where encoding/json writes null.
func filled(value any) any {
	from := reflect.ValueOf(value)
	if !from.IsValid() {
		return value
	}
	into := reflect.New(from.Type()).Elem()
	into.Set(from)
	fill(into, map[uintptr]bool{})
	return into.Interface()
}

// fill works on a value that can be set. The path holds the pointers that lead to it: what leads to itself is left to
// encoding/json, which refuses it.
func fill(value reflect.Value, path map[uintptr]bool) {
	kind := value.Type()
	if implements(kind, jsonType) || implements(kind, textType) {
		return
	}
	switch kind.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		fillShared(value, path)
	case reflect.Interface:
		if !value.IsNil() {
			inner := reflect.New(value.Elem().Type()).Elem()
			inner.Set(value.Elem())
			fill(inner, path)
			value.Set(inner)
		}
	case reflect.Array:
		for number := range value.Len() {
			fill(value.Index(number), path)
		}
	case reflect.Struct:
		for number := range value.NumField() {
			field := value.Field(number)
			if field.CanSet() && !strings.Contains(kind.Field(number).Tag.Get("json"), ",omitzero") {
				fill(field, path)
			}
		}
	}
}

// fillShared copies what others may hold too, and fills the copy.
func fillShared(value reflect.Value, path map[uintptr]bool) {
	kind := value.Type()
	if value.IsNil() {
		switch kind.Kind() {
		case reflect.Map:
			value.Set(reflect.MakeMap(kind))
		case reflect.Slice:
			value.Set(reflect.MakeSlice(kind, 0, 0))
		}
		return
	}
	if !holds(kind.Elem()) {
		return
	}
	if address := value.Pointer(); kind.Kind() != reflect.Slice || value.Len() > 0 {
		if path[address] {
			return
		}
		path[address] = true
		defer delete(path, address)
	}
	switch kind.Kind() {
	case reflect.Pointer:
		inner := reflect.New(kind.Elem())
		inner.Elem().Set(value.Elem())
		fill(inner.Elem(), path)
		value.Set(inner)
	case reflect.Slice:
		all := reflect.MakeSlice(kind, value.Len(), value.Len())
		reflect.Copy(all, value)
		for number := range all.Len() {
			fill(all.Index(number), path)
		}
		value.Set(all)
	case reflect.Map:
		all := reflect.MakeMapWithSize(kind, value.Len())
		for entries := value.MapRange(); entries.Next(); {
			inner := reflect.New(kind.Elem()).Elem()
			inner.Set(entries.Value())
			fill(inner, path)
			all.SetMapIndex(entries.Key(), inner)
		}
		value.Set(all)
	}
}

// holds is whether a value of this type can hold a slice or a map.
func holds(kind reflect.Type) bool {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface, reflect.Array, reflect.Struct:
		return true
	}
	return false
}
