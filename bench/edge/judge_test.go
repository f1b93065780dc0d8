package edge

import (
	"bufio"
	"strings"
	"testing"
	"time"
)

// arrivals are what a recorder would make of these bytes.
func arrivals(raw string) (all []arrival) {
	in := strictReader{src: bufio.NewReader(strings.NewReader(raw))}
	for {
		m, flaw := in.next()
		if m == nil {
			return all
		}
		all = append(all, arrival{m, flaw})
	}
}

// TestJudge holds the judge to finding what it is there for, in views that no proxy of ours gives.
func TestJudge(t *testing.T) {
	const id = "k0000z"
	hostile := probe{raw: get("X A: b"), want: reject}
	forgiven := probe{raw: get("X-A: b", " c"), want: strict}
	honest := probe{raw: post("hello", length5), body: "hello", want: control}
	nominated := probe{raw: get("Connection: X-A", "X-A: b"), want: either, absent: []string{"X-A"}}
	first := get()
	echoed := func(m string, body string) answer {
		return answer{status: 200, body: m + " " + expand(target, id) + "\n" + body}
	}
	marked := answer{status: 200, body: expand("GET /marker/$ID\n", id)}
	refused := answer{status: 400}
	answers := func(a ...answer) view { return view{answers: a} }
	for _, tt := range []struct {
		name    string
		probe   probe
		view    view
		arrived string
		ours    bool
		ok      bool
	}{
		{"refused", hostile, answers(refused), "", true, true},
		{"closed without a word", hostile, answers(), "", false, true},
		{"closed without a word by us", hostile, answers(), "", true, false},
		{"refused by another status", hostile, answers(answer{status: 404}), "", true, false},
		{"hung", hostile, view{hung: true}, "", false, false},
		{"hung after a refusal of ours", hostile, view{answers: []answer{refused}, hung: true}, "", true, false},
		{"passed on", hostile, answers(echoed("GET", ""), marked), first + marker, false, false},
		{"followed", hostile, answers(refused, marked), marker, false, false},
		{"answered twice", hostile, answers(refused, refused), "", false, false},
		{"ambiguous", forgiven, answers(echoed("GET", ""), marked), get("X-A: b", " c") + marker, false, false},
		{"forgiven by another", forgiven, answers(echoed("GET", ""), marked), first + marker, false, true},
		{"forgiven by us", forgiven, answers(echoed("GET", ""), marked), first + marker, true, false},
		{"smuggled", honest, answers(echoed("POST", "hello"), marked), post("hello", length5) + smuggled + "x\r\n\r\n" + marker, false, false},
		{"another method", honest, answers(echoed("POST", "hello"), marked), first + marker, false, false},
		{"arrived", honest, answers(echoed("POST", "hello"), marked), post("hello", length5) + marker, true, true},
		{"arrived in chunks", honest, answers(echoed("POST", "hello"), marked), chunked("5\r\nhello\r\n0\r\n\r\n") + marker, true, true},
		{"another body", honest, answers(echoed("POST", "hello"), marked), post("hell", "Content-Length: 4") + marker, true, false},
		{"twice", honest, answers(echoed("POST", "hello"), marked), post("hello", length5) + post("hello", length5) + marker, true, false},
		{"lost", honest, answers(echoed("POST", "hello"), marked), marker, true, false},
		{"a refused control", honest, answers(refused), "", true, false},
		{"the answers of another", honest, answers(marked, echoed("POST", "hello")), post("hello", length5) + marker, true, false},
		{"an answer too many", honest, answers(echoed("POST", "hello"), marked, marked), post("hello", length5) + marker, true, false},
		{"hop by hop", nominated, answers(echoed("GET", ""), marked), get("X-A: b") + marker, true, false},
		{"a trailer that frames", honest, answers(echoed("POST", "hello"), marked), chunked("5\r\nhello\r\n0\r\nHost: b\r\n\r\n") + marker, true, false},
		{"the number in a refusal", hostile, answers(answer{status: 400, body: secret}), "", true, false},
	} {
		if err := tt.probe.judge(id, tt.view, arrivals(expand(tt.arrived, id)), tt.ours); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestFaultJudge holds the judge of faults to finding what it is there for.
func TestFaultJudge(t *testing.T) {
	const id = "k0000z"
	good := told{status: 200, whole: true, body: "POST /k0000z"}
	unknown := told{status: 504, whole: true, unknown: true}
	failed := told{status: 502, whole: true}
	for _, tt := range []struct {
		name    string
		want    fate
		o       told
		arrived int
		ours    bool
		ok      bool
	}{
		{"twice", succeeds, good, 2, false, false},
		{"well", succeeds, good, 1, true, true},
		{"lost", succeeds, good, 0, false, false},
		{"the answer of another", succeeds, told{status: 200, whole: true, body: "k0001z"}, 1, false, false},
		{"half an answer", succeeds, told{status: 200, body: id}, 1, false, false},
		{"a false success", fails, good, 1, false, false},
		{"half a false success", fails, told{status: 200, body: "x"}, 1, true, true},
		{"a failure that is none", fails, failed, 1, true, false},
		{"a failure of another", fails, failed, 1, false, true},
		{"not known", fails, unknown, 1, true, true},
		{"no failure of the upstream", fails, told{status: 404, whole: true}, 0, true, false},
		{"forgiven by us", forgiven, good, 1, true, false},
		{"forgiven by another", forgiven, good, 1, false, true},
		{"known to be unwritten", unwritten, failed, 0, true, true},
		{"not known to be unwritten", unwritten, unknown, 0, true, false},
		{"the number in a failure", fails, told{status: 504, whole: true, unknown: true, body: secret}, 1, false, false},
		{"late", fails, told{status: 504, whole: true, unknown: true, took: patience}, 1, true, false},
	} {
		f := fault{faulty: &faulty{behaviour: &behaviour{want: tt.want}, seen: map[string]int{id: tt.arrived}}}
		if err := f.judge(&tt.o, id, tt.ours); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestCanaryJudge tells a machine that is busy from a proxy that turns an honest client away.
func TestCanaryJudge(t *testing.T) {
	for _, tt := range []struct {
		name            string
		took            int
		lost            map[string]int
		strictly, loose bool
	}{
		{"all served", 100, nil, true, true},
		{"few served", 3, nil, false, true},
		{"none served", 0, map[string]int{clientTimedOut: 1}, false, false},
		{"one late", 100, map[string]int{"504 timeout": 1}, false, true},
		{"many late", 100, map[string]int{"504 timeout": 5, clientTimedOut: 5}, false, false},
		{"one turned away", 1000, map[string]int{"503 busy": 1}, false, false},
		{"one reset", 1000, map[string]int{"reset": 1}, false, false},
		{"one that found nobody", 1000, map[string]int{"refused connection": 1}, false, false},
	} {
		c := canary{took: make([]time.Duration, tt.took), lost: tt.lost}
		if strictly, loose := c.served(true), c.served(false); strictly != tt.strictly || loose != tt.loose {
			t.Errorf("%s: strictly %v, else %v", tt.name, strictly, loose)
		}
	}
}
