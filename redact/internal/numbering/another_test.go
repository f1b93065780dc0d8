package numbering

import (
	"testing"
)

// TestAnother holds what stands for a number of every region and type to being one like it, and another. Where it is the only
// one of its type and length there is none.
func TestAnother(t *testing.T) {
	seen, only := 0, 0
	for _, e := range examples(t) {
		d := e.code + e.national
		was := International([]byte(d))
		if !was.Valid || string(was.AppendE164(nil)) != d {
			continue
		}
		seen++
		for seed := range uint64(20) {
			got := string(AppendAnother(nil, []byte(d), seed))
			is := International([]byte(got))
			if got == d || len(got) != len(d) {
				t.Errorf("%s of %s became %q", was.Region, was.Type, got)
			}
			if !is.Valid {
				only++
				break
			}
			if is.Region != was.Region || is.Type != was.Type || is.CallingCode != was.CallingCode {
				t.Errorf("a number of %s, %s became one of %s, %s", was.Region, was.Type, is.Region, is.Type)
			}
			if again := string(AppendAnother(nil, []byte(d), seed)); again != got {
				t.Errorf("the same seed gave two numbers")
			}
		}
	}
	t.Logf("%d numbers, %d of which are the only ones like them", seen, only)
	if seen < 1000 || only > 5 {
		t.Error("too few numbers became others of their kind")
	}
}

// TestAnotherIsFiction holds numbers of regions that keep some for fiction to them.
func TestAnotherIsFiction(t *testing.T) {
	for _, c := range []struct{ digits, begins string }{
		{"12125552368", "1###55501##"}, {"14165552368", "1###55501##"}, {"447911123457", ""}, {"442071838750", "44"},
		{"33123456789", "33"}, {"61412345678", "61491570###"}, {"61293744000", "61"},
		{"46701234567", "467017406##"}, {"491711234567", "49"}, {"4930123456", "49"},
	} {
		got := string(AppendAnother(nil, []byte(c.digits), 7))
		if len(c.begins) > 2 && !like(got, c.begins) {
			t.Errorf("%s became %s, want one like %s", c.digits, got, c.begins)
		}
		t.Log(c.digits, got)
	}
}

func like(digits, pattern string) bool {
	for i := range len(pattern) {
		if pattern[i] != '#' && pattern[i] != digits[i] {
			return false
		}
	}
	return len(digits) == len(pattern)
}

// TestFictionIsValid holds every pattern to being of use: the plans know numbers like it.
func TestFictionIsValid(t *testing.T) {
	for _, f := range fiction {
		code := appendCode(nil, f.region.CallingCode(), codeDigits(f.region.CallingCode()))
		w := another{digits: make([]byte, len(code)+len(f.pattern)), root: codes[rowOfCode[f.region.CallingCode()]].numbers, draw: 1}
		copy(w.digits, code)
		ok := false
		for range 200 {
			if w.fill(len(code), f.pattern) {
				n := International(w.digits)
				ok = ok || n.Valid && n.Region == f.region
			}
		}
		if !ok {
			t.Errorf("%s %s: no plan has it", f.region, f.pattern)
		}
	}
}

// TestAnotherInvalid holds what is no number to staying none, of the same length.
func TestAnotherInvalid(t *testing.T) {
	for _, d := range hostile {
		if !allDigits([]byte(d)) {
			continue
		}
		for seed := range uint64(20) {
			got := string(AppendAnother(nil, []byte(d), seed))
			if len(got) != len(d) || d != "" && d != "0" && got == d {
				t.Errorf("%q became %q", d, got)
			}
			if International([]byte(got)).Valid && !International([]byte(d)).Valid {
				t.Errorf("%q became the valid number %q", d, got)
			}
		}
	}
}

func TestAnotherAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	dst, d := make([]byte, 0, 64), []byte("306912345678")
	if n := testing.AllocsPerRun(100, func() { AppendAnother(dst, d, 3) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAnother(b *testing.B) {
	dst := make([]byte, 0, 64)
	for _, d := range []string{"306912345678", "12125552368", "491711234567"} {
		b.Run(d, func(b *testing.B) {
			seed := uint64(0)
			for b.Loop() {
				seed++
				AppendAnother(dst, []byte(d), seed)
			}
		})
	}
}
