package redact

import (
	"bytes"
	"strings"
	"testing"
)

// TestLinesAreLines holds many lines at once to the same lines one by one.
func TestLinesAreLines(t *testing.T) {
	s := lineSurface(t)
	starts := []string{"", " ", "2026-11-23T10:15:00Z ", "2026-11-23 10:15:00 ", "to=3069123456:", "2026=11=23T10:", "1=34567890123:1", "time=12345678:9 ",
		"12345678=0123:", "1234567890.12:00 ", "0123456789abc:0", "{", "[{", "x{", "\t2026-11-23T10:15:00", "9"}
	ends := []string{"", `to=306912345678 from="+306912345678"`, `{"to":"306912345678"}`, `sent {"to":306912345678} on`, "+306912345678", `{`, `"to":"306912345678"}`}
	var lines []string
	for _, a := range starts {
		for _, b := range ends {
			lines = append(lines, a+b, "text only", b)
		}
	}
	chunk := strings.Join(lines, "\n")
	got, failed := s.AppendLines(Masked{}, []byte(chunk), nil)
	want := Masked{}
	for i, line := range lines {
		var ok bool
		if i > 0 {
			want = want.AppendConst("\n")
		}
		if want, ok = s.AppendLine(want, []byte(line), nil); !ok {
			t.Fatalf("%q: not masked", line)
		}
	}
	if failed != 0 || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%d failed, got\n%s\nwant\n%s", failed, got.Bytes(), want.Bytes())
	}
}

// TestShapeOfTimes holds the shape of lines that begin with a time to the shape of the same lines behind a blank.
func TestShapeOfTimes(t *testing.T) {
	line := []byte("2026-11-23T10:15:00Z a=b c=d")
	for i := range 13 {
		for b := range 256 {
			changed := bytes.Clone(line)
			changed[i] = byte(b)
			if got, want := shapeOf(changed), shapeOf(append([]byte{' '}, changed...)); got != want {
				t.Errorf("%q: got %d, want %d", changed, got, want)
			}
		}
	}
}

func lineSurface(t *testing.T) *Surface {
	t.Helper()
	p, err := Compile(Spec{Surfaces: map[string]SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Surface("log")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
