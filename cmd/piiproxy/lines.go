package main

import (
	"bytes"
	"errors"
	"io"
	"runtime"

	"github.com/piiproxy/piiproxy/redact"
)

const (
	// chunkSize is how much is asked of the input at once: large enough that a system call costs nothing a byte, small
	// enough to stay in a core's cache.
	chunkSize = 256 << 10
	// maxLine bounds a line. A longer one is withheld whole: it could only be masked in pieces, and a value that stands
	// across two of them would be missed.
	maxLine = 1 << 20
)

// A chunk is some whole lines on their way from the input to the output. Only the last line of the input may lack its
// line break.
type chunk struct {
	in        []byte
	firstLine int64 // number of the first line, from 1
	withheld  bool  // stands for one line that is too long; in is its line break, if it has one
	out       redact.Masked
	tally     redact.Tally
	lines     int64
	failed    int64 // lines that could not be masked and were replaced
	done      chan struct{}
}

// chunkWork turns the input of chunks into their output. It is called for several chunks at once.
type chunkWork interface {
	// work appends to c.out what comes of c.in.
	work(c *chunk)
	// numbered reports whether lines are to be counted, which costs a look at every byte.
	numbered() bool
	// withhold appends to out what stands for line number, which could not be worked on.
	withhold(out redact.Masked, number int64, lineBreak bool) redact.Masked
}

// totals sums up a run.
type totals struct {
	lines    int64 // if they were counted
	withheld int64
	bytesIn  int64
	tally    redact.Tally
}

// runLines passes the lines of in through work to out, in order, with bounded memory. What has come in whole lines goes
// out at once when the input pauses. With one processor it works in place; with more, chunks are worked on side by side.
func runLines(in io.Reader, out io.Writer, work chunkWork) (totals, error) {
	if runtime.GOMAXPROCS(0) == 1 {
		return runInPlace(in, out, work)
	}
	return runParallel(in, out, work, runtime.GOMAXPROCS(0))
}

func runInPlace(in io.Reader, out io.Writer, work chunkWork) (totals, error) {
	var sum totals
	r, c := lineReader{in: in, numbered: work.numbered(), line: 1}, newChunk()
	for {
		if err := r.fill(c); err != nil {
			return sum, endOfInput(err)
		}
		process(c, work)
		sum.add(c)
		if _, err := out.Write(c.out.Bytes()); err != nil {
			return sum, errOutput
		}
	}
}

// runParallel keeps workers+2 chunks in flight: a chunk is read, handed to whichever worker is free, and written when all
// chunks before it are.
func runParallel(in io.Reader, out io.Writer, work chunkWork, workers int) (totals, error) {
	inFlight := workers + 2
	free, todo, order := make(chan *chunk, inFlight), make(chan *chunk, inFlight), make(chan *chunk, inFlight)
	for range inFlight {
		free <- newChunk()
	}
	for range workers {
		go func() {
			for c := range todo {
				process(c, work)
				c.done <- struct{}{}
			}
		}()
	}
	stop, readErr := make(chan struct{}), make(chan error, 1)
	go func() {
		readErr <- readChunks(&lineReader{in: in, numbered: work.numbered(), line: 1}, free, todo, order, stop)
		close(todo)
		close(order)
	}()
	var sum totals
	for c := range order {
		<-c.done
		sum.add(c)
		if _, err := out.Write(c.out.Bytes()); err != nil {
			close(stop) // the reader may wait for its input for ever, so it is not waited for
			return sum, errOutput
		}
		free <- c
	}
	return sum, endOfInput(<-readErr)
}

func readChunks(r *lineReader, free <-chan *chunk, todo, order chan<- *chunk, stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return errOutput
		case c := <-free:
			if err := r.fill(c); err != nil {
				return err
			}
			todo <- c
			order <- c
		}
	}
}

func newChunk() *chunk {
	return &chunk{in: make([]byte, 0, chunkSize), out: redact.MakeMasked(chunkSize + chunkSize/4), done: make(chan struct{}, 1)}
}

// process runs work on c. A panic costs the lines that cause it and no others, and none of them goes out.
func process(c *chunk, work chunkWork) {
	c.out, c.failed = c.out.Reset(), 0
	c.tally.Reset()
	if c.withheld {
		c.out = work.withhold(c.out, c.firstLine, len(c.in) > 0)
		return
	}
	if !try(c, work) {
		processEach(c, work)
	}
}

// processEach works on the lines of c one by one, after one of them has made work panic.
func processEach(c *chunk, work chunkWork) {
	whole := redact.MakeMasked(c.out.Cap())
	one := *c
	rest := c.in
	for number := c.firstLine; len(rest) > 0; number++ {
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		}
		one.in, one.firstLine, one.out = rest[:n], number, one.out.Reset()
		if try(&one, work) {
			whole = whole.AppendMasked(one.out)
		} else {
			c.failed++
			whole = work.withhold(whole, number, rest[n-1] == '\n')
		}
		rest = rest[n:]
	}
	c.out, c.tally = whole, one.tally
	c.failed += one.failed
}

// try reports whether work ended; what it panicked with may hold personal data, and is dropped.
func try(c *chunk, work chunkWork) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	work.work(c)
	return true
}

func (t *totals) add(c *chunk) {
	t.lines += c.lines
	t.withheld += c.failed
	if c.withheld {
		t.withheld++
	}
	t.bytesIn += int64(len(c.in))
	t.tally.Merge(&c.tally)
}

var (
	errInput  = errors.New("the input could not be read")
	errOutput = errors.New("the output could not be written")
)

// endOfInput maps the error that ended reading: its end is none, and the text of any other stays here.
func endOfInput(err error) error {
	if err == io.EOF {
		return nil
	}
	return errInput
}
