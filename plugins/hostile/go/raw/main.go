// What Go can do to the interface when it leaves the library out: addresses and answers that are none.
package main

import (
	"unsafe"
)

const contract = `{"id":"hostile-raw","version":1,"title":"Hostile","operations":[` +
	`{"name":"garbage","title":"No JSON","inputSchema":{"type":"object"},"outputSchema":{},"delivery":"idempotent"},` +
	`{"name":"claimed","title":"A gigabyte that is not there","inputSchema":{"type":"object"},"outputSchema":{},"delivery":"idempotent"},` +
	`{"name":"wild","title":"An address that is none","inputSchema":{"type":"object"},"outputSchema":{},"delivery":"idempotent"},` +
	`{"name":"crossed","title":"No such case","inputSchema":{"type":"object"},"outputSchema":{},"delivery":"idempotent"}]}`

const garbage = `{"a":`

var (
	kept   = map[uint32][]byte{}
	text   [2]uint32
	answer [18]uint32
)

// room is what the library has, too.
var room = [2<<16 + 64]byte{
	'h', 'o', 's', 'k', ':', ' ', 'r', 'o', 'o', 'm', ' ', 'f', 'o', 'r', ' ', 't',
	'h', 'e', ' ', 'W', 'A', 'S', 'I', ' ', 'a', 'd', 'a', 'p', 't', 'e', 'r', '\n',
}

//go:wasmexport hosk_realloc
func makeRoom(_, _, _, size uint32) uint32 {
	if room[0] != 'h' {
		panic("not linked otherwise")
	}
	bytes := make([]byte, (size+8)/8*8)
	at := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
	kept[at] = bytes
	return at
}

func put(into []uint32, value string) {
	into[0] = uint32(uintptr(unsafe.Pointer(unsafe.StringData(value))))
	into[1] = uint32(len(value))
}

//go:wasmexport hosk:connector/plugin@1.0.0#describe
func describe() uint32 {
	put(text[:], contract)
	return uint32(uintptr(unsafe.Pointer(&text)))
}

//go:wasmexport hosk:connector/plugin@1.0.0#invoke
func invoke(at uint32) uint32 {
	// The operation's name is the first text of the call.
	call := kept[at]
	name := kept[*(*uint32)(unsafe.Pointer(&call[0]))]
	put(answer[2:], garbage)
	switch name[0] {
	case 'c':
		if name[1] == 'l' {
			answer[3] = 1 << 30
		} else {
			answer[0] = 77
		}
	case 'w':
		return 0xFFFF_FFF8
	}
	return uint32(uintptr(unsafe.Pointer(&answer)))
}

func main() {}
