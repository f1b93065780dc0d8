package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/bench/internal/child"
)

// verified is how many requests a setting has to treat well before it is timed.
const verified = 100

// verify holds a setting to doing what its row says: the upstream gets what it should, there is a line for each request, a
// log that masks shows nobody, and what stands for them if it has the body, and one that does not shows everybody.
func (h *harness) verify(r *running, m *message) error {
	h.upstream.watch(true)
	defer h.upstream.watch(false)
	c, err := dial(r.listen, m)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	var planted, everybody []string
	for range verified {
		n := next(h.people)
		if err := errors.Join(c.send(n), c.receive()); err != nil {
			return fmt.Errorf("%w\n%s", err, tail(r.Err))
		}
		if err := h.checkArrived(r, c.out[m.body:]); err != nil {
			return err
		}
		planted = append(planted, m.planted(n, !r.body)...)
		everybody = append(everybody, m.planted(n, false)...)
	}
	if r.traced {
		if err := h.checkSpans(everybody); err != nil {
			return err
		}
	}
	if r.log == noLog {
		return nil
	}
	text, err := r.awaitLines(verified)
	if err != nil {
		return err
	}
	if left := countLeft(text, everybody); r.log == masked && left > 0 {
		return fmt.Errorf("its log shows %d of %d values", left, len(everybody))
	}
	if n := bytes.Count(text, []byte(r.shows)); r.shows != "" && n < verified*recipients {
		return fmt.Errorf("its log shows %d of %d numbers of the bodies as %s", n, verified*recipients, r.shows)
	}
	left := countLeft(text, planted)
	if r.log == raw && left == 0 {
		return errors.New("its log shows nothing of what was sent")
	}
	r.left = fmt.Sprintf("%d of %d", left, len(planted))
	return r.emptyLog()
}

// checkArrived compares what the upstream got with what was sent.
func (h *harness) checkArrived(r *running, sent []byte) error {
	got := h.upstream.last.Load()
	switch {
	case r.direct:
		return nil
	case got == nil:
		return errors.New("nothing reached the upstream")
	case !r.projects && !bytes.Equal(*got, sent):
		return errors.New("the upstream got another body than was sent")
	case r.projects && !projected(string(*got), string(sent)):
		return errors.New("the upstream got something else than the projection of what was sent")
	}
	return nil
}

// checkSpans waits for the spans of all requests, which must show tokens and nobody.
func (h *harness) checkSpans(everybody []string) error {
	for end := time.Now().Add(child.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		spans := h.upstream.seen()
		if left := countLeft(spans, everybody); left > 0 {
			return fmt.Errorf("its spans show %d values", left)
		}
		if bytes.Count(spans, []byte("phone_GR_")) >= verified {
			return nil
		}
	}
	return errors.New("its spans do not come")
}

// projected reports whether got has the recipients of a campaign, and nothing that its projection does not name.
func projected(got, sent string) bool {
	_, to, ok := strings.Cut(sent, `"to":`)
	to, _, end := strings.Cut(to, "]")
	return ok && end && strings.Contains(got, to) && !strings.Contains(got, "contacts") && !strings.Contains(got, "note")
}

// awaitLines waits until the log has so many lines, and returns it.
func (r *running) awaitLines(n int) (text []byte, err error) {
	for end := time.Now().Add(child.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, err = os.ReadFile(r.file); err == nil && bytes.Count(text, []byte("\n")) >= n {
			return text, nil
		}
	}
	return nil, fmt.Errorf("its log has %d lines of %d: %v", bytes.Count(text, []byte("\n")), n, err)
}

func countLeft(text []byte, values []string) (left int) {
	for _, v := range values {
		if bytes.Contains(text, []byte(v)) {
			left++
		}
	}
	return left
}
