//go:build wasip1

package hosk

import (
	"sync"
	"unsafe"
)

// What the interface exports and imports (plugins/wit/connector.wit), by the names of the component model. A record in
// memory is handed over by its address, which is a word of 32 bits here.

// shared holds what the host was given or has given. An instance makes one call, so nothing has to be given back but
// what imports answer.
var shared = memory{}

var host Host = imports{}

// room is where what stands between Go and the host lies: its stack and its state, of 64 KiB each. Go takes all memory
// behind its data for its own heap, so that it must be part of the data. `hosk plugin build` finds it by its beginning.
var room = [2<<16 + 64]byte{
	'h', 'o', 's', 'k', ':', ' ', 'r', 'o', 'o', 'm', ' ', 'f', 'o', 'r', ' ', 't',
	'h', 'e', ' ', 'W', 'A', 'S', 'I', ' ', 'a', 'd', 'a', 'p', 't', 'e', 'r', '\n',
}

func address(bytes []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}

// makeRoom is asked for by the host when it hands something over. `hosk plugin build` makes of it what the component
// model asks for.
//
//go:wasmexport hosk_realloc
func makeRoom(old, oldSize, _, size uint32) uint32 {
	// Also because what nobody reads is not linked.
	if room[0] != 'h' {
		panic("the memory of the plugin is damaged")
	}
	bytes := shared.room(size)
	if old != 0 {
		copy(bytes, shared.at(old, oldSize))
		delete(shared, old)
	}
	return address(bytes)
}

//go:wasmexport hosk:connector/plugin@1.0.0#describe
func describe() uint32 {
	if exported == nil {
		panic("no connector was exported: call hosk.Export in a function `init`")
	}
	contract, err := exported.Contract()
	if err != nil {
		panic(err)
	}
	f := record{shared, shared.room(8)}
	f.putData(0, contract)
	return address(f.bytes)
}

//go:wasmexport hosk:connector/plugin@1.0.0#invoke
func invoke(at uint32) uint32 {
	call, input := readCall(record{shared, shared.at(at, callSize)})
	output, err := exported.Invoke(call, input)
	return address(writeAnswer(shared, output, err).bytes)
}

//go:wasmimport hosk:connector/log@1.0.0 write
func logWrite(level, at, length uint32)

//go:wasmimport hosk:connector/config@1.0.0 settings
func configSettings(answer uint32)

//go:wasmimport hosk:connector/config@1.0.0 secrets
func configSecrets(answer uint32)

//go:wasmimport hosk:connector/http@1.0.0 send
func httpSend(
	method, methodLength, url, urlLength, headers, headersLength, hasBody, body, bodyLength,
	credentials, credentialsLength, hasTimeout, timeout, answer uint32,
)

// imports are the host's functions.
type imports struct{}

// turn is held while the host works: goroutines that want something of it meanwhile wait, for a component may not call
// out while the host hands data over.
var turn sync.Mutex

// begin takes the turn; what it returns ends it, when everything was read.
func begin() (end func()) {
	turn.Lock()
	return func() {
		clear(shared)
		turn.Unlock()
	}
}

func (imports) Log(level Level, message string) {
	defer begin()()
	line := []byte(message)
	shared[address(line)] = line
	logWrite(uint32(level), address(line), uint32(len(line)))
}

func (imports) Settings() string {
	defer begin()()
	f := record{shared, shared.room(8)}
	configSettings(address(f.bytes))
	return f.text(0)
}

func (imports) SecretNames() []string {
	defer begin()()
	f := record{shared, shared.room(8)}
	configSecrets(address(f.bytes))
	names := []string{}
	f.each(0, 8, func(name record) { names = append(names, name.text(0)) })
	return names
}

func (imports) Send(request Request) (*Response, *Failure) {
	defer begin()()
	f := writeRequest(shared, request)
	answer := record{shared, shared.room(responseSize)}
	w := func(at int) uint32 { return f.word(at) }
	httpSend(w(0), w(4), w(8), w(12), w(16), w(20), w(24), w(28), w(32), w(36), w(40), w(44), w(48), address(answer.bytes))
	return readResponse(answer)
}
