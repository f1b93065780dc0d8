package canary

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// writings returns value in the ways in which it may leave.
func writings(value string) map[string]string {
	var all, u, x strings.Builder
	for _, b := range []byte(value) {
		fmt.Fprintf(&all, "%%%02x", b)
		fmt.Fprintf(&u, `\u%04X`, b)
		fmt.Fprintf(&x, `\x%02x`, b)
	}
	once := url.QueryEscape(value)
	forms := map[string]string{
		"raw": value, "percent": once, "percent twice": url.QueryEscape(once), "percent throughout": all.String(),
		"percent throughout, twice": url.QueryEscape(all.String()), `\u`: u.String(), `\x`: x.String(), "upper case": strings.ToUpper(value),
		`\u in percent`: url.QueryEscape(u.String()),
	}
	for shift := range 3 {
		text := []byte(strings.Repeat("x", shift) + "sent to " + value + " today")
		forms[fmt.Sprintf("base64 %d", shift)] = base64.StdEncoding.EncodeToString(text)
		forms[fmt.Sprintf("base64 in percent %d", shift)] = url.QueryEscape(base64.URLEncoding.EncodeToString(text))
	}
	return forms
}

// TestEveryWriting finds each planted value however it is written, and nothing where there is none.
func TestEveryWriting(t *testing.T) {
	v := newValues(newRun())
	planted := map[redact.Kind]string{
		redact.KindPhone: v.phone, redact.KindEmail: v.email, redact.KindIP: v.ip.String(), redact.KindName: v.name, redact.KindText: v.text, redact.KindSecret: v.code,
	}
	for kind, value := range planted {
		for name, written := range writings(value) {
			if !finds(&v, kind, `{"a":"`+written+`"}`) {
				t.Errorf("%s, written %s, is not found: %s", value, name, written)
			}
		}
	}
	n := v.phone[3:]
	for _, written := range []string{
		"+44 " + n[:4] + " " + n[4:], "0" + n[:4] + "-" + n[4:7] + "-" + n[7:], "(0" + n[:4] + ") " + n[4:], n[:4] + "%20" + n[4:], n[:4] + "\u00a0" + n[4:],
		n[:4] + `\u0020` + n[4:], n[:2] + "." + n[2:5] + "/" + n[5:],
		base64.StdEncoding.EncodeToString([]byte(v.phone)), base64.StdEncoding.EncodeToString([]byte("x" + v.phone + " is it")),
	} {
		if !finds(&v, redact.KindPhone, written) {
			t.Errorf("%s is not found in %s", v.phone, written)
		}
	}
	other := newValues(newRun())
	for _, text := range []string{
		`{"to":"phone_GB_k1_inaklmogjghejapojgfmacep","client":"2001:db8:1:x","trace_id":"0af7651916cd43dd8448eb211c80319c","text":"redacted_text"}`,
		other.email + other.ip.String() + other.name + other.text[:30] + other.code, "", "%", `\u00`, `\`, "%4",
	} {
		for kind := range planted {
			if finds(&v, kind, text) {
				t.Errorf("%s is found in %s", kind, text)
			}
		}
	}
}

func finds(v *values, kind redact.Kind, text string) (found bool) {
	h := haystack{v.run.heads, v.needles, func(n *needle) { found = found || n.kind == kind && !n.private }}
	h.inFull([]byte(text))
	return found
}

// TestWatch sees only while it is armed, and keeps what a connector may have from what it may not.
func TestWatch(t *testing.T) {
	var w Watch
	w.Observe(telemetry.ExitAccessLog, []byte("nobody is there"))
	name, _ := redact.ParseName("operator")
	s, planted := newSearch([]Message{{Route: name, Connector: true}}, &Exits{AccessLog: true})
	v := &planted[0]
	w.armed.Store(s)
	w.Observe(telemetry.ExitConnector, []byte("to="+v.phone))
	w.Observe(telemetry.ExitAccessLog, []byte(`{"route":"other"}`))
	select {
	case <-s.seen:
		t.Error("seen too early")
	default:
	}
	w.Observe(telemetry.ExitAccessLog, []byte(`{"route":"operator"}`))
	<-s.seen
	if got := leaksOf(s); got != "" {
		t.Errorf("found %s", got)
	}
	w.Observe(telemetry.ExitConnector, []byte("note="+v.private))
	w.Observe(telemetry.ExitMetrics, []byte(v.email))
	w.armed.Store(nil)
	w.Observe(telemetry.ExitAnswer, []byte(v.email))
	if got := leaksOf(s); got != "metrics email, connector text, " {
		t.Errorf("found %s", got)
	}
}

// TestMarksAreOnesOwn takes for no message what another leaves at the same exit, nor the spans of the canary's exchanges.
func TestMarksAreOnesOwn(t *testing.T) {
	name, _ := redact.ParseName("b")
	exits := &Exits{Spans: true}
	s, planted := newSearch([]Message{{Route: name}, {Logs: true, Exit: telemetry.ExitExport}, {Spans: true, Exit: telemetry.ExitExport}, {Lines: true, Exit: telemetry.ExitExport}}, exits)
	request, err := (&Message{Path: "/b"}).request(&planted[0])
	if err != nil {
		t.Fatal(err)
	}
	span := telemetry.AppendSpans(nil, &telemetry.Record{Route: name})
	for left, text := range [][]byte{[]byte(request.UserAgent()), []byte("a batch of others"), span, logs(&planted[1]), spans(&planted[2]), lines(&planted[3])} {
		s.observe(telemetry.ExitExport, text)
		if want := int32(min(4, 5-left)); s.left.Load() != want {
			t.Errorf("after text %d %d marks are left, want %d", left, s.left.Load(), want)
		}
	}
}

// TestMuchIsSearchedForWhatItIs goes on to find values as they are when there is too much to undo escapes in.
func TestMuchIsSearchedForWhatItIs(t *testing.T) {
	s, planted := newSearch(make([]Message, 1), &Exits{})
	s.full[telemetry.ExitExport].Store(fullBytes)
	s.observe(telemetry.ExitExport, []byte(url.QueryEscape(url.QueryEscape(planted[0].ip.String()))))
	if got := leaksOf(s); got != "" {
		t.Errorf("found %s", got)
	}
	s.observe(telemetry.ExitExport, []byte(planted[0].ip.String()))
	if got := leaksOf(s); got != "export ip, " {
		t.Errorf("found %s", got)
	}
}

func leaksOf(s *search) (all string) {
	s.leaks(redact.Kinds(), func(e telemetry.Exit, k redact.Kind) { all += e.String() + " " + k.String() + ", " })
	return all
}

func FuzzSearch(f *testing.F) {
	r := newRun()
	v := newValues(r)
	h := haystack{r.heads, v.needles, func(*needle) {}}
	for _, written := range writings(v.text) {
		f.Add([]byte(written))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h.inFull(text) // it ends, and does not panic
		for len(text) > 0 {
			if plain := unescape(text); len(plain) < len(text) {
				text = plain
				continue
			}
			return
		}
	})
}
