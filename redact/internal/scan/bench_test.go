package scan

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// lineOf returns a line of an access log, 264 bytes long, that ends with what.
func lineOf(what string) string {
	const head = `2026-11-23T07:15:01.916Z INFO [http-nio-8080-exec-3] c.e.sms.MessageController - POST /v1/messages 200 12ms ` +
		`id=7c1f7b0e-3a8d-4c52-9f1e-2d5a6b7c8d90 route=sms connector=gr-1 bytes_in=206 `
	return head + strings.Repeat("x", 264-1-len(head)-len(what)) + what + "\n"
}

var benchTexts = []struct {
	name string
	unit string
}{
	{"prose", "The quick brown fox jumps over the lazy dog while nobody in the office counts what it costs to read on. "},
	{"clean", lineOf("")},
	{"phone", lineOf(" to=+306912345678")},
	{"keyed", lineOf(" to=306912345678")},
	{"email", lineOf(" user=ada@example.com")},
	{"ip", lineOf(" client=203.0.113.45")},
	{"percent", lineOf(" /sms?to=%2B306912345678&x=1")},
	{"greek", "Καλημέρα, το μήνυμά σας παραδόθηκε και κανείς δεν το διάβασε εκτός από εσάς, όπως πρέπει. "},
	{"json", `{"id":"7c1f7b0e-3a8d-4c52-9f1e-2d5a6b7c8d90","status":"delivered","price":0.0412,"at":"2026-11-23T07:15:01.916Z","ok":true} `},
	{"digits", "1234567890"},
	{"plus", "+"},
	{"at", "@"},
	{"colon", ":"},
	{"dot", "."},
	{"%2B", "%2B"},
	{"%26", "%26"},
	{"%5C", "%5C1"},
	{"entities", "%26%2343%3B"},
	{"mixed", mixed()},
	{"dotted", "1.2.3.4.5.6.7."},
	{"groups", "12 34 56 "},
	{"pluses", "+1234567"},
	{"commas", `"1234567",`},
	{"emails", "a@"},
	{"hex", "a:b:"},
	{"backslash", `\`},
	{"ampersand", "&"},
	{"arabic", "٣"},
}

// mixed returns the bytes that others are hostile with, in no order.
func mixed() string {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < 1<<16 {
		b.WriteString([]string{"0", "1", "2", "7", "+", "@", ":", ".", "%2B", "%2B"}[rnd.IntN(10)])
	}
	return b.String()
}

func BenchmarkScan(b *testing.B) {
	for _, bench := range benchTexts {
		text := bytes.Repeat([]byte(bench.unit), 1<<20/len(bench.unit))
		for _, o := range []struct {
			name    string
			options Options
		}{{"log", Options{}}, {"message", Options{Profile: Message}}} {
			s := mustNew(b, o.options)
			b.Run(bench.name+"/"+o.name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				found := 0
				for b.Loop() {
					c := s.Scan(text, KeyNone)
					for c.Next() {
						found++
					}
					c.Close()
				}
				b.ReportMetric(float64(found)/float64(b.N)/float64(len(text))*1000, "findings/kB")
			})
		}
	}
}
