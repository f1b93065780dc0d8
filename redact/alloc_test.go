package redact

import (
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

const allocBody = `{"body":"Hi Ada, \u00e9 482193 ada@example.com","to":["+306912345678",447700900123],"from":"ACME","label":"ada@example.com",` +
	`"callback":{"url":"https://h.example/?u=ada%40example.com"},"arguments":{"name":"Ada"},"t\u006f":"203.0.113.9"}`

// TestAllocations holds every append method to none, on inputs that differ each time too.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pool of runs
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	dst, other := MakeMasked(1<<20), MakeMasked(1<<20)
	var tally Tally
	body, form := []byte(allocBody), []byte("To=%2B306912345678&Body=Hi%20Ada&From=ACME%20Shop&u=ada%40example.com&%74o=203.0.113.9")
	path := []byte("/emails/ada%40example.com/x")
	params := []Param{{Name{"email"}, 8, 25}}
	lines := []byte(strings.Repeat("2026 sent to +306912345678 ok\n{\"to\":\"447700900123\",\"msg\":\"x\"}\nlevel=info to=447700900123 b=\"c\"\n", 20))
	addr := netip.MustParseAddr("2001:db8::7")
	name, value := []byte("X-Forwarded-For"), []byte("203.0.113.77, 198.51.100.10")
	n := 100000
	number := []byte("+306912000000")
	for what, do := range map[string]func(){
		"text":   func() { s.AppendText(dst, lines, &tally) },
		"json":   func() { s.AppendJSON(dst, f, body, &tally) },
		"both":   func() { s.AppendFieldsAndJSON(other, dst, f, body, &tally) },
		"cut":    func() { s.AppendJSON(dst, f, body[:len(body)-20], &tally) },
		"form":   func() { s.AppendForm(dst, f, form, &tally) },
		"query":  func() { s.AppendQuery(dst, f, form, nil) },
		"path":   func() { s.AppendPath(dst, f, path, params, &tally) },
		"header": func() { s.AppendHeader(dst, f, name, value, &tally) },
		"agent":  func() { s.AppendAgent(dst, f, path, &tally) },
		"field":  func() { s.AppendField(dst, Tag{Kind: KindIP}, value, &tally) },
		"addr":   func() { s.AppendAddr(dst, addr, &tally) },
		"fields": func() { s.AppendFields(dst, f, JSON, nil, body, &tally) },
		"fields of a form": func() {
			s.AppendFields(dst, f, Form, nil, form, &tally)
		},
		"line":  func() { s.AppendLine(dst, body, &tally) },
		"lines": func() { s.AppendLines(dst, lines, &tally) },
		"numbers that differ": func() {
			n++
			s.AppendText(dst, strconv.AppendInt(number[:7], int64(n), 10), &tally)
		},
	} {
		do()
		if got := testing.AllocsPerRun(100, do); got != 0 {
			t.Errorf("%s: %v allocations", what, got)
		}
	}
}

// TestRunsKeepNothing looks into a run that was put back: nothing of the exchange may be reached from it.
func TestRunsKeepNothing(t *testing.T) {
	s, f := testSurface(t, "log"), testPolicy(t).Fields("any")
	big := []byte(`{"from":"` + strings.Repeat("é\\u00e9", 100_000) + `","body":"` + strings.Repeat("\\n", 100_000) + `"}`)
	s.AppendFields(Masked{}, f, JSON, nil, big, nil)
	r, _ := s.runs.Get().(*run)
	if r == nil {
		t.Skip("the pool gave it to nobody")
	}
	if r.src != nil || r.dst != nil || r.other.dst != nil || r.other.t != nil || r.t != nil || r.f != nil || r.steps != nil {
		t.Error("a run in the pool holds on to its last call")
	}
	for _, b := range [][]byte{r.canon, r.decoded, r.collect.values, r.collect.text} {
		if cap(b) > maxPooled {
			t.Errorf("a run in the pool holds %d bytes", cap(b))
		}
	}
}

func benchmarkAppend(b *testing.B, src []byte, do func(dst Masked) Masked) {
	dst := MakeMasked(2*len(src) + 4096)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if do(dst).Len() == 0 {
			b.Fatal("nothing came out")
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	p := testPolicy(b)
	s, f := p.mustSurface(b, "log"), p.Fields("any")
	body := []byte(allocBody)
	b.Run("json", func(b *testing.B) {
		benchmarkAppend(b, body, func(dst Masked) Masked { return s.AppendJSON(dst, f, body, nil) })
	})
	b.Run("fields", func(b *testing.B) {
		benchmarkAppend(b, body, func(dst Masked) Masked { return s.AppendFields(dst, f, JSON, nil, body, nil) })
	})
	campaign := []byte(`{"body":"Hello","to":[` + strings.Repeat(`"+306912345678",`, 30_000) + `"+306912345678"]}`)
	b.Run("campaign", func(b *testing.B) {
		benchmarkAppend(b, campaign, func(dst Masked) Masked { return s.AppendFields(dst, f, JSON, nil, campaign, nil) })
	})
}

func BenchmarkLines(b *testing.B) {
	s := testSurface(b, "log")
	clean := `2026-11-23T07:15:01.916Z INFO [worker-17] com.example.gateway.Dispatcher - accepted message for delivery, queue depth within bounds, ` +
		`operator session established, waiting for the next window of the throttling policy to open again as configured, nothing else to say` + "\n"
	dense := strings.Replace(clean, "the next window", "+306912345678 and ada@example.com", 1)
	for name, chunk := range map[string]string{
		"clean":  strings.Repeat(clean, 900),
		"sparse": strings.Repeat(strings.Repeat(clean, 38)+dense, 23),
		"dense":  strings.Repeat(dense, 900),
		"json":   strings.Repeat(`{"level":"info","ts":"2026-11-23T07:15:01.916Z","msg":"accepted message","queue":17,"to":"447700900123","route":"send-sms"}`+"\n", 900),
		"logfmt": strings.Repeat(`level=info ts=2026-11-23T07:15:01.916Z msg="accepted message" queue=17 to=447700900123 route=send-sms`+"\n", 900),
	} {
		src := []byte(chunk)
		b.Run(name, func(b *testing.B) {
			benchmarkAppend(b, src, func(dst Masked) Masked {
				out, _ := s.AppendLines(dst, src, nil)
				return out
			})
		})
	}
}

func BenchmarkToken(b *testing.B) {
	tokens := testSurface(b, "log").tokens
	var m macs
	value, dst := []byte("306912000000"), make([]byte, 0, 64)
	for _, c := range []struct {
		name   string
		append func() []byte
	}{
		{"computed", func() []byte { return tokens.appendOneOfMany(dst, &m, KindPhone, "GR", value) }},
		{"remembered", func() []byte { return tokens.appendToken(dst, &m, KindPhone, "GR", value) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(c.append()) != len("phone_GR_k1_")+tokenLetters {
					b.Fatal("no token")
				}
			}
		})
	}
	b.Run("never seen before", func(b *testing.B) {
		b.ReportAllocs()
		n := int64(306912000000)
		for b.Loop() {
			n++
			if len(tokens.appendToken(dst, &m, KindPhone, "GR", strconv.AppendInt(value[:0], n, 10))) != len("phone_GR_k1_")+tokenLetters {
				b.Fatal("no token")
			}
		}
	})
}
