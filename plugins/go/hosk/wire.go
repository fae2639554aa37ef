package hosk

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// How values of the interface lie in memory (Canonical ABI of the component model). A string and a list are an address
// and a length, an option is a byte that tells whether there is a value, a variant is a byte that tells which case.

// memory is what is shared with the host by address: what it handed to us and what we hand to it. Holding it keeps it
// where it is.
type memory map[uint32][]byte

// room is zeroed memory. Its address is a multiple of eight.
func (m memory) room(size uint32) []byte {
	// Sizes that are multiples of eight are aligned like that.
	bytes := make([]byte, size, (uint64(size)+15)/8*8)
	m[address(bytes)] = bytes
	return bytes
}

// at is what lies at an address that we gave out.
func (m memory) at(address, length uint32) []byte {
	if length == 0 {
		return nil
	}
	bytes, there := m[address]
	if !there || uint32(len(bytes)) < length {
		panic(fmt.Sprintf("the host handed over %d bytes at an address that it was not given", length))
	}
	return bytes[:length]
}

// record is a record in memory, read and written by offsets.
type record struct {
	memory memory
	bytes  []byte
}

func (f record) word(at int) uint32   { return binary.LittleEndian.Uint32(f.bytes[at:]) }
func (f record) long(at int) uint64   { return binary.LittleEndian.Uint64(f.bytes[at:]) }
func (f record) data(at int) []byte   { return f.memory.at(f.word(at), f.word(at+4)) }
func (f record) text(at int) string   { return string(f.data(at)) }
func (f record) some(at int) bool     { return f.bytes[at] != 0 }
func (f record) from(at int) record   { return record{f.memory, f.bytes[at:]} }
func (f record) put(at int, v uint32) { binary.LittleEndian.PutUint32(f.bytes[at:], v) }

func (f record) putLong(at int, v uint64) { binary.LittleEndian.PutUint64(f.bytes[at:], v) }

// putData puts bytes somewhere, and their address and length here.
func (f record) putData(at int, data []byte) {
	if len(data) > 0 {
		f.memory[address(data)] = data
		f.put(at, address(data))
	}
	f.put(at+4, uint32(len(data)))
}

func (f record) putText(at int, text string) { f.putData(at, []byte(text)) }

// putOption puts an optional text: nothing when it is empty.
func (f record) putOption(at int, text string) {
	if text != "" {
		f.bytes[at] = 1
		f.putText(at+4, text)
	}
}

func (f record) option(at int) string {
	if f.some(at) {
		return f.text(at + 4)
	}
	return ""
}

// each reads a list of records of a size.
func (f record) each(at, size int, read func(record)) {
	count := f.word(at + 4)
	list := record{f.memory, f.memory.at(f.word(at), count*uint32(size))}
	for number := range int(count) {
		read(list.from(number * size))
	}
}

// list makes room for so many records of a size, and puts its address and length here.
func (f record) list(at, count, size int) record {
	bytes := f.memory.room(uint32(count * size))
	f.put(at, address(bytes))
	f.put(at+4, uint32(count))
	return record{f.memory, bytes}
}

func (f record) pairs(at int) []Pair {
	var pairs []Pair
	f.each(at, 16, func(pair record) { pairs = append(pairs, Pair{pair.text(0), pair.text(8)}) })
	return pairs
}

// readCall reads the record `call`.
func readCall(f record) (call Call, input []byte) {
	headers := map[string]string{}
	for _, header := range f.pairs(16) {
		headers[header.Name] = header.Value
	}
	return Call{
		Operation:       f.text(0),
		Headers:         headers,
		Tenant:          f.text(24),
		Connection:      f.text(32),
		ProcessInstance: int64(f.long(40)),
		ElementID:       f.text(48),
		JobKey:          int64(f.long(56)),
		Attempt:         int(f.word(64)),
		IdempotencyKey:  f.text(68),
		TimeLeft:        milliseconds(f.long(80)),
		TraceParent:     f.option(88),
	}, f.data(8)
}

// Sizes of what is answered and sent, in bytes.
const (
	callSize     = 104
	answerSize   = 72
	requestSize  = 56
	responseSize = 64
)

// writeAnswer writes a `result<string, error>`.
func writeAnswer(m memory, output []byte, err error) record {
	f := record{m, m.room(answerSize)}
	switch err := err.(type) {
	case nil:
		f.putData(8, output)
	case *BPMNError:
		f.bytes[0] = 1
		f.putText(16, err.Code)
		f.putText(24, err.Message)
		f.putText(32, asJSON(err.Variables))
	case *Failure:
		f.bytes[0], f.bytes[8] = 1, 1
		writeFailure(f.from(16), err)
	default:
		f.bytes[0], f.bytes[8] = 1, 1
		writeFailure(f.from(16), &Failure{Kind: Permanent, Message: err.Error()})
	}
	return f
}

func writeFailure(f record, failure *Failure) {
	f.bytes[0] = byte(min(failure.Kind, Permanent))
	f.putText(4, failure.Message)
	if failure.RetryAfter > 0 {
		f.bytes[16] = 1
		f.putLong(24, uint64(failure.RetryAfter.Milliseconds()))
	}
	f.putOption(32, failure.Code)
	f.putOption(44, asJSON(failure.Details))
}

func readFailure(f record) *Failure {
	failure := &Failure{Kind: Kind(f.bytes[0]), Message: f.text(4), Code: f.option(32)}
	if f.some(16) {
		failure.RetryAfter = milliseconds(f.long(24))
	}
	if details := f.option(44); details != "" {
		failure.Details = rawJSON(details)
	}
	return failure
}

// writeRequest writes the parameters of `send` one after the other, each in a word.
func writeRequest(m memory, request Request) record {
	f := record{m, m.room(requestSize)}
	f.putText(0, request.Method)
	f.putText(8, request.URL)
	headers := f.list(16, len(request.Headers), 16)
	for number, header := range request.Headers {
		headers.putText(number*16, header.Name)
		headers.putText(number*16+8, header.Value)
	}
	if request.Body != nil {
		f.put(24, 1)
		f.putData(28, request.Body)
	}
	credentials := f.list(36, len(request.Credentials), 20)
	for number, one := range request.Credentials {
		credentials.bytes[number*20] = byte(one.Place)
		credentials.putText(number*20+4, one.Name)
		credentials.putText(number*20+12, one.Value)
	}
	if request.Timeout > 0 {
		f.put(44, 1)
		f.put(48, uint32(min(request.Timeout.Milliseconds(), 1<<32-1)))
	}
	return f
}

// readResponse reads a `result<response, failure>`.
func readResponse(f record) (*Response, *Failure) {
	if f.some(0) {
		return nil, readFailure(f.from(8))
	}
	status := binary.LittleEndian.Uint16(f.bytes[8:])
	return &Response{Status: int(status), Headers: f.pairs(12), Body: f.data(20)}, nil
}

// milliseconds as a duration, which has room for some hundred years.
func milliseconds(count uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(time.Millisecond)
	return time.Duration(min(count, most)) * time.Millisecond
}

// rawJSON is JSON as it is, and anything else as text.
func rawJSON(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}
