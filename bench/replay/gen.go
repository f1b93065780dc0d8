package replay

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"
)

// Corpora are the names that [Generate] knows.
var Corpora = []string{"routee"}

// HasCorpus reports whether [Generate] knows a corpus of that name.
func HasCorpus(name string) bool { return slices.Contains(Corpora, name) }

// generatedFrom is the start of every generated capture, so that the same seed gives the same bytes.
var generatedFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Generate writes a capture of n exchanges that nobody made: requests of the shapes of a messaging API and of its webhooks, in
// the mix of a busy day, a thousand a second on average, at the times of people who do not know of each other. Numbers are of
// ranges reserved for fiction, addresses of those for documentation. The same name, n and seed give the same bytes. Answers
// are not recorded, as there were none.
func Generate(out io.Writer, corpus string, n int, seed uint64) error {
	if !HasCorpus(corpus) {
		return errors.New("replay: no such corpus")
	}
	w := bufio.NewWriterSize(out, 1<<16)
	if err := writeLine(w, header{Capture: captureFormat, Started: generatedFrom, Version: "generated"}); err != nil {
		return err
	}
	g := fiction{rand.New(rand.NewPCG(seed, 0x7069_6970_726f_7879))}
	const meanGapUS = 1000
	for at, i := 0.0, 0; i < n; i++ {
		e := g.exchange()
		e.AtUS, e.ID = int64(at), g.id()
		if err := writeLine(w, e); err != nil {
			return err
		}
		at += g.ExpFloat64() * meanGapUS
	}
	return w.Flush()
}

func writeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// object is a JSON object whose members are written in the order of their names.
type object = map[string]any

// exchange makes one, of a kind that comes as often as shapes says.
func (g fiction) exchange() Exchange {
	n := g.IntN(shapeWeights)
	for _, s := range shapes {
		if n -= s.weight; n < 0 {
			return g.complete(s, s.fill(g))
		}
	}
	panic("unreachable: weights add up to shapeWeights")
}

var shapeWeights = func() (sum int) {
	for _, s := range shapes {
		sum += s.weight
	}
	return sum
}()

// complete adds what all requests of a shape have in common.
func (g fiction) complete(s shape, c content) Exchange {
	e := Exchange{Listener: "api", Route: s.route, Method: s.method, Target: s.path + c.target, Headers: [][2]string{
		{"User-Agent", "acme-shop/2.4.1"},
		{"Authorization", "Bearer 00000000-0000-4000-8000-000000000001"},
		{"X-Forwarded-For", g.ip() + ", 198.51.100.10"},
		{"X-Request-Id", g.uuid()},
	}}
	if s.egress {
		e.Listener, e.Headers = "egress", [][2]string{{"User-Agent", "Routee/1.0"}}
	}
	switch body := c.body.(type) {
	case nil:
	case string:
		e.Body = body
		e.Headers = append(e.Headers, [2]string{"Content-Type", "application/x-www-form-urlencoded"})
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			panic("unreachable: objects of strings, numbers and lists")
		}
		e.Body = string(encoded)
		e.Headers = append(e.Headers, [2]string{"Content-Type", "application/json"})
	}
	e.RequestBytes = int64(len(e.Body))
	return e
}

func (g fiction) id() string { return fmt.Sprintf("%016x%016x", g.Uint64(), g.Uint64()) }

func (g fiction) uuid() string {
	a, b := g.Uint64(), g.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}
