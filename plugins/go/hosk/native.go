//go:build !wasip1

package hosk

import "sync/atomic"

// On the author's machine, where tests run: there is no host but the one that a test sets.

var host Host = nobody{}

// SetHost makes a host the one that plugins reach; what is returned puts the one before it back. The package hosktest
// has a host for tests.
func SetHost(h Host) (restore func()) {
	before := host
	host = h
	return func() { host = before }
}

// nobody is there until a test sets a host.
type nobody struct{}

func (nobody) Log(Level, string)     {}
func (nobody) Settings() string      { return "{}" }
func (nobody) SecretNames() []string { return nil }

func (nobody) Send(Request) (*Response, *Failure) {
	return nil, Failuref(Permanent, "there is no host here: use the package hosktest in tests")
}

// Addresses mean nothing here but to the tests of the layout in memory, which hand them out one after the other.
var (
	lastAddress atomic.Uint32
	addresses   = map[*byte]uint32{}
)

func address(bytes []byte) uint32 {
	if cap(bytes) == 0 {
		return 8
	}
	first := &bytes[:1][0]
	if known, there := addresses[first]; there {
		return known
	}
	addresses[first] = lastAddress.Add(8)
	return addresses[first]
}
