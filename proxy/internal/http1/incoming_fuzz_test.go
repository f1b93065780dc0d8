package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzIncoming holds the reading of requests to two laws: it is the same in whatever pieces they come, and what it takes
// net/http takes too and reads in the same way, one request after the other.
func FuzzIncoming(f *testing.F) {
	for _, c := range inputs {
		f.Add([]byte(c.raw), uint8(3))
	}
	f.Fuzz(func(t *testing.T, raw []byte, size uint8) {
		var whole, parts strings.Builder
		other := bufio.NewReader(bytes.NewReader(raw))
		s := watch(&whole, 30000)
		handle := s.options.Handle
		s.options.Handle = func(in *Incoming) {
			before := whole.Len()
			handle(in)
			if class, _ := in.Failed(); class == 0 {
				compare(t, in, other, whole.String()[before:])
			}
		}
		s.ServeConn(&pieces{text: string(raw), size: max(1, len(raw))})
		watch(&parts, 30000).ServeConn(&pieces{text: string(raw), size: max(1, int(size))})
		if whole.String() != parts.String() {
			t.Errorf("%q: whole %q, in pieces %q", raw, whole.String(), parts.String())
		}
	})
}

// compare reads the same request with net/http, and compares it with what was taken and what of it was seen.
func compare(t *testing.T, in *Incoming, from *bufio.Reader, seen string) {
	if next, _ := from.Peek(2); string(next) == "\r\n" {
		_, _ = from.Discard(2) // net/http takes no empty line before a request
	}
	want, err := http.ReadRequest(from)
	if err != nil {
		if strings.Contains(err.Error(), "parse ") {
			t.Skip("net/http judges the target too")
		}
		t.Fatalf("net/http refuses what is taken: %v", err)
	}
	body, err := io.ReadAll(want.Body)
	if in.taken && (err != nil || seen != want.Method+" "+want.RequestURI+" ["+string(body)+"]") {
		t.Fatalf("saw %q, net/http: %q, %v", seen, body, err)
	}
	if string(in.Method) != want.Method || string(in.Target) != want.RequestURI || in.HTTP10 != (want.ProtoMinor == 0) {
		t.Errorf("%s %s, net/http: %s %s %s", in.Method, in.Target, want.Method, want.RequestURI, want.Proto)
	}
	if in.Fields.Hosts == 1 && string(in.Fields.Host()) != want.Host {
		t.Errorf("host %q, net/http: %q", in.Fields.Host(), want.Host)
	}
	if chunked := len(want.TransferEncoding) > 0; chunked != in.Fields.Chunked || !chunked && max(in.Fields.ContentLength, 0) != want.ContentLength {
		t.Errorf("length %d, chunked %t, net/http: %d, %v", in.Fields.ContentLength, in.Fields.Chunked, want.ContentLength, want.TransferEncoding)
	}
	if want.Close != (in.Fields.Close || in.HTTP10 && !in.Fields.KeepAlive) {
		t.Errorf("close %t, net/http: %t", in.Fields.Close, want.Close)
	}
	compareFields(t, &in.Fields, want.Header)
}

// compareFields compares all values of each field, in their order, but for those that net/http takes out.
func compareFields(t *testing.T, f *Fields, want http.Header) {
	got := http.Header{}
	for c := f.All(); c.Next(); {
		name := http.CanonicalHeaderKey(string(c.Name))
		switch name {
		case "Host", "Transfer-Encoding", "Trailer":
		default:
			got[name] = append(got[name], string(c.Value))
		}
	}
	delete(want, "Trailer")
	delete(want, "Transfer-Encoding")
	for name, values := range got {
		if strings.Join(values, "\n") != strings.Join(want[name], "\n") {
			t.Errorf("%s: %q, net/http: %q", name, values, want[name])
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is net/http's only", name)
		}
	}
}
