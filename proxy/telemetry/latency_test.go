package telemetry

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"
	"time"
)

var exemplar = regexp.MustCompile(`(?m)^piiproxy_(\w*request_duration)_seconds_bucket\{.*\} \d+ # \{(.*?)\} `)

// exemplars returns the exemplars of histograms as OpenMetrics has them, with the histogram in front.
func exemplars(t *testing.T, m *Metrics) (all []string) {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	m.Handler().ServeHTTP(w, r)
	for _, found := range exemplar.FindAllStringSubmatch(w.Body.String(), -1) {
		all = append(all, found[1]+" "+found[2])
	}
	slices.Sort(all)
	return all
}

// TestExemplars keeps one a bucket and a second, of exchanges that have spans, and nothing but the id of the trace.
func TestExemplars(t *testing.T) {
	m := NewMetrics(build)
	h := m.Generation(shape())
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	observe := func(id uint64, after, took time.Duration, sampled bool) {
		r := full()
		r.Start, r.Elapsed, r.Upstream, r.TraceID, r.Sampled = start.Add(after), took, took, ID{1, id}, sampled
		h.Observe(&r)
	}
	observe(1, 0, time.Millisecond, false)
	if got := exemplars(t, m); len(got) != 0 {
		t.Errorf("of an exchange without spans: %q", got)
	}
	observe(2, 0, 3*time.Millisecond, true)
	observe(3, time.Millisecond, 3*time.Millisecond, true) // too early
	observe(4, time.Millisecond, time.Minute, true)        // of another bucket
	want := []string{
		`request_duration trace_id="00000000000000010000000000000002"`, `request_duration trace_id="00000000000000010000000000000004"`,
		`upstream_request_duration trace_id="00000000000000010000000000000002"`, `upstream_request_duration trace_id="00000000000000010000000000000004"`,
	}
	if got := exemplars(t, m); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	observe(5, time.Second, 3*time.Millisecond, true)
	if got := exemplars(t, m); len(got) != 4 || got[1] != `request_duration trace_id="00000000000000010000000000000005"` {
		t.Errorf("a second later: %q", got)
	}
}

// TestExemplarsDoNotGrow allocates for the first exemplar of a second only.
func TestExemplarsDoNotGrow(t *testing.T) {
	h := NewMetrics(build).Generation(shape())
	r := full()
	r.Sampled = true
	h.Observe(&r)
	if n := testing.AllocsPerRun(1000, func() { h.Observe(&r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
