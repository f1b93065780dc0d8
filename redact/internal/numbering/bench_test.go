package numbering

import "testing"

// judged are numbers for benchmarks: plans of one region, of many, national prefixes, rewritten ones, and no number at all.
var judged = []struct {
	name, digits, region string
}{
	{"GR mobile", "306912345678", ""},
	{"US", "12015550123", ""},
	{"VI, last of its code", "13406421234", ""},
	{"GB mobile", "447400123456", ""},
	{"DE fixed line", "4930123456", ""},
	{"CN mobile", "8613123456789", ""},
	{"AR mobile", "5491123456789", ""},
	{"unassigned code", "2101234567", ""},
	{"GB with its prefix", "07400123456", "GB"},
	{"GR with exit code", "00306912345678", "GR"},
	{"AR, rewritten", "0111523456789", "AR"},
	{"BR with carrier code", "0152111961234567", "BR"},
	{"US with its own code", "12015550123", "US"},
}

var sink Number

func BenchmarkJudge(b *testing.B) {
	for _, c := range judged {
		digits := []byte(c.digits)
		region, _ := ParseRegion(c.region)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if region == 0 {
					sink = International(digits)
				} else {
					sink = National(digits, region)
				}
			}
		})
	}
}

func BenchmarkCallingCode(b *testing.B) {
	digits := []byte("35799123456")
	for b.Loop() {
		if code, _ := CallingCode(digits); code != 357 {
			b.Fatal(code)
		}
	}
}
