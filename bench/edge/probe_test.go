package edge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// verdict is what may become of a probe.
type verdict uint8

const (
	// reject: it has no single reading. Nothing of it may reach the upstream, and nothing behind it either.
	reject verdict = iota
	// deny: it must be refused, but where it ends is plain, so the connection may go on.
	deny
	// strict: we refuse it. Whoever forgives it, as the standard allows, must pass on the one clean form of it.
	strict
	// last: as strict, but after it the connection must end: both framings, which the standard lets a proxy mend.
	last
	// either: it may be refused, or passed on in its clean form.
	either
	// control: an honest request, which must arrive.
	control
)

// probe is one request of the suite. In its texts $ID stands for the id of the case, and $T for the usual target.
type probe struct {
	name   string
	raw    string
	want   verdict
	status []int // which refusals of ours are right; 400 if none are named

	// The clean form, if it is not what raw says by itself: method and target of its first line, and no body.
	method, target, body string
	absent               []string // fields that must not arrive
	alone                bool     // no marker follows: the probe needs the connection for itself
}

// class is a group of probes, for the table.
type class struct {
	name   string
	probes []probe
}

const (
	target = "/k/$ID?to=%2B" + secret
	marker = "GET /marker/$ID HTTP/1.1\r\nHost: edge.test\r\nConnection: close\r\n\r\n"
	// smuggled is what hostile bodies hide.
	smuggled = "GET /smuggled/$ID HTTP/1.1\r\nHost: edge.test\r\nX-Smuggled: "
)

// hungTime is how much longer than a timeout a connection may stay open.
const hungTime = 15 * time.Second

// with returns a request of this request line and these lines, to which nothing is added but line breaks.
func with(first string, lines ...string) string {
	return first + "\r\n" + strings.Join(append(lines, ""), "\r\n") + "\r\n"
}

// get is an honest GET but for the lines that are added.
func get(lines ...string) string {
	return with("GET $T HTTP/1.1", slices.Concat([]string{"Host: edge.test"}, lines)...)
}

// post is an honest POST, but for the lines that are added and the body, which may not be framed at all.
func post(body string, lines ...string) string {
	return with("POST $T HTTP/1.1", slices.Concat([]string{"Host: edge.test"}, lines)...) + body
}

// chunked is a POST with that chunked body.
func chunked(body string) string { return post(body, "Transfer-Encoding: chunked") }

// expand fills in the id of the case.
func expand(text, id string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "$T", target), "$ID", id)
}

// clean returns the request that the upstream may see of p.
func (p *probe) clean(id string) (method, target, body string) {
	first, _, _ := strings.Cut(strings.TrimLeft(p.raw, "\r\n"), "\r\n")
	parts := append(strings.Fields(first), "", "")
	method, target = parts[0], parts[1]
	if p.method != "" {
		method = p.method
	}
	if p.target != "" {
		target = p.target
	}
	return method, expand(target, id), expand(p.body, id)
}

// answer is one response that the client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// view is what the client saw of a case.
type view struct {
	answers []answer
	broken  bool // after the answers came something that is none, or half a one
	hung    bool // the connection did not end
}

// ask sends the probe and its marker, and reads until the connection ends.
func (p *probe) ask(address, id string) (v view, err error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return v, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(clientTimeout + hungTime)); err != nil {
		return v, err
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		text := p.raw
		if !p.alone {
			text += marker
		}
		_, _ = io.WriteString(c, expand(text, id)) // who refuses need not read
	}()
	method, _, _ := p.clean(id)
	v.read(bufio.NewReader(c), method)
	_ = c.Close()
	<-sent
	return v, nil
}

func (v *view) read(src *bufio.Reader, method string) {
	for {
		if _, err := src.Peek(1); err != nil {
			v.hung = os.IsTimeout(err)
			return
		}
		resp, err := http.ReadResponse(src, &http.Request{Method: method})
		if err != nil {
			v.broken = true
			return
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			v.broken, v.hung = true, os.IsTimeout(err)
			return
		}
		if resp.StatusCode < 200 {
			continue
		}
		v.answers = append(v.answers, answer{resp.StatusCode, resp.Header, string(body)})
		method = "GET" // what follows is the marker
	}
}

// judge says what is wrong with what a subject made of the probe; nothing if all is right.
func (p *probe) judge(id string, v view, arrived []arrival, ours bool) error {
	if !ours { // who hands bodies on while they come cannot take back a part
		arrived = slices.DeleteFunc(arrived, func(a arrival) bool { return errors.Is(a.flaw, errCut) })
	}
	for _, a := range arrived {
		if a.flaw != nil && (ours || !lax(a.flaw)) {
			return fmt.Errorf("the upstream got an ambiguous request: %w", a.flaw)
		}
	}
	if v.hung && (ours || len(v.answers) == 0) {
		return fmt.Errorf("the connection hung after %d answers", len(v.answers))
	}
	method, target, body := p.clean(id)
	rest := arrived
	first, second := false, false
	if len(rest) > 0 && rest[0].method == method && rest[0].target == target {
		first = true
		if err := p.sound(rest[0], body); err != nil {
			return err
		}
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0].method == "GET" && rest[0].target == expand("/marker/$ID", id) && rest[0].body == "" {
		second = true
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("the upstream got what nobody sent: %s %s", rest[0].method, rest[0].target)
	}
	if err := p.permitted(first, second, ours); err != nil {
		return err
	}
	return p.told(id, v, first, second, ours)
}

// sound says what is wrong with the request that arrived for the probe.
func (p *probe) sound(a arrival, body string) error {
	if a.body != body {
		return fmt.Errorf("the body that arrived has %d bytes, want %d", len(a.body), len(body))
	}
	for _, name := range p.absent {
		if len(a.get(name)) > 0 {
			return fmt.Errorf("the field %s arrived", name)
		}
	}
	for _, f := range a.trailers {
		switch strings.ToLower(f.name) {
		case "content-length", "transfer-encoding", "host":
			return fmt.Errorf("the trailer %s arrived", f.name)
		}
	}
	return nil
}

// permitted says what may not have arrived.
func (p *probe) permitted(first, second, ours bool) error {
	switch {
	case first && (p.want == reject || p.want == deny || ours && (p.want == strict || p.want == last)):
		return fmt.Errorf("it was passed on")
	case second && (p.want == reject || p.want == last):
		return fmt.Errorf("what follows it was passed on")
	case second && ours && p.want == strict:
		return fmt.Errorf("what follows it was passed on")
	case p.want == control && !first:
		return fmt.Errorf("it did not arrive")
	case p.want == control && !second && !p.alone:
		return fmt.Errorf("what follows it did not arrive")
	}
	return nil
}

// told says what is wrong with what the client was told, given what arrived.
func (p *probe) told(id string, v view, first, second, ours bool) error {
	answers := v.answers
	method, target, body := p.clean(id)
	if first {
		want := method + " " + target + "\n" + body
		if len(answers) == 0 || answers[0].status != 200 || answers[0].body != want && method != "HEAD" {
			return fmt.Errorf("it arrived, and the client was told %v", statuses(answers))
		}
		answers = answers[1:]
	} else {
		if ours && (len(answers) == 0 || !p.rightStatus(answers[0].status)) {
			return fmt.Errorf("refused by %v, want %v", statuses(answers), p.status)
		}
		if len(answers) > 0 && answers[0].status >= 400 {
			answers = answers[1:]
		}
	}
	if second {
		if len(answers) == 0 || answers[0].status != 200 || answers[0].body != expand("GET /marker/$ID\n", id) {
			return fmt.Errorf("what follows arrived, and the client was told %v", statuses(answers))
		}
		answers = answers[1:]
	} else if len(answers) > 0 && answers[0].status >= 400 && p.want != reject && p.want != last {
		answers = answers[1:]
	}
	if len(answers) > 0 || v.broken && ours {
		return fmt.Errorf("answers that belong to no request: %v, broken %v", statuses(answers), v.broken)
	}
	for _, a := range v.answers {
		if a.status >= 400 && strings.Contains(a.body+fmt.Sprint(a.header), secret) {
			return fmt.Errorf("the refusal shows the number")
		}
	}
	return nil
}

func (p *probe) rightStatus(status int) bool {
	if len(p.status) == 0 {
		return status == 400
	}
	return slices.Contains(p.status, status)
}

func statuses(answers []answer) []int {
	all := []int{}
	for _, a := range answers {
		all = append(all, a.status)
	}
	return all
}
