package walk

import (
	"bytes"
	"io"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
)

const twoParts = "--b\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n+306912345678\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\ny\r\n--b--\r\n"

var multipartCases = []struct {
	in, boundary string
	want         string // name, type, file and content of each part
	class        Class
}{
	{twoParts, "b", `to//false/+306912345678|file/text/plain/true/x` + "\r\n" + `y`, 0},
	{"--b--", "b", "", 0},
	{"preamble\r\n--b\r\n\r\n\r\n--b--epilogue", "b", "//false/", 0},
	{"--b\r\n\r\n--b--", "b", "//false/", 0},
	{"--b \t\r\n\r\nx\r\n--bc\r\n--b\t\r\n\r\ny\r\n--b--", "b", "//false/x\r\n--bc|//false/y", 0},
	{"--b\r\nCONTENT-DISPOSITION:form-data;NAME=to ; x=1\r\n\r\n1\r\n--b--", "b", "to//false/1", 0},
	{"--b\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\n1\r\n--b--", "b", `a\"b//false/1`, 0},
	{"", "b", "", Truncated},
	{"--b\r\n", "b", "", Truncated},
	{"--b\r\n\r\nx", "b", "", Truncated},
	{"--b\n\nx\n--b--", "b", "", Syntax},
	{"--bc\r\n\r\n--b--", "b", "", Syntax},
	{"--b\r\nno colon\r\n\r\nx\r\n--b--", "b", "", Syntax},
	{"--b\r\nA: b", "b", "", Truncated},
	{"--b\r\nA: " + strings.Repeat("x", maxPartHead) + "\r\n\r\n\r\n--b--", "b", "", TooMany},
	{"--b--", "", "", Syntax},
}

func TestMultipart(t *testing.T) {
	for _, tc := range multipartCases {
		src := []byte(tc.in)
		var got []string
		var m Multipart
		for m.Reset(src, []byte(tc.boundary)); m.Next(); {
			file := "false"
			if m.File {
				file = "true"
			}
			got = append(got, string(src[m.NameStart:m.NameEnd])+"/"+string(src[m.TypeStart:m.TypeEnd])+"/"+file+"/"+string(src[m.Start:m.End]))
		}
		if m.err.Class != tc.class || tc.class == 0 && strings.Join(got, "|") != tc.want {
			t.Errorf("%.60q: %q and %v, want %q and %v", tc.in, got, m.Err(), tc.want, tc.class)
		}
	}
}

// FuzzMultipart holds the cursor to mime/multipart: of a body that both take to its end, the contents are the same. Line breaks
// without a carriage return are left out, because mime/multipart takes them for a delimiter's and RFC 2046 does not.
func FuzzMultipart(f *testing.F) {
	for _, tc := range multipartCases {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		src = bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\r")), []byte("\n"), nil)
		src = bytes.ReplaceAll(src, []byte("\r"), []byte("\r\n"))
		var m Multipart
		var got [][]byte
		for m.Reset(src, []byte("b")); m.Next(); {
			if m.Start > m.End || m.End > len(src) || m.NameEnd < m.NameStart || m.TypeEnd < m.TypeStart {
				t.Fatalf("%q: part %+v", src, m)
			}
			got = append(got, src[m.Start:m.End])
		}
		want, err := partsOf(src)
		if m.Err() != nil || err != nil {
			return
		}
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("%q: parts %q, and %q in mime/multipart", src, got, want)
		}
	})
}

// partsOf reads the contents of all parts with mime/multipart, which is stricter about header lines.
func partsOf(src []byte) (all [][]byte, err error) {
	for r := multipart.NewReader(bytes.NewReader(src), "b"); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
}
