package telemetry

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

func name(s string) redact.Name {
	n, err := redact.ParseName(s)
	if err != nil {
		panic(err)
	}
	return n
}

// masked makes masked text of any length without a surface.
func masked(n int) redact.Masked {
	m := redact.MakeMasked(n)
	for m.Len() < n {
		m = m.AppendConst("x")
	}
	return m
}

// awkward is masked text with bytes that a JSON string cannot hold as they are.
func awkward() redact.Masked {
	return redact.Masked{}.AppendConst("/a\"b\\c\n\x00\xff\xed\xa0\x80 \u2028<é>\x7f")
}

func full() Record {
	r := Record{
		ID:      ID{0x0102030405060708, 0x090a0b0c0d0e0f10},
		TraceID: ID{1, 2}, SpanID: 3,
		Start:    time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.FixedZone("", 7200)),
		Elapsed:  12*time.Millisecond + 34567*time.Nanosecond,
		Upstream: 11*time.Millisecond + 5*time.Microsecond,
		Listener: name("egress"), Route: name("sms"), Connector: name("operator-1"),
		Method: MethodPost, Outcome: Refused, Reason: ReasonProjection, ProjectionReason: redact.RefusedMissing,
		Status: 422, BytesIn: 206, BytesOut: 98, BodyFormat: redact.JSON,
		Log: View{
			Path:   redact.Masked{}.AppendConst("/sms/redacted_phone"),
			Query:  redact.Masked{}.AppendConst("to=redacted_phone"),
			Client: redact.Masked{}.AppendConst("203.0.113.0/24"),
			Agent:  redact.Masked{}.AppendConst("curl/8"),
			Fields: redact.Masked{}.AppendConst(`"to":"redacted_phone","body":"redacted_text"`),
			Body:   redact.Masked{}.AppendConst(`{"to":"redacted_phone"}`),
		},
		Flow: redact.Flow{Passed: 2, Dropped: 5, Refused: 1},
	}
	r.LogTally.Add(redact.KindPhone, redact.Mask)
	r.LogTally.Add(redact.KindText, redact.Drop)
	return r
}

func TestLineOfAFullRecord(t *testing.T) {
	r := full()
	const want = `{"time":"2026-11-23T10:00:00.123456Z","id":"0102030405060708090a0b0c0d0e0f10",` +
		`"trace_id":"00000000000000010000000000000002","span_id":"0000000000000003",` +
		`"listener":"egress","route":"sms","connector":"operator-1","method":"POST",` +
		`"path":"/sms/redacted_phone","query":"to=redacted_phone","status":422,"outcome":"refused",` +
		`"reason":"projection","projection_reason":"missing","duration_ms":12.034,"upstream_ms":11.005,` +
		`"bytes_in":206,"bytes_out":98,"client":"203.0.113.0/24","user_agent":"curl/8","kinds":["phone","text"],` +
		`"format":"json","fields":{"to":"redacted_phone","body":"redacted_text"},"body":"{\"to\":\"redacted_phone\"}",` +
		`"flow":{"passed":2,"dropped":5,"refused":1}}` + "\n"
	if got := string(AppendLine(redact.Masked{}, &r).Bytes()); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestLineLeavesOutWhatIsEmpty(t *testing.T) {
	r := Record{Start: time.Unix(0, 0), BodyFormat: redact.NoBody}
	const want = `{"time":"1970-01-01T00:00:00.000000Z","method":"_OTHER","outcome":"answered","duration_ms":0.000,` +
		`"bytes_in":0,"bytes_out":0}` + "\n"
	if got := string(AppendLine(redact.Masked{}, &r).Bytes()); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestLineIsAppended(t *testing.T) {
	r := full()
	before := redact.Masked{}.AppendConst("before\n")
	got := string(AppendLine(before, &r).Bytes())
	if rest, ok := strings.CutPrefix(got, "before\n"); !ok || !json.Valid([]byte(rest)) {
		t.Errorf("got %q", got)
	}
}

func TestLineIsJSONWhateverTheViewsHold(t *testing.T) {
	r := full()
	r.Log = View{Path: awkward(), Query: awkward(), Client: awkward(), Agent: awkward(), Body: awkward()}
	line := AppendLine(redact.Masked{}, &r).Bytes()
	var got struct{ Path, Query, Client, Body string }
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	if want := "/a\"b\\c\n\x00" + "\ufffd\ufffd\ufffd\ufffd \u2028<é>\x7f"; got.Path != want || got.Body != want {
		t.Errorf("path %q, want %q", got.Path, want)
	}
	if n := strings.Count(string(line), "\n"); n != 1 {
		t.Errorf("%d line breaks", n)
	}
}

// FuzzLine states the law of a line: one JSON object, one line break, and no longer than MaxLine, whatever a client sends
// and however a surface shows it.
func FuzzLine(f *testing.F) {
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	surface, err := policy.Surface("log")
	if err != nil {
		f.Fatal(err)
	}
	fields := policy.Fields("")
	f.Add([]byte(`{"to":"+306912345678","body":"hi\u0022","n":[1e9,{"a\"b":null}]}`), byte(redact.JSON))
	f.Add([]byte(`{"to":"+3069123`), byte(redact.JSON))
	f.Add([]byte(`to=%2B306912345678&body=a%22b%0a&%22=%5c`), byte(redact.Form))
	f.Add([]byte("\x00\xff\xed\xa0\x80 \u2028 <\"> \\ \r\n a@b.co"), byte(redact.Text))
	f.Fuzz(func(t *testing.T, b []byte, format byte) {
		r := full()
		r.BodyFormat = redact.Format(format)
		r.Log = View{
			Path:   surface.AppendPath(redact.Masked{}, fields, b, nil, &r.LogTally),
			Query:  surface.AppendQuery(redact.Masked{}, fields, b, &r.LogTally),
			Agent:  surface.AppendText(redact.Masked{}, b, &r.LogTally),
			Fields: surface.AppendFields(redact.Masked{}, fields, r.BodyFormat, []byte("b"), b, &r.LogTally),
			Body:   surface.AppendJSON(redact.Masked{}, fields, b, &r.LogTally),
		}
		line := AppendLine(redact.Masked{}, &r).Bytes()
		if !json.Valid(line) || strings.Count(string(line), "\n") != 1 || len(line) > MaxLine {
			t.Errorf("%d bytes: %.2000q", len(line), line)
		}
	})
}

func TestLineWithInvalidEnumsIsJSON(t *testing.T) {
	r := full()
	r.Method, r.Outcome, r.Reason, r.ProjectionReason, r.BodyFormat = 255, 255, 255, 255, 255
	if line := AppendLine(redact.Masked{}, &r).Bytes(); !json.Valid(line) {
		t.Errorf("not JSON: %q", line)
	}
}

func TestLineIsBounded(t *testing.T) {
	nul := redact.Masked{}
	for range maxMember { // six bytes each in a JSON string
		nul = nul.AppendConst("\x00")
	}
	for _, tt := range []struct {
		name string
		view redact.Masked
	}{{"far too long", masked(1 << 20)}, {"one too long", masked(maxBody + 1)}, {"too long when escaped", nul}} {
		r := full()
		r.Log = View{Path: tt.view, Query: tt.view, Client: tt.view, Agent: tt.view, Fields: tt.view, Body: tt.view}
		r.Log.Fields = masked(maxMember + 1)
		line := AppendLine(redact.Masked{}, &r)
		if line.Len() > MaxLine || !json.Valid(line.Bytes()) {
			t.Errorf("%s: %d bytes, valid %t", tt.name, line.Len(), json.Valid(line.Bytes()))
		}
		const want = `"withheld":["path","query","client","user_agent","fields","body"]`
		if !strings.Contains(string(line.Bytes()), want) {
			t.Errorf("%s: no %s in %.300s", tt.name, want, line.Bytes())
		}
	}
	// As long as they may be, they all stand in the line together.
	r := full()
	fields := redact.Masked{}.AppendConst(`"a":"`).AppendMasked(masked(maxMember - 6)).AppendConst(`"`)
	r.Log = View{masked(maxMember), masked(maxMember), masked(maxClient), masked(maxAgent), fields, masked(maxBody)}
	line := AppendLine(redact.Masked{}, &r)
	if line.Len() > MaxLine || !json.Valid(line.Bytes()) || strings.Contains(string(line.Bytes()), "withheld") {
		t.Errorf("%d bytes of %d, valid %t", line.Len(), MaxLine, json.Valid(line.Bytes()))
	}
}

func TestLineDoesNotAllocate(t *testing.T) {
	r, dst := full(), redact.MakeMasked(MaxLine)
	if n := testing.AllocsPerRun(100, func() { dst = AppendLine(dst.Reset(), &r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppendLine(b *testing.B) {
	r, dst := full(), redact.MakeMasked(MaxLine)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendLine(dst.Reset(), &r)
	}
	b.SetBytes(int64(dst.Len()))
}
