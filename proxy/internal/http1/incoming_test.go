package http1

import (
	"bufio"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestContinue holds the word to go on to requests whose body is wanted, and may come.
func TestContinue(t *testing.T) {
	dial := listenTCP(t, answerAll)
	for raw, told := range map[string]bool{
		postHead + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n":          true,
		postHead + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n": true,
		postHead + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n":          false,
		postHead + "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n":    false,
		postHead + "Expect: 100-continue\r\nContent-Length: 2\r\nX : y\r\n\r\n": false,
		postHead + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}":        false, // it did not wait
	} {
		c := dial()
		_, _ = io.WriteString(c, raw)
		line, err := bufio.NewReader(c).ReadString('\n')
		if got := strings.HasPrefix(line, "HTTP/1.1 100 "); got != told || err != nil {
			t.Errorf("%q: %q, %v", raw, line, err)
		}
		_ = c.Close()
	}
}

// TestSmallChunks bounds what a large body in small chunks costs, and what the connection keeps of what comes behind it.
func TestSmallChunks(t *testing.T) {
	const size, chunk = 4 << 20, 64
	body := strings.Repeat(strconv.FormatInt(chunk, 16)+"\r\n"+strings.Repeat("x", chunk)+"\r\n", size/chunk) + "0\r\n\r\n"
	behind := strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", size/64)
	var took, ahead int64
	largest := 0
	nc, _ := piped(t, func(in *Incoming) {
		largest = max(largest, cap(in.c.body.buf)) // of the connection
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, _ := in.Body(size)
		runtime.ReadMemStats(&after)
		if len(got) > 0 {
			took, ahead = int64(after.TotalAlloc-before.TotalAlloc), int64(len(in.c.body.buf)-in.c.body.raw)
		}
		var r Reply
		r.Begin(in, 200, nil)
		r.Whole(nil, false)
		r.Send()
	})
	defer func() { _ = nc.Close() }()
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() { _, _ = io.WriteString(nc, chunkedHead+body+behind) })
	for in := bufio.NewReader(nc); ; {
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.Close {
			break
		}
	}
	_ = nc.Close()
	if most := int64(8 * size); took == 0 || took > most {
		t.Errorf("a body of %d bytes takes %d, want at most %d", size, took, most)
	}
	if largest > 2*aheadBytes {
		t.Errorf("the connection keeps %d bytes, of %d that came behind the body", largest, ahead)
	}
}

// TestContinueAfterARest tells a client to go on whose last answer is longer ago than an answer may take.
func TestContinueAfterARest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, _ := piped(t, answerAll)
		defer func() { _ = nc.Close() }()
		in := bufio.NewReader(nc)
		_, _ = io.WriteString(nc, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp, err := http.ReadResponse(in, nil); err != nil {
			t.Fatal(err)
		} else if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		time.Sleep(slow.WriteTime + time.Second)
		_, _ = io.WriteString(nc, postHead+"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
		if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100 ") {
			t.Errorf("%q, %v", line, err)
		}
	})
}

// TestBodiesComeWithTheirHeads: a connection on which a body came that does not fit behind its head, and is not large, reads the
// next at once, and keeps no more for it than it may.
func TestBodiesComeWithTheirHeads(t *testing.T) {
	for size, want := range map[int][]int{3000: {3000, 3000, 3000}, 6000: {minBuffer, 6000, 6000}, 9000: {minBuffer, minBuffer, minBuffer}} {
		var came []int // of a body, with its head
		nc, _ := piped(t, func(in *Incoming) {
			b := &in.c.body
			if n := len(b.buf) - b.raw; n == size {
				came = append(came, n)
			} else {
				came = append(came, len(b.buf))
			}
			answerAll(in)
			if cap(b.buf) > maxOwnBuffer && in.c.large == nil {
				t.Errorf("the connection keeps %d bytes", cap(b.buf))
			}
		})
		in := bufio.NewReader(nc)
		var sending sync.WaitGroup
		for range want {
			sending.Go(func() {
				_, _ = io.WriteString(nc, postHead+"Content-Length: "+strconv.Itoa(size)+"\r\n\r\n"+strings.Repeat("x", size))
			})
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(resp.Body); string(text) != "ok" || err != nil {
				t.Errorf("%d bytes: %s, %v", size, text, err)
			}
			sending.Wait()
		}
		_ = nc.Close()
		if !slices.Equal(came, want) {
			t.Errorf("bodies of %d bytes: %v were there with the head, want %v", size, came, want)
		}
	}
}
