package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// Ops is the operational log: what the program does, never what it carries. It writes one JSON object a line. Messages and
// keys are constants of the program, and values are made by the functions that return an [Attr], so text that is not
// masked does not compile here either. A nil Ops writes nothing.
type Ops struct{ log *slog.Logger }

// NewOps returns an operational log that writes to w, mostly stderr.
func NewOps(w io.Writer) *Ops {
	return &Ops{slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: opsTime}))}
}

// opsTime writes the time as the access log does.
func opsTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.String(a.Key, string(redact.Masked{}.AppendTime(a.Value.Time()).Bytes()))
	}
	return a
}

// Attr is one member of a line: a key of the program and a value that may be read.
type Attr struct{ a slog.Attr }

// Name is an attribute whose value is a name of the configuration.
func Name(key constant, n redact.Name) Attr { return Attr{slog.String(string(key), n.String())} }

// Number is an attribute whose value is a number.
func Number(key constant, n int64) Attr { return Attr{slog.Int64(string(key), n)} }

// Word is an attribute whose value is a word of the program.
func Word(key, word constant) Attr { return Attr{slog.String(string(key), string(word))} }

// Text is an attribute whose value is masked text.
func Text(key constant, m redact.Masked) Attr {
	return Attr{slog.String(string(key), string(m.Bytes()))}
}

// Took is an attribute whose value is a duration, in milliseconds.
func Took(key constant, d time.Duration) Attr {
	return Attr{slog.Float64(string(key), float64(d.Microseconds())/1000)}
}

// Because is an attribute whose value is a reason.
func Because(r Reason) Attr { return Attr{slog.String("reason", r.String())} }

// Address is an attribute whose value is the address that ln, which may be a [net.Listener], listens on: the proxy's own, never a client's.
func Address(ln interface{ Addr() net.Addr }) Attr {
	return Attr{slog.String("address", ln.Addr().String())}
}

// Info says that something happened.
func (o *Ops) Info(message constant, attrs ...Attr) { o.write(slog.LevelInfo, message, attrs) }

// Warn says that something is not as it should be, and that the program goes on.
func (o *Ops) Warn(message constant, attrs ...Attr) { o.write(slog.LevelWarn, message, attrs) }

// Error says that something failed.
func (o *Ops) Error(message constant, attrs ...Attr) { o.write(slog.LevelError, message, attrs) }

func (o *Ops) write(level slog.Level, message constant, attrs []Attr) {
	if o == nil {
		return
	}
	plain := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		plain[i] = a.a
	}
	o.log.LogAttrs(context.Background(), level, string(message), plain...)
}

// MaskError returns the text of err through a surface: one line for each of the errors that it joins. It is for errors
// about the configuration and the machine, whose text is of use; errors of an exchange are told by their [Reason].
func MaskError(s *redact.Surface, err error) redact.Masked {
	m := redact.Masked{}
	for _, e := range flatten(nil, err) {
		if m.Len() > 0 {
			m = m.AppendConst("\n")
		}
		m = s.AppendText(m, []byte(strings.ReplaceAll(e.Error(), "\n", " ")), nil)
	}
	return m
}

// flatten appends the errors that err joins, and those that they join. An error that wraps several in a text of its own
// stays whole.
func flatten(all []error, err error) []error {
	if err == nil {
		return all
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || err.Error() != errors.Join(joined.Unwrap()...).Error() {
		return append(all, err)
	}
	for _, e := range joined.Unwrap() {
		all = flatten(all, e)
	}
	return all
}
