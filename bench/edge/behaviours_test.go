package edge

import (
	"fmt"
	"strings"
	"time"
)

// behaviour is one way in which an upstream misbehaves.
type behaviour struct {
	name string
	want fate

	deaf   bool                           // nobody listens
	accept func(l *link) bool             // on a new connection; false ends it
	early  func(l *link)                  // when a bad request begins to come, in place of reading it
	answer func(l *link, m *message) bool // to a bad request that was read; false ends the connection
	all    func(l *link, m *message) bool // to any request, in place of all that
}

// fate is what has to become of a bad request.
type fate uint8

const (
	fails     fate = iota // the client is told that it failed, or that nobody knows, or is cut; never that all is well
	succeeds              // it arrived, the answer is whole, and the client has it
	forgiven              // the answer is not right, or larger than we take: we make it a failure, others may let it pass
	unwritten             // nothing of it was written: the client is told that it failed, and not that nobody knows
)

const tick = 20 * time.Millisecond

// always gives answers that do not depend on the request.
func always(text string, end func(l *link)) func(l *link, _ *message) bool {
	return func(l *link, _ *message) bool {
		l.say(text)
		if end != nil {
			end(l)
		}
		return false
	}
}

// well answers as it should and does something else besides.
func well(besides func(l *link) bool) func(l *link, m *message) bool {
	return func(l *link, m *message) bool {
		l.say(string(echo(m)))
		return besides(l)
	}
}

func hang(l *link)  { l.hang() }
func reset(l *link) { l.reset() }

func dripping(head, body string) func(l *link, _ *message) bool {
	return func(l *link, _ *message) bool {
		l.say(head)
		l.drip(body, 4*tick)
		return false
	}
}

const (
	half     = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"
	inChunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	hints    = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	other    = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"
)

// faults are the behaviours, by class.
var faults = []struct {
	name string
	all  []behaviour
}{
	{"faults: connections", []behaviour{
		{name: "nobody listens", want: unwritten, deaf: true},
		{name: "closes at once", accept: func(*link) bool { return false }},
		{name: "resets at once", accept: func(l *link) bool { l.reset(); return false }},
		{name: "hangs at once", accept: func(l *link) bool { time.Sleep(3 * upstreamTimeout); return false }},
		{name: "says what is no HTTP first", accept: func(l *link) bool { l.say("220 smtp.example ready\r\n"); l.hang(); return false }},
	}},
	{"faults: requests", []behaviour{
		{name: "closes within the request", early: func(*link) {}},
		{name: "resets within the request", early: reset},
		{name: "hangs within the request", early: hang},
		{name: "closes after one byte", early: func(l *link) { _, _ = l.in.ReadByte() }},
		{name: "closes after the request", answer: always("", nil)},
		{name: "resets after the request", answer: always("", reset)},
		{name: "closes a while after the request", answer: always("", func(*link) { time.Sleep(5 * tick) })},
		{name: "shuts its side after the request", answer: always("", func(l *link) { l.shut(); l.hang() })},
		{name: "hangs after the request", answer: always("", hang)},
	}},
	{"faults: cut answers", []behaviour{
		{name: "closes within the status line", answer: always("HTTP/1.1 2", nil)},
		{name: "closes within the status", answer: always("HTTP/1.1 200", nil)},
		{name: "closes within the head", answer: always("HTTP/1.1 200 OK\r\nContent-Le", nil)},
		{name: "closes behind the head", answer: always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", nil)},
		{name: "closes within the body", answer: always(half, nil)},
		{name: "resets within the head", answer: always("HTTP/1.1 200 OK\r\nContent-Le", reset)},
		{name: "resets within the body", answer: always(half, reset)},
		{name: "hangs within the status line", answer: always("HTTP/1.1 2", hang)},
		{name: "hangs within the head", answer: always("HTTP/1.1 200 OK\r\nContent-Le", hang)},
		{name: "hangs within the body", answer: always(half, hang)},
		{name: "shuts its side within the body", answer: always(half, func(l *link) { l.shut(); l.hang() })},
		{name: "drips the status line", answer: dripping("", other)},
		{name: "drips the head", answer: dripping("HTTP/1.1 200 OK\r\n", "X-Slow: "+strings.Repeat("x", 60)+"\r\n\r\n")},
		{name: "drips the body", want: forgiven, answer: dripping("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", strings.Repeat("x", 30))},
		{name: "closes within a chunk size", answer: always(inChunks+"5\r\n01234\r\n1", nil)},
		{name: "closes within a chunk", answer: always(inChunks+"5\r\n012", nil)},
		{name: "closes before the last chunk", answer: always(inChunks+"5\r\n01234\r\n", nil)},
		{name: "closes within the last chunk", answer: always(inChunks+"5\r\n01234\r\n0\r\n", nil)},
		{name: "closes within the trailers", answer: always(inChunks+"5\r\n01234\r\n0\r\nX-A: b", nil)},
		{name: "hangs before the last chunk", answer: always(inChunks+"5\r\n01234\r\n", hang)},
		{name: "closes within a large answer", answer: always(ending("Content-Length: 900000")+strings.Repeat("x", 300_000), nil)},
		{name: "hangs within a large answer", answer: always(ending("Content-Length: 900000")+strings.Repeat("x", 300_000), hang)},
		{name: "closes within a large answer in chunks", answer: always(inChunks+"493e0\r\n"+strings.Repeat("x", 300_000)+"\r\n", nil)},
	}},
	{"faults: malformed answers", []behaviour{
		{name: "bytes", answer: always("\x00\xff\x17garbage\r\n\r\n", nil)},
		{name: "HTTP/0.9", answer: always("<html>all is well</html>", nil)},
		{name: "settings of HTTP/2", answer: always("\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x04\x00\x01\x00\x00", nil)},
		{name: "an alert of TLS", answer: always("\x15\x03\x01\x00\x02\x02\x46", nil)},
		{name: "another protocol", answer: always("ICY 200 OK\r\n\r\n", nil)},
		{name: "HTTP/9.9", want: forgiven, answer: always("HTTP/9.9 200 OK\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "a status that is no number", answer: always("HTTP/1.1 2OO OK\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "a status of two digits", answer: always("HTTP/1.1 20 OK\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "a status of four digits", want: forgiven, answer: always("HTTP/1.1 2000 OK\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "a folded field", want: forgiven, answer: always(ending("X-A: b", " c", length("")), nil)},
		{name: "a field without a colon", want: forgiven, answer: always(ending("X-A", length("")), nil)},
		{name: "a space ahead of a colon", want: forgiven, answer: always(ending("X-A : b", length("")), nil)},
		{name: "a space ahead of the colon of the length", want: forgiven, answer: always(ending("Content-Length : 5")+"01234", nil)},
		{name: "a NUL in a field", want: forgiven, answer: always(ending("X-A: b\x00c", length("")), nil)},
		{name: "a carriage return in a field", want: forgiven, answer: always(ending("X-A: b\rX-B: c", length("")), nil)},
		{name: "bare line feeds", want: forgiven, answer: always("HTTP/1.1 200 OK\nContent-Length: 0\n\n", nil)},
		{name: "a carriage return in the reason", want: forgiven, answer: always("HTTP/1.1 200 O\rK\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "a NUL in the reason", want: forgiven, answer: always("HTTP/1.1 200 O\x00K\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "a line feed in the reason", want: forgiven, answer: always("HTTP/1.1 200 O\nK\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "no reason and no space", want: forgiven, answer: always("HTTP/1.1 200\r\n"+length("")+"\r\n\r\n", nil)},
		{name: "an empty line first", want: forgiven, answer: always("\r\n"+ending(length("")), nil)},
		{name: "a line feed in a field", want: forgiven, answer: always(ending("X-A: b\nX-B: c", length("")), nil)},
		{name: "a line feed ahead of the value of the length", want: forgiven, answer: always(ending("Content-Length:\n 5")+"01234", nil)},
		{name: "bytes beyond ASCII in a name", want: forgiven, answer: always(ending("X-É: b", length("")), nil)},
		{name: "an empty name", want: forgiven, answer: always(ending(": b", length("")), nil)},
		{name: "thousands of tiny fields", want: forgiven, answer: always(ending(strings.Repeat("a:\r\n", 5000)+length("")), nil)},
		{name: "a head without end", answer: func(l *link, _ *message) bool {
			l.say("HTTP/1.1 200 OK\r\n")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(l, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil || i > 20_000 {
					return false
				}
			}
		}},
	}},
	{"faults: framing", []behaviour{
		{name: "two lengths", want: forgiven, answer: always(ending("Content-Length: 5", "Content-Length: 6")+"012345", nil)},
		{name: "a list of lengths", want: forgiven, answer: always(ending("Content-Length: 5, 6")+"012345", nil)},
		{name: "a length and chunks", want: forgiven, answer: always(ending("Content-Length: 5", "Transfer-Encoding: chunked")+"5\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a length below zero", want: forgiven, answer: always(ending("Content-Length: -5")+"01234", nil)},
		{name: "a length with a sign", want: forgiven, answer: always(ending("Content-Length: +5")+"01234", nil)},
		{name: "a length in hexadecimal", want: forgiven, answer: always(ending("Content-Length: 0x5")+"01234", nil)},
		{name: "an empty length", want: forgiven, answer: always(ending("Content-Length:")+"01234", nil)},
		{name: "a length that overflows", want: forgiven, answer: always(ending("Content-Length: 18446744073709551621")+"01234", nil)},
		{name: "another transfer encoding", want: forgiven, answer: always(ending("Transfer-Encoding: gzip")+"01234", nil)},
		{name: "chunked twice", want: forgiven, answer: always(ending("Transfer-Encoding: chunked, chunked")+"5\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a chunk size that is none", answer: always(inChunks+"x\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a chunk size that overflows", answer: always(inChunks+"10000000000000005\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a chunk longer than it says", answer: always(inChunks+"3\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "two lengths that agree", want: forgiven, answer: always(ending("Content-Length: 5", "Content-Length: 5")+"01234", nil)},
		{name: "a length that begins with zeros", want: succeeds, answer: func(l *link, m *message) bool {
			l.say(strings.Replace(string(echo(m)), "Content-Length: ", "Content-Length: 000", 1))
			return true
		}},
		{name: "a length that is nominated", want: forgiven, answer: always(ending("Connection: Content-Length", "Content-Length: 5")+"01234", nil)},
		{name: "chunked in HTTP/1.0", want: forgiven, answer: always("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "chunked behind a space", want: forgiven, answer: always(ending("Transfer-Encoding : chunked")+"5\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "chunked behind a vertical tab", want: forgiven, answer: always(ending("Transfer-Encoding: \vchunked")+"5\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a chunk size below zero", answer: always(inChunks+"-5\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a chunk size of fifteen f", answer: always(inChunks+"fffffffffffffff\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "an extension with a line feed", want: forgiven, answer: always(inChunks+"5;\n01234\r\n0\r\n\r\n", nil)},
		{name: "an extension with a carriage return", want: forgiven, answer: always(inChunks+"5;a\rb\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "an extension with a quote that does not end", want: forgiven, answer: always(inChunks+"5;a=\"\r\n01234\r\n0\r\n\r\n", nil)},
		{name: "a line feed behind a chunk", want: forgiven, answer: always(inChunks+"5\r\n01234\n0\r\n\r\n", nil)},
		{name: "trailers that frame", want: succeeds, answer: func(l *link, m *message) bool {
			l.say(inChunks + oneChunk(m) + "0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
			return true
		}},
		{name: "a trailer that is folded", want: forgiven, answer: always(inChunks+"5\r\n01234\r\n0\r\nX-A: b\r\n c\r\n\r\n", nil)},
		{name: "chunks of one byte", want: succeeds, answer: func(l *link, m *message) bool {
			l.say(inChunks)
			for _, c := range []byte(body(m)) {
				l.say("1\r\n" + string([]byte{c}) + "\r\n")
			}
			l.say("0\r\n\r\n")
			return true
		}},
		{name: "an answer larger than we take", want: forgiven, answer: always(ending("Content-Length: 3000000")+strings.Repeat("x", 3_000_000), nil)},
		{name: "chunks without end", answer: func(l *link, _ *message) bool {
			l.say(inChunks)
			for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
				if _, err := l.Write([]byte("4000\r\n" + strings.Repeat("x", 0x4000) + "\r\n")); err != nil {
					break
				}
			}
			return false
		}},
	}},
	{"faults: interim answers", []behaviour{
		{name: "100 first", want: succeeds, answer: func(l *link, m *message) bool {
			l.say("HTTP/1.1 100 Continue\r\n\r\n" + string(echo(m)))
			return true
		}},
		{name: "hints first", want: succeeds, answer: func(l *link, m *message) bool {
			l.say(strings.Repeat(hints, 3) + string(echo(m)))
			return true
		}},
		{name: "eight interim answers", want: succeeds, answer: func(l *link, m *message) bool {
			l.say("HTTP/1.1 100 Continue\r\n\r\n" + strings.Repeat(hints, 7) + string(echo(m)))
			return true
		}},
		{name: "hints in pieces", want: succeeds, answer: func(l *link, m *message) bool {
			l.drip(hints, time.Millisecond)
			l.say(string(echo(m)))
			return true
		}},
		{name: "hints with a body", want: forgiven, answer: always("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n01234"+other, nil)},
		{name: "hints with an answer as their body", want: forgiven, answer: always("HTTP/1.1 103 Early Hints\r\n"+length(other)+"\r\n\r\n"+other+other, hang)},
		{name: "hints in chunks", want: forgiven, answer: always("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n"+other, nil)},
		{name: "hints, then a change of protocols", answer: always(hints+"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"+other, nil)},
		{name: "a change of protocols, then hints", answer: always("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"+hints+other, nil)},
		{name: "hints within an answer", want: forgiven, answer: always("HTTP/1.1 200 OK\r\n"+hints+"\r\n", nil)},
		{name: "interim answers without end", answer: func(l *link, _ *message) bool {
			for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
				if _, err := l.Write([]byte("HTTP/1.1 102 Processing\r\n\r\n")); err != nil {
					break
				}
			}
			return false
		}},
		{name: "an interim answer only", answer: always("HTTP/1.1 100 Continue\r\n\r\n", nil)},
		{name: "an interim answer, then nothing", answer: always("HTTP/1.1 100 Continue\r\n\r\n", hang)},
		{name: "a change of protocols", answer: always("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"+other, nil)},
	}},
	{"faults: after the answer", []behaviour{
		{name: "none", want: succeeds, answer: well(func(*link) bool { return true })},
		{name: "closes", want: succeeds, answer: well(func(*link) bool { return false })},
		{name: "closes a while later", want: succeeds, answer: well(func(*link) bool { time.Sleep(tick / 2); return false })},
		{name: "resets", want: succeeds, answer: well(func(l *link) bool { time.Sleep(tick / 2); l.reset(); return false })},
		{name: "shuts its side", want: succeeds, answer: well(func(l *link) bool { l.shut(); l.hang(); return false })},
		{name: "says more with it", want: succeeds, answer: func(l *link, m *message) bool { l.say(string(echo(m)) + other); return true }},
		{name: "says more at once", want: succeeds, answer: well(func(l *link) bool { l.say(other); return true })},
		{name: "says more later", want: succeeds, answer: well(func(l *link) bool { time.Sleep(tick / 2); l.say(other); return true })},
		{name: "says more later and closes", want: succeeds, answer: well(func(l *link) bool { time.Sleep(tick / 2); l.say(other); return false })},
		{name: "says one byte more", want: succeeds, answer: well(func(l *link) bool { time.Sleep(tick / 2); l.say("\n"); return true })},
		{name: "says 408 to nobody", want: succeeds, answer: well(func(l *link) bool {
			time.Sleep(tick / 2)
			l.say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return false
		})},
		{name: "says 100 to nobody", want: succeeds, answer: well(func(l *link) bool { time.Sleep(tick / 2); l.say("HTTP/1.1 100 Continue\r\n\r\n"); return true })},
		{name: "says hints with it", want: succeeds, answer: func(l *link, m *message) bool { l.say(string(echo(m)) + hints); return true }},
		{name: "says a last chunk twice", want: succeeds, answer: func(l *link, m *message) bool {
			l.say(inChunks + oneChunk(m) + "0\r\n\r\n0\r\n\r\n")
			return true
		}},
		{name: "says that it closes and does not", want: succeeds, answer: func(l *link, m *message) bool {
			l.say(strings.Replace(string(echo(m)), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
			l.say(other)
			l.hang()
			return false
		}},
		{name: "HTTP/1.0 until the end", want: succeeds, answer: func(l *link, m *message) bool {
			_, body, _ := strings.Cut(string(echo(m)), "\r\n\r\n")
			l.say("HTTP/1.0 200 OK\r\n\r\n" + body)
			return false
		}},
		{name: "204 with a body", want: forgiven, answer: func(l *link, _ *message) bool {
			l.say("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nother")
			return true
		}},
		{name: "204 with chunks", want: forgiven, answer: func(l *link, _ *message) bool {
			l.say("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nother\r\n0\r\n\r\n")
			return true
		}},
		{name: "204 with an answer as its body", want: forgiven, answer: func(l *link, _ *message) bool {
			l.say("HTTP/1.1 204 No Content\r\n" + length(other) + "\r\n\r\n")
			time.Sleep(tick / 2)
			l.say(other)
			return true
		}},
	}},
}
