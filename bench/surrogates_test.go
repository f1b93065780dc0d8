package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers/v2"

	"github.com/piiproxy/piiproxy/redact"
)

// TestSurrogates puts the corpus through the surface of captures, and holds what comes out to being found as the same: as many findings
// of the same kinds and regions, of which none is left. libphonenumber says what sort of number each international one is.
func TestSurrogates(t *testing.T) {
	rows := slices.DeleteFunc(makeCorpus(9, 250), func(r row) bool { return len(r.spans) == 0 })
	keys, err := redact.NewKeyring("default", time.Now(), []byte("01234567890123456789012345678901"))
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families(rows) {
		n, left, alike, plans, planned := 0, 0, 0, 0, 0
		for _, r := range rows {
			if r.family != family {
				continue
			}
			out := surrogated(t, &r, keys)
			n++
			for _, s := range r.spans {
				if strings.Contains(out, r.text[s.Start:s.End]) {
					left++
				}
			}
			if was, is := foundIn(t, &r, r.text), foundIn(t, &r, out); sameFindings(was, is) {
				alike++
			} else if testing.Verbose() && n-alike < 4 {
				t.Logf("%s\n%s\n%v\n%v", r.text, out, was, is)
			}
			if family == "phone in prose, international" {
				if _, err := phonenumbers.Parse(r.text[r.spans[0].Start:r.spans[0].End], "ZZ"); err != nil {
					continue // it has an exit code, or is written in a way that the library does not read
				}
				planned++
				if samePlan(r.text[r.spans[0].Start:r.spans[0].End], out[r.spans[0].Start:min(r.spans[0].End, len(out))]) {
					plans++
				}
			}
		}
		t.Logf("%s: %d rows, %d values left, %d found alike, %d of %d numbers of the same plan", family, n, left, alike, plans, planned)
		if left > 0 || alike*100 < n*98 || plans*1000 < planned*990 {
			t.Errorf("%s: %d values of %d rows are left, %d rows are found alike, %d of %d numbers have the same plan", family, left, n, alike, plans, planned)
		}
	}
}

func surrogated(t *testing.T, r *row, keys *redact.Keyring) string {
	t.Helper()
	policy, err := redact.Compile(redact.Spec{Regions: regionsOf(r), Surfaces: map[string]redact.SurfaceSpec{redact.SurfaceCapture: {}}}, keys)
	if err != nil {
		t.Fatal(err)
	}
	surface, err := policy.Surface(redact.SurfaceCapture)
	if err != nil {
		t.Fatal(err)
	}
	return string(surface.AppendText(redact.Masked{}, []byte(r.text), nil).Bytes())
}

func regionsOf(r *row) []string {
	if r.region == "" {
		return nil
	}
	return []string{r.region}
}

func foundIn(t *testing.T, r *row, text string) []redact.Found {
	t.Helper()
	d, err := redact.NewDetector("message", regionsOf(r))
	if err != nil {
		t.Fatal(err)
	}
	return d.Find(nil, []byte(text))
}

func sameFindings(a, b []redact.Found) bool {
	return slices.EqualFunc(a, b, func(x, y redact.Found) bool { return x.Kind == y.Kind && x.Region == y.Region })
}

// samePlan reports whether two international numbers belong to the same region and the same type of line.
func samePlan(a, b string) bool {
	x, errX := phonenumbers.Parse(a, "ZZ")
	y, errY := phonenumbers.Parse(b, "ZZ")
	return errX == nil && errY == nil && phonenumbers.GetNumberType(x) == phonenumbers.GetNumberType(y) &&
		phonenumbers.GetRegionCodeForNumber(x) == phonenumbers.GetRegionCodeForNumber(y)
}
