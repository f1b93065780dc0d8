package edge

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What became of a message, as its sender knows it.
const (
	accepted = "accepted" // the answer of success came whole, and is its own
	refused  = "refused"  // it was told, or is plain, that it was not delivered
	unknown  = "unknown"  // it was told that nobody knows, or the connection was cut
)

// sent is one message with what became of it.
type sent struct {
	id         string
	to         *fault
	bad        bool // the upstream misbehaves for it
	outcome    string
	wrong      error // an answer that it must not get
	status     int
	began, end time.Time
}

// judge returns what the sender makes of what it was told.
func (m *sent) judge(o *told) (outcome string, wrong error) {
	switch {
	case o.success() && m.bad && m.to.want == forgiven:
		return accepted, nil
	case o.success() && !strings.Contains(o.body, m.id):
		return accepted, errors.New("the answer is another's")
	case o.success():
		return accepted, nil
	case strings.Contains(o.body+o.text, secret[2:]):
		return unknown, errors.New("the number stands in what the sender was told")
	case o.unsent, o.whole && o.status >= 400 && !o.unknown:
		return refused, nil
	}
	return unknown, nil
}

// account holds what the senders know to what arrived.
func (d *delivery) account(took time.Duration) {
	outcomes := map[string]int{}
	arrived, duplicated, failed := 0, 0, 0
	for i := range d.sent {
		m := &d.sent[i]
		outcomes[m.outcome]++
		times := m.to.times(m.id)
		arrived += times
		duplicated += max(0, times-1)
		if err := m.wrongWith(times); err != nil {
			d.t.Errorf("%s to %s (%s), status %d: %v", m.id, m.to.name, m.to.class, m.status, err)
		}
		if m.to.class == "calm" && m.outcome != accepted && !d.restarted(m) {
			failed++
			d.t.Errorf("%s: %s with status %d, and no restart was near", m.id, m.outcome, m.status)
		}
	}
	for _, f := range d.backends() {
		if n := f.strays(); n > 0 {
			d.t.Errorf("%d requests that nobody sent arrived at %s", n, f.name)
		}
	}
	d.t.Logf("%d sent = %d accepted + %d refused + %d unknown; %d arrived, %d twice; %d restarts, %d reloads, %d failed by a reload; %d faults; %v",
		len(d.sent), outcomes[accepted], outcomes[refused], outcomes[unknown], arrived, duplicated, len(d.restarts), d.reloads, failed, len(d.faulty),
		took.Round(time.Second))
	if n := outcomes[accepted] + outcomes[refused] + outcomes[unknown]; n != *messages || n != len(d.sent) {
		d.t.Errorf("%d of %d messages are accounted for", n, *messages)
	}
	d.looked()
}

// wrongWith says what is wrong with a message that arrived so many times.
func (m *sent) wrongWith(times int) error {
	switch {
	case m.wrong != nil:
		return m.wrong
	case times > 1:
		return fmt.Errorf("it arrived %d times", times)
	case m.outcome == accepted && times == 0:
		return errors.New("it was accepted, and did not arrive")
	case m.outcome == accepted && m.bad && m.to.want != succeeds && m.to.want != forgiven:
		return errors.New("it failed, and its sender was told of a success")
	case m.outcome == refused && times > 0:
		return errors.New("it was refused, and arrived")
	}
	return nil
}

// restarted reports whether the proxy restarted while the message was under way.
func (d *delivery) restarted(m *sent) bool {
	for _, w := range d.restarts {
		if m.began.Before(w.to) && m.end.After(w.from) {
			return true
		}
	}
	return false
}

// looked looks for what the access log must not show.
func (d *delivery) looked() {
	text, err := os.ReadFile(filepath.Join(d.dir, "access.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	if bytes.Contains(text, []byte(secret[2:])) || bytes.Contains(text, []byte(`"reason":"panic"`)) {
		d.t.Error("the number stands in the access log, or it panicked")
	}
	d.t.Logf("%d lines in the access log", bytes.Count(text, []byte("\n")))
}

// TestAccount holds the account to finding what it is there for.
func TestAccount(t *testing.T) {
	const id = "k0000z"
	to := func(want fate) *fault { return &fault{faulty: &faulty{behaviour: &behaviour{want: want}}} }
	own := told{status: 200, whole: true, body: id}
	for _, tt := range []struct {
		name    string
		told    told
		want    fate
		bad     bool
		times   int
		outcome string
		ok      bool
	}{
		{"accepted", own, succeeds, false, 1, accepted, true},
		{"accepted, never arrived", own, succeeds, false, 0, accepted, false},
		{"accepted, arrived twice", own, succeeds, false, 2, accepted, false},
		{"the answer of another", told{status: 200, whole: true, body: "k0001z"}, succeeds, false, 1, accepted, false},
		{"a success that was none", own, fails, true, 1, accepted, false},
		{"cut", told{status: 200, body: id}, fails, true, 1, unknown, true},
		{"refused", told{status: 502, whole: true}, fails, true, 0, refused, true},
		{"refused, arrived", told{status: 502, whole: true}, fails, true, 1, refused, false},
		{"unknown", told{status: 504, whole: true, unknown: true}, fails, true, 1, unknown, true},
		{"unknown, never arrived", told{status: 504, whole: true, unknown: true}, fails, true, 0, unknown, true},
		{"unknown, arrived twice", told{status: 504, whole: true, unknown: true}, fails, true, 2, unknown, false},
		{"nobody listened", told{unsent: true}, succeeds, false, 0, refused, true},
		{"no answer", told{}, succeeds, false, 1, unknown, true},
		{"the number in an error", told{status: 502, whole: true, body: secret}, fails, true, 0, unknown, false},
	} {
		m := sent{id: id, to: to(tt.want), bad: tt.bad}
		m.outcome, m.wrong = m.judge(&tt.told)
		if err := m.wrongWith(tt.times); m.outcome != tt.outcome || (err == nil) != tt.ok {
			t.Errorf("%s: %s, %v", tt.name, m.outcome, err)
		}
	}
}
