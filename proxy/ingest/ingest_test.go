package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/goleak"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func surface(t testing.TB) *redact.Surface {
	t.Helper()
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := policy.Surface("log")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const phone = "+306912345678"

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

// syslogTests are messages and what becomes of them.
var syslogTests = []struct{ name, in, want string }{
	{"the RFC's", `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - ` + "\ufeff'su root' failed for lonvick on /dev/pts/8",
		`{"time":"2003-10-11T22:14:15.003000Z","severity":"crit","facility":"auth","host":"mymachine.example.com","app":"su","msgid":"ID47","message":"'su root' failed for lonvick on /dev/pts/8"}`},
	{"the RFC's with data", `<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"][examplePriority@32473 class="high"]`,
		`{"time":"2003-10-11T22:14:15.003000Z","severity":"notice","facility":"local4","host":"h","app":"evntslog","msgid":"ID47","data":{"exampleSDID@32473":{"iut":"3","eventSource":"Application"},"examplePriority@32473":{"class":"high"}},"message":""}`},
	{"all dashes", `<0>1 - - - - - -`, `{"severity":"emerg","facility":"kern","message":""}`},
	{"a number in the message", "<14>1 - h a 1 - - sent to " + phone, `{"severity":"info","facility":"user","host":"h","app":"a","procid":"1","message":"sent to redacted_phone"}`},
	{"JSON in the message", `<14>1 - h a 1 - - {"to":"` + phone + `","pin":"4821"}`,
		`{"severity":"info","facility":"user","host":"h","app":"a","procid":"1","message":"{\"to\":\"redacted_phone\",\"pin\":\"redacted_secret\"}"}`},
	{"logfmt in the message", `<14>1 - h a 1 - - level=info pin=4821 email=ada@example.com`,
		`{"severity":"info","facility":"user","host":"h","app":"a","procid":"1","message":"level=info pin=redacted_secret email=redacted_email"}`},
	{"names of fields in data", `<14>1 - h a 1 - [sms@1 to="` + phone + `" firstName="Ada" pin="4821" q="a\"b\]c\\d"] ok`,
		`{"severity":"info","facility":"user","host":"h","app":"a","procid":"1","data":{"sms@1":{"to":"redacted_phone","firstName":"redacted_name","pin":"redacted_secret","q":"a\"b]c\\d"}},"message":"ok"}`},
	{"a number for a host", "<14>1 - 306912345678 +306912345678 203.0.113.77 ada@example.com - x",
		`{"severity":"info","facility":"user","host":"redacted_phone","app":"redacted_phone","procid":"redacted_ip","msgid":"redacted_email","message":"x"}`},
	{"RFC 3164", "<34>Oct 11 22:14:15 mymachine su: call " + phone, `{"severity":"crit","facility":"auth","message":"<34>Oct 11 22:14:15 mymachine su: call redacted_phone"}`},
	{"RFC 3164 and logfmt", "<34>Oct 11 22:14:15 203.0.113.77 app[7]: to=306912345678 pin=4821 firstName=Ada",
		`{"severity":"crit","facility":"auth","message":"<34>Oct 11 22:14:15 redacted_ip app[7]: to=redacted_phone pin=redacted_secret firstName=redacted_name"}`},
	{"RFC 3164 and JSON", `<34>Oct 11 22:14:15 h app: {"pin":"4821"}`, `{"severity":"crit","facility":"auth","message":"<34>Oct 11 22:14:15 h app: {\"pin\":\"redacted_secret\"}"}`},
	{"RFC 3164 and a text that its program explains", "<34>Oct 11 22:14:15 h phone: 306912345678",
		`{"severity":"crit","facility":"auth","message":"<34>Oct 11 22:14:15 h phone: redacted_phone"}`},
	{"no priority", "call " + phone, `{"message":"call redacted_phone"}`},
	{"a priority that is none", "<192>1 - - - - - - call " + phone, `{"message":"<192>1 - - - - - - call redacted_phone"}`},
	{"another version", "<14>2 - - - - - - call " + phone, `{"severity":"info","facility":"user","message":"<14>2 - - - - - - call redacted_phone"}`},
	{"a time that is none", "<14>1 yesterday h a - - - call " + phone, `{"severity":"info","facility":"user","message":"<14>1 yesterday h a - - - call redacted_phone"}`},
	{"data that does not end", `<14>1 - h a - - [x a="` + phone + ` call`, `{"severity":"info","facility":"user","message":"<14>1 - h a - - [x a=\"redacted_phone call"}`},
	{"line breaks", "<14>1 - h a - - - one\ntwo " + phone + "\r\n\x00three", `{"severity":"info","facility":"user","host":"h","app":"a","message":"one\u000atwo redacted_phone\u000d\u000a\u0000three"}`},
	{"not UTF-8", "<14>1 - h a - - [x y=\"\xff" + phone + "\"] \xc3" + phone + "\xff", `{"severity":"info","facility":"user","host":"h","app":"a","data":{"x":{"y":"` + "\ufffd" + `redacted_phone"}},"message":"\ufffdredacted_phone\ufffd"}`},
	{"nothing", "", `{"message":""}`},
}

// TestSyslog masks each message twice, with the same memory.
func TestSyslog(t *testing.T) {
	s, m := surface(t), new(masker)
	for range 2 {
		for _, test := range syslogTests {
			l, ok := m.syslog(s, []byte(test.in))
			if got := string(l.text.Bytes()); got != test.want || !ok {
				t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
			}
			m.release()
		}
	}
}

// FuzzSyslog holds every message to becoming one line of JSON, and a number to being masked in it that is masked in text.
func FuzzSyslog(f *testing.F) {
	for _, test := range syslogTests {
		f.Add([]byte(test.in))
	}
	s, m := surface(f), new(masker)
	f.Fuzz(func(t *testing.T, in []byte) {
		l, ok := m.syslog(s, in)
		out := l.text.Bytes()
		if !ok || !json.Valid(out) || bytes.ContainsAny(out, "\n\r") {
			t.Errorf("%q became %q", in, out)
		}
		if text := s.AppendText(redact.Masked{}, in, nil); bytes.Contains(out, []byte(phone)) && !bytes.Contains(text.Bytes(), []byte(phone)) {
			t.Errorf("%q became %q", in, out)
		}
		m.release()
	})
}

// streams are what comes over TCP, and the messages in it; "…" stands for one that is too long, "!" for the end of a stream that
// cannot be read on.
var streams = []struct{ name, in, want string }{
	{"lines", "one\ntwo\r\nthree", "one|two|three"},
	{"counts", "3 one5 a\nb\nc3 two", "one|a\nb\nc|two"},
	{"a count and a line break", "4 one\n3 two", "one\n|two"},
	{"a line too long", "one\n" + strings.Repeat("x", 100) + "\ntwo\n", "one|…|two"},
	{"a line just not too long", strings.Repeat("x", 20) + "\ntwo\n", strings.Repeat("x", 20) + "|two"},
	{"a line just too long", strings.Repeat("x", 21) + "\ntwo\n", "…|two"},
	{"a last line too long", strings.Repeat("x", 100), "…"},
	{"a count too long", "3 one100 " + strings.Repeat("y", 100) + "3 two", "one|…|two"},
	{"a count just not too long", "20 " + strings.Repeat("y", 20) + "3 two", strings.Repeat("y", 20) + "|two"},
	{"a message cut", "3 one10 tw", "one|!"},
	{"no count", "3 oneabc\n", "one|!"},
	{"a count of too many digits", "12345678 x", "!"},
	{"a count of nothing", "0 x", "!"},
	{"a count cut", "3 one12", "one|!"},
	{"nothing", "", ""},
}

// TestFrames cuts every stream the same however it comes.
func TestFrames(t *testing.T) {
	for _, test := range streams {
		for name, in := range map[string]io.Reader{
			"whole": strings.NewReader(test.in), "byte by byte": iotest.OneByteReader(strings.NewReader(test.in)), "in halves": iotest.HalfReader(strings.NewReader(test.in)),
			"with its end": iotest.DataErrReader(strings.NewReader(test.in)),
		} {
			if got := cutAll(in); got != test.want {
				t.Errorf("%s, %s: got %q, want %q", test.name, name, got, test.want)
			}
		}
	}
}

func cutAll(in io.Reader) string {
	var all []string
	for f := newFrames(in, 20); ; {
		message, what := f.next()
		switch what {
		case frameMessage:
			all = append(all, string(message))
		case frameTooLong:
			all = append(all, "…")
		case frameCut, frameMalformed:
			return strings.Join(append(all, "!"), "|")
		default:
			return strings.Join(all, "|")
		}
	}
}

// FuzzFrames holds any split of any stream to the same messages.
func FuzzFrames(f *testing.F) {
	for _, test := range streams {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if whole, single := cutAll(strings.NewReader(in)), cutAll(iotest.OneByteReader(strings.NewReader(in))); whole != single {
			t.Errorf("%q: %q, and byte by byte %q", in, whole, single)
		}
	})
}

// memory takes lines.
type memory struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func (m *memory) Write(l redact.Masked) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, string(l.Bytes()))
	m.more <- struct{}{}
}

func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = nil
}

func (m *memory) wait(t *testing.T, n int) []string {
	t.Helper()
	for range n {
		select {
		case <-m.more:
		case <-time.After(patience):
			t.Fatalf("no line: %q", m.lines)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lines
}

func newIngest(t *testing.T, o Options) (*Ingest, *memory) {
	t.Helper()
	out := &memory{more: make(chan struct{}, 100)}
	s := surface(t)
	o.Surface, o.Metrics = func() *redact.Surface { return s }, telemetry.NewMetrics(telemetry.Build{})
	if o.Offer == nil {
		o.Lines = out
	}
	g := New(o)
	t.Cleanup(g.Close)
	return g, out
}

// serveSyslog serves TCP and UDP on loopback.
func serveSyslog(t *testing.T, g *Ingest) (tcp, udp net.Addr, s *Syslog) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = NewSyslog(g)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(ln); err != nil {
			t.Error(err)
		}
	})
	serving.Go(func() {
		if err := s.ServePackets(c); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return ln.Addr(), c.LocalAddr(), s
}

func dial(t *testing.T, to net.Addr) net.Conn {
	t.Helper()
	c, err := net.Dial(to.Network(), to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestServers takes messages in pieces over TCP, and whole over UDP.
func TestServers(t *testing.T) {
	g, out := newIngest(t, Options{MaxLine: 200})
	tcp, udp, _ := serveSyslog(t, g)
	c := dial(t, tcp)
	for _, piece := range []string{"<14>1 - h a - - - sent to +30691", "2345678", "\n<14>1 - h a - -", " - " + strings.Repeat("x", 300) + phone + "\nlast " + phone + "\n"} {
		if _, err := io.WriteString(c, piece); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // so that it mostly comes by itself
	}
	want := []string{`{"severity":"info","facility":"user","host":"h","app":"a","message":"sent to redacted_phone"}` + "\n", `{"message":"last redacted_phone"}` + "\n"}
	if got := out.wait(t, 2); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q", got)
	}
	d := dial(t, udp)
	for _, datagram := range []string{strings.Repeat("x", 201), "", "<14>1 - h a - - - to " + phone + "\n"} {
		if _, err := io.WriteString(d, datagram); err != nil {
			t.Fatal(err)
		}
	}
	if got := out.wait(t, 1)[2]; got != strings.Replace(want[0], "sent to", "to", 1) {
		t.Errorf("got %q", got)
	}
	check(t, g, "piiproxy_intake_withheld_lines_total{reason=\"too_long\",source=\"syslog\"} 2", "piiproxy_intake_items_total{source=\"syslog\"} 3")
}

// TestConnectionsAreBounded turns one connection too many away, and takes the next when there is room.
func TestConnectionsAreBounded(t *testing.T) {
	g, out := newIngest(t, Options{Connections: 1})
	tcp, _, _ := serveSyslog(t, g)
	first := dial(t, tcp)
	io.WriteString(first, "one\n")
	out.wait(t, 1)
	if n, err := dial(t, tcp).Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("a second connection: %d %v", n, err)
	}
	check(t, g, `piiproxy_intake_refused_requests_total{reason="connections",source="syslog"} 1`)
	io.WriteString(first, "two\n")
	out.wait(t, 1)
}

// TestSlowMessagesEnd closes a connection whose message does not come, and shows nothing of it: what of a value came may not look
// like one.
func TestSlowMessagesEnd(t *testing.T) {
	for part, counted := range map[string]string{
		"19 a part":                       `refused_requests_total{reason="malformed_data",source="syslog"} 1`,
		"sent to +3069123":                `refused_requests_total{reason="malformed_data",source="syslog"} 1`,
		"more than 20 bytes, to +3069123": `withheld_lines_total{reason="too_long",source="syslog"} 1`,
	} {
		g, out := newIngest(t, Options{Read: 20 * time.Millisecond, MaxLine: 20})
		tcp, _, _ := serveSyslog(t, g)
		c := dial(t, tcp)
		io.WriteString(c, part)
		c.SetReadDeadline(time.Now().Add(patience))
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || isTimeout(err) {
			t.Errorf("%s: %d %v", part, n, err)
		}
		check(t, g, "piiproxy_intake_"+counted)
		if got := out.wait(t, 0); len(got) > 0 {
			t.Errorf("%s: got %q", part, got)
		}
	}
}

// TestShutdownTakesWhatCame hands on what was sent before, but for a line that is not whole, and does not wait for more.
func TestShutdownTakesWhatCame(t *testing.T) {
	g, out := newIngest(t, Options{})
	tcp, _, s := serveSyslog(t, g)
	c := dial(t, tcp)
	io.WriteString(c, "one\n")
	out.wait(t, 1)
	io.WriteString(c, "two\nthree")
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if got := out.wait(t, 1); len(got) != 2 || got[1] != "{\"message\":\"two\"}\n" {
		t.Errorf("got %q", got)
	}
	check(t, g, `piiproxy_intake_refused_requests_total{reason="malformed_data",source="syslog"} 1`)
}

// drowsy is a connection that brings a message of four bytes first, and whose reader gets no processor for the next until a server
// that shuts down has waited for it: it falls asleep once it has looked whether that is so, or before.
type drowsy struct {
	net.Conn
	server *Syslog
	early  bool
	asleep chan struct{}
	reads  int
}

func (d *drowsy) Read(b []byte) (n int, err error) {
	d.reads++
	switch d.reads {
	case 1:
		n, err = d.Conn.Read(b[:4])
		if d.early {
			d.awaitEnd()
		}
		return n, err
	case 2:
		close(d.asleep)
		d.awaitEnd()
		time.Sleep(2 * lastTime)
	}
	return d.Conn.Read(b)
}

func (d *drowsy) awaitEnd() {
	for !d.server.ending() {
		time.Sleep(time.Millisecond)
	}
}

// TestShutdownOfABusyMachine takes what came before, also if whoever reads it comes to that late.
func TestShutdownOfABusyMachine(t *testing.T) {
	for _, early := range []bool{false, true} {
		g, out := newIngest(t, Options{})
		s := NewSyslog(g)
		ours, theirs := tcpPair(t)
		conn := &drowsy{Conn: theirs, server: s, early: early, asleep: make(chan struct{})}
		s.begin(conn)
		io.WriteString(ours, "one\ntwo\n")
		if !early {
			<-conn.asleep
		}
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if got := out.wait(t, 0); len(got) != 2 {
			t.Errorf("early %v: got %q", early, got)
		}
	}
}

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ours = dial(t, ln.Addr())
	if theirs, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// TestRecords decodes what is offered as a Collector would.
func TestRecords(t *testing.T) {
	offered := make(chan []byte, 10)
	g, _ := newIngest(t, Options{Offer: func(b []byte) error { offered <- bytes.Clone(b); return nil }})
	m := new(masker)
	g.message(m, []byte("<11>1 2003-10-11T22:14:15Z h a - - - to "+phone+" \xff"))
	g.message(m, []byte("<11>1 - h a - - - "+strings.Repeat("long ", 2000)))
	g.flush()
	request, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(<-offered)
	if err != nil {
		t.Fatal(err)
	}
	resource := request.ResourceLogs().At(0)
	if name, _ := resource.Resource().Attributes().Get("service.name"); name.Str() != "piiproxy-ingest" {
		t.Errorf("service.name %q", name.Str())
	}
	all := resource.ScopeLogs().At(0).LogRecords()
	if all.Len() != 2 || len(all.At(1).Body().Str()) < 10000 {
		t.Errorf("%d records", all.Len())
	}
	r := all.At(0)
	if r.SeverityNumber() != 17 || r.SeverityText() != "err" || !r.Timestamp().AsTime().Equal(time.Date(2003, 10, 11, 22, 14, 15, 0, time.UTC)) || r.ObservedTimestamp() == 0 ||
		!strings.HasSuffix(r.Body().Str(), `"message":"to redacted_phone \ufffd"}`) {
		t.Errorf("%v %s", r.SeverityNumber(), r.Body().Str())
	}
}

// TestRecordsThatAreNotTakenAreCounted loses them, and says so.
func TestRecordsThatAreNotTakenAreCounted(t *testing.T) {
	g, _ := newIngest(t, Options{Offer: func([]byte) error { return io.ErrShortBuffer }})
	m := new(masker)
	g.message(m, []byte("one"))
	g.message(m, []byte("two"))
	g.flush()
	check(t, g, `piiproxy_intake_withheld_lines_total{reason="queue_full",source="syslog"} 2`)
}

// TestFaultCostsOneMessage drops what a panic says.
func TestFaultCostsOneMessage(t *testing.T) {
	g, out := newIngest(t, Options{})
	right := g.options.Surface
	g.options.Surface = func() *redact.Surface { panic(phone) }
	m := new(masker)
	g.message(m, []byte("one"))
	g.options.Surface = right
	g.message(m, []byte("two"))
	if got := out.wait(t, 1); len(got) != 1 || got[0] != "{\"message\":\"two\"}\n" {
		t.Errorf("got %q", got)
	}
	check(t, g, "piiproxy_panics_total 1")
}
