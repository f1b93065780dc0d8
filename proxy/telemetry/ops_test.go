package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

func TestOps(t *testing.T) {
	var b bytes.Buffer
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	o := NewOps(&b)
	o.Info("listening", Name("listener", name("api")), Address(ln))
	o.Warn("draining", Number("in_flight", 3), Took("after", 1500*time.Microsecond))
	o.Error("reload failed", Because(ReasonConnect), Word("stage", "compile"),
		Text("problem", redact.Masked{}.AppendConst("line 3: \"x\"\nline 4")))
	want := []map[string]any{
		{"level": "INFO", "msg": "listening", "listener": "api", "address": ln.Addr().String()},
		{"level": "WARN", "msg": "draining", "in_flight": 3.0, "after": 1.5},
		{"level": "ERROR", "msg": "reload failed", "reason": "connect", "stage": "compile", "problem": "line 3: \"x\"\nline 4"},
	}
	for i, l := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		var got map[string]any
		if err := json.Unmarshal([]byte(l), &got); err != nil {
			t.Fatalf("%v in %q", err, l)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000000Z", got["time"].(string)); err != nil {
			t.Error(err)
		}
		delete(got, "time")
		if fmt.Sprint(got) != fmt.Sprint(want[i]) {
			t.Errorf("%v, want %v", got, want[i])
		}
	}
	var none *Ops
	none.Info("nobody listens")
}

func TestFlatten(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	wrapped := fmt.Errorf("both: %w, %w", b, c)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, "[]"},
		{a, "[a]"},
		{errors.Join(a, errors.Join(b, c)), "[a b c]"},
		{errors.Join(a, wrapped), "[a both: b, c]"},
	} {
		if got := fmt.Sprint(flatten(nil, tt.err)); got != tt.want {
			t.Errorf("%v: %s", tt.err, got)
		}
	}
}

func TestMaskError(t *testing.T) {
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := policy.Surface("log")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(errors.New("line 3: unknown key\nbefore someone@example.com"), errors.New("line 9: +306912345678"))
	const want = "line 3: unknown key before redacted_email\nline 9: redacted_phone"
	if got := string(MaskError(s, err).Bytes()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := MaskError(s, nil); got.Len() != 0 {
		t.Errorf("%q", got.Bytes())
	}
}
