package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// splitInputs hold values in the ways that are hardest to see in pieces.
var splitInputs = []string{
	"to=%2B306912345678&from=ACME\n+30 (0) 210 123 4567\n",
	`{"to":306912345678,"body":"Hi \u002b447700900123"}` + "\n" + `{"to":["+306912345678","6912345678"]}`,
	"user=john.doe%2540example.com ip=203%2E0%2E113%2E5\n2001%3Adb8%3A%3A1\r\nαβγ.δεζ@example.com",
	"whatsapp:+15017122661 ＋４４２０７１８３８７５０\n\"john doe\"@example.com 2026-11-23T10:00:00Z",
}

// TestSplitInput feeds inputs in two pieces, cut at every byte: what comes out is what comes of the whole.
func TestSplitInput(t *testing.T) {
	surface := logSurface(t)
	for _, in := range splitInputs {
		want := filtered(t, surface, []byte(in))
		for cut := range len(in) {
			if got := filtered(t, surface, []byte(in[:cut]), []byte(in[cut:])); got != want {
				t.Errorf("cut at %d of %q: got %q, want %q", cut, in, got, want)
			}
		}
	}
}

// TestSplitHardCases feeds each hard case of detection whole, in two pieces cut at every byte, byte by byte, and each prefix of it: what
// comes out does not depend on how it came in, and no prefix is left out. Cases of one round are lines of one input, with the line
// ends and the bytes that a reader could stumble over between them.
func TestSplitHardCases(t *testing.T) {
	surface := logSurface(t)
	cases, err := os.ReadFile(filepath.Join("..", "..", "redact", "internal", "scan", "testdata", "hardcases"))
	if err != nil {
		t.Fatal(err)
	}
	ends := []string{"\n", "\r\n", "\n\n", " \x00\n", "\xff\n", "\xe2\x82\n"}
	var in, want []byte
	n := 0
	for text := range bytes.SplitSeq(cases, []byte{0}) {
		whole := filtered(t, surface, text)
		if got := filtered(t, surface, slices.Collect(slices.Chunk(text, 1))...); got != whole {
			t.Errorf("byte by byte: got %q, want %q", got, whole)
		}
		for cut := range text {
			filtered(t, surface, text[:cut])
		}
		line := append(bytes.Clone(text), ends[n%len(ends)]...)
		in, want = append(in, line...), append(want, filtered(t, surface, line)...)
		if n++; n%16 == 0 {
			checkCuts(t, surface, in, string(want))
			in, want = nil, nil
		}
	}
	checkCuts(t, surface, in, string(want))
	if n < 100 {
		t.Errorf("%d cases", n)
	}
}

// checkCuts feeds in in two pieces, cut at every byte.
func checkCuts(t *testing.T, surface *redact.Surface, in []byte, want string) {
	t.Helper()
	for cut := range len(in) + 1 {
		if got := filtered(t, surface, in[:cut], in[cut:]); got != want {
			t.Fatalf("cut at %d of %q: got %q, want %q", cut, in, got, want)
		}
	}
}

func logSurface(t *testing.T) *redact.Surface {
	t.Helper()
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	surface, err := policy.Surface("log")
	if err != nil {
		t.Fatal(err)
	}
	return surface
}

// filtered masks what comes in pieces, one with each read.
func filtered(t *testing.T, surface *redact.Surface, pieces ...[]byte) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := runInPlace(&piecewise{pieces}, &out, redactWork{surface: surface, format: "auto"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// piecewise gives one piece with each read.
type piecewise struct{ pieces [][]byte }

func (p *piecewise) Read(b []byte) (int, error) {
	if len(p.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.pieces[0])
	if p.pieces[0] = p.pieces[0][n:]; len(p.pieces[0]) == 0 {
		p.pieces = p.pieces[1:]
	}
	return n, nil
}
