package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/piiproxy/piiproxy/redact"
)

var lineInputs = []struct {
	name, in string
	lines    int64
}{
	{"empty", "", 0},
	{"one line", "a\n", 1},
	{"no last break", "a\nb", 2},
	{"only breaks", "\n\n\n", 3},
	{"carriage returns", "a\r\nb\r\n", 2},
	{"longest line", strings.Repeat("x", maxLine-1) + "\ny\n", 2},
	{"many", strings.Repeat("a line of a log\n", 50_000), 50_000},
	{"not UTF-8", "\xff\xfe\n\x00\n", 2},
}

// TestLineReaderLosesNothing reads inputs in whole, in halves and byte by byte: the chunks joined are the input, each ends
// with a line break or the input, and the numbers of their lines follow on.
func TestLineReaderLosesNothing(t *testing.T) {
	readers := map[string]func(io.Reader) io.Reader{
		"whole":           func(r io.Reader) io.Reader { return r },
		"half":            iotest.HalfReader,
		"data with error": iotest.DataErrReader,
	}
	for _, test := range lineInputs {
		for name, wrap := range readers {
			got, lines := readAllChunks(t, wrap(strings.NewReader(test.in)))
			if got != test.in || lines != test.lines {
				t.Errorf("%s, %s: %d bytes in %d lines, want %d in %d", test.name, name, len(got), lines, len(test.in), test.lines)
			}
		}
	}
}

func readAllChunks(t *testing.T, in io.Reader) (string, int64) {
	t.Helper()
	var all bytes.Buffer
	r, c, next := lineReader{in: in, numbered: true, line: 1}, newChunk(), int64(1)
	for {
		err := r.fill(c)
		if err == io.EOF {
			return all.String(), next - 1
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.withheld {
			t.Fatal("a line within the bound was withheld")
		}
		if c.firstLine != next {
			t.Fatalf("chunk begins at line %d, want %d", c.firstLine, next)
		}
		next += c.lines
		all.Write(c.in)
	}
}

// TestLongLineIsWithheld puts lines over the bound beside others: they are withheld whole, the others are not touched.
func TestLongLineIsWithheld(t *testing.T) {
	long := strings.Repeat("9", maxLine+chunkSize+7)
	for _, test := range []struct{ in, want string }{
		{long, "W"},
		{long + "\n", "W\n"},
		{"a\n" + long + "\nb\n", "a\nW\nb\n"},
		{long + "\n" + long + "\nb", "W\nW\nb"},
	} {
		r, c := lineReader{in: strings.NewReader(test.in), numbered: true, line: 1}, newChunk()
		var got strings.Builder
		for r.fill(c) == nil {
			if c.withheld {
				got.WriteByte('W')
			}
			got.Write(c.in)
		}
		if got.String() != test.want {
			t.Errorf("got %.40q, want %.40q", got.String(), test.want)
		}
	}
}

// TestRunLinesKeepsOrder passes numbered lines through work that ends out of order.
func TestRunLinesKeepsOrder(t *testing.T) {
	in := strings.Repeat("x\n", 200_000)
	work := fakeWork(func(c *chunk) {
		for i := range c.lines {
			c.out = c.out.AppendInt(c.firstLine + i).AppendConst("\n")
		}
	})
	for range 3 {
		var out bytes.Buffer
		sum, err := runParallel(&choppy{r: strings.NewReader(in)}, &out, work, 4)
		if err != nil || sum.lines != 200_000 {
			t.Fatalf("%d lines, %v", sum.lines, err)
		}
		for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
			if line != strconv.Itoa(i+1) {
				t.Fatalf("line %d is %s", i+1, line)
			}
		}
	}
}

// TestPanicWithholdsTheLine lets work panic over one line among others.
func TestPanicWithholdsTheLine(t *testing.T) {
	work := fakeWork(func(c *chunk) {
		for line := range bytes.Lines(c.in) {
			if bytes.Contains(line, []byte("bad")) {
				panic(string(line))
			}
			c.out = c.out.AppendConst("ok\n")
		}
	})
	for _, run := range []func(io.Reader, io.Writer, chunkWork) (totals, error){
		runInPlace,
		func(r io.Reader, w io.Writer, f chunkWork) (totals, error) { return runParallel(r, w, f, 3) },
	} {
		var out bytes.Buffer
		sum, err := run(strings.NewReader("a\nbad\nb\n"), &out, work)
		if err != nil || out.String() != "ok\nredacted_line\nok\n" || sum.withheld != 1 {
			t.Errorf("got %q, %d withheld, %v", out.String(), sum.withheld, err)
		}
	}
}

// TestRunLinesIsLive has lines come out while the input stays open.
func TestRunLinesIsLive(t *testing.T) {
	in, feed := io.Pipe()
	read, out := io.Pipe()
	go func() {
		_, _ = runLines(in, out, fakeWork(func(c *chunk) { c.out = c.out.AppendInt(c.lines).AppendConst("\n") }))
		_ = out.Close()
	}()
	got := make([]byte, 2)
	for range 3 {
		if _, err := io.WriteString(feed, "a line\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(read, got); err != nil || string(got) != "1\n" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	_ = feed.Close()
	if rest, err := io.ReadAll(read); err != nil || len(rest) != 0 {
		t.Fatalf("%d bytes left, %v", len(rest), err)
	}
}

// TestOutputError ends a run whose output is closed, though its input goes on.
func TestOutputError(t *testing.T) {
	read, out := io.Pipe()
	_ = read.Close()
	_, err := runLines(strings.NewReader(strings.Repeat("x\n", 100)), out, fakeWork(func(c *chunk) {}))
	if err == nil {
		t.Fatal("no error")
	}
}

// choppy reads a random number of bytes at once.
type choppy struct{ r io.Reader }

func (c *choppy) Read(b []byte) (int, error) { return c.r.Read(b[:1+rand.IntN(min(len(b), 5000))]) }

// fakeWork is work that withholds as redact does.
type fakeWork func(c *chunk)

func (f fakeWork) work(c *chunk) { f(c) }

func (fakeWork) numbered() bool { return true }

func (fakeWork) withhold(out redact.Masked, _ int64, lineBreak bool) redact.Masked {
	out = out.AppendConst("redacted_line")
	if lineBreak {
		out = out.AppendConst("\n")
	}
	return out
}
