// Everything that a plugin should not do, in Go. What needs the interface without the library is in raw.
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"hosk.local/hosk"
)

type nothing struct{}

var connector = hosk.New("hostile", 1, "Hostile")

func operation[Out any](name, title string, run func() (Out, error)) {
	timed(name, title, 3*time.Second, func(nothing) (Out, error) { return run() })
}

func timed[In, Out any](name, title string, timeout time.Duration, run func(In) (Out, error)) {
	body := func(_ hosk.Call, in In) (Out, error) { return run(in) }
	hosk.Add(connector, name, body, hosk.Operation{
		Title: title, Delivery: hosk.Idempotent,
		Defaults: &hosk.Defaults{Retries: hosk.NoRetries, FirstWait: time.Second, LongestWait: time.Second, Timeout: timeout},
	})
}

var kept [][]byte

func memory() (int, error) {
	for {
		kept = append(kept, []byte(strings.Repeat("x", 1<<20)))
	}
}

func dive(depth int) int { return dive(depth+1) + 1 }

// stuck waits for what never comes; no goroutine is left that could go on.
func stuck() (int, error) { return <-make(chan int), nil }

// aside panics where the library cannot catch it.
func aside() (any, error) {
	done := make(chan bool)
	go func() {
		panic("on purpose, aside")
	}()
	<-done
	return nil, nil
}

func logs() (any, error) {
	for range 10_000 {
		hosk.Log.Infof("again")
	}
	return nil, nil
}

func status(address string, options ...hosk.Option) (int, error) {
	answer, err := hosk.Get(address, options...)
	if err != nil {
		return 0, err
	}
	return answer.Status, nil
}

type seen struct {
	Settings bool     `json:"settings"`
	Names    []string `json:"names"`
}

func look() (seen, error) {
	settings := map[string]any{}
	err := hosk.Settings(&settings)
	return seen{strings.Contains(fmt.Sprint(settings), "sesame"), hosk.SecretNames()}, err
}

// surroundings are looked for in files, environment and arguments.
func surroundings() (string, error) {
	if _, err := os.ReadFile("/etc/passwd"); err == nil {
		return "", errors.New("there are files")
	}
	if _, err := os.ReadDir("/"); err == nil {
		return "", errors.New("there are folders")
	}
	return strings.Join(append(os.Environ(), os.Args...), ""), nil
}

// churn is no harm: much memory, taken and given back, while randomness, time and the standard output are asked for.
// The memory of the runtime and that of what stands between it and the host must not meet.
func churn() (map[string]int, error) {
	const pieces, size = 64, 1 << 20
	var held [pieces][]byte
	var sums [pieces][32]byte
	for round := range 2 {
		for number := range held {
			held[number] = make([]byte, size)
			if _, err := rand.Read(held[number][:4096]); err != nil {
				return nil, err
			}
			copy(held[number][size/2:], held[number][:4096])
			sums[number] = sha256.Sum256(held[number])
			fmt.Fprintln(os.Stderr, "round", round, time.Now().UnixNano())
		}
		runtime.GC()
		for number, piece := range held {
			if sha256.Sum256(piece) != sums[number] {
				return nil, fmt.Errorf("piece %d was changed", number)
			}
		}
	}
	return map[string]int{"pieces": pieces}, nil
}

// pressure is no harm either: garbage is collected again and again, at times while the host hands something over.
func pressure() (map[string]int, error) {
	const times = 200_000
	for range times {
		if names := hosk.SecretNames(); len(names) != 1 || names[0] != "TOKEN" {
			return nil, fmt.Errorf("the names are %v", names)
		}
	}
	return map[string]int{"times": times}, nil
}

// beside asks from several goroutines at once.
func beside() (map[string]int, error) {
	var all sync.WaitGroup
	var failed error
	lengths := make([]int, 4)
	for number := range lengths {
		all.Add(1)
		go func() {
			defer all.Done()
			answer, err := hosk.Get("/large")
			if err != nil {
				failed = err
				return
			}
			lengths[number] = len(answer.Body)
		}()
	}
	all.Wait()
	sum := 0
	for _, length := range lengths {
		sum += length
	}
	return map[string]int{"sum": sum}, failed
}

func init() {
	operation("loop", "Never end", func() (any, error) {
		for {
		}
	})
	operation("memory", "Take all memory", memory)
	operation("recursion", "Call itself", func() (int, error) { return dive(0), nil })
	operation("trap", "End the program", func() (any, error) { os.Exit(3); return nil, nil })
	operation("exception", "Panic", func() (any, error) { panic("on purpose") })
	operation("aside", "Panic in a goroutine", aside)
	operation("stuck", "Wait for ever", stuck)
	operation("output", "Hand over too much", func() (string, error) { return strings.Repeat("x", 8<<20), nil })
	operation("gigabyte", "Hand over a gigabyte", func() (string, error) { return strings.Repeat("x", 1<<30), nil })
	operation("garbage", "Hand over what is no JSON", func() (json.RawMessage, error) { return json.RawMessage(`{"a":`), nil })
	operation("logs", "Flood the log", logs)
	operation("host", "Ask a host that is not granted", func() (int, error) { return status("http://10.11.12.13/") })
	operation("name", "Ask a name that leads to this machine", func() (int, error) { return status("http://localhost:9/") })
	operation("secret", "Ask for the secret of another connection", func() (int, error) {
		return status("/", hosk.Bearer("{{secrets.OTHER}}"))
	})
	operation("look", "Look for secrets", look)
	operation("surroundings", "Look around", surroundings)
	timed("churn", "Take and give back memory", time.Minute, func(nothing) (map[string]int, error) { return churn() })
	timed("pressure", "Ask again and again", time.Minute, func(nothing) (map[string]int, error) { return pressure() })
	timed("beside", "Ask several times at once", time.Minute, func(nothing) (map[string]int, error) { return beside() })
	timed("echo", "Give back", time.Minute, func(in map[string]any) (map[string]any, error) { return in, nil })
	hosk.Export(connector)
}

func main() {}
