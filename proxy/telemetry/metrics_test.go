package telemetry

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/piiproxy/piiproxy/redact"
)

var build = Build{Version: "v0.1.0", Revision: "abc", Go: "go1.26", Metadata: "9.0.1"}

func shape() Shape {
	return Shape{
		Listeners: []redact.Name{name("api"), name("egress")},
		Routes: []RouteShape{
			{Listener: name("api"), Route: name("all"), Upstream: name("cpaas")},
			{Listener: name("egress"), Route: name("sms"), Upstream: name("gateway"), Connector: name("operator-1")},
		},
		Surfaces: []redact.Name{name("log"), name("trace")},
	}
}

// series returns the samples of the proxy's own metrics as the text format has them, by series.
func series(t *testing.T, m *Metrics) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	all := map[string]string{}
	for l := range strings.Lines(w.Body.String()) {
		if at := strings.LastIndexByte(l, ' '); strings.HasPrefix(l, namespace) {
			all[l[:at]] = strings.TrimSpace(l[at+1:])
		}
	}
	return all
}

func check(t *testing.T, got map[string]string, want map[string]string) {
	t.Helper()
	for s, v := range want {
		if g, ok := got[s]; !ok || g != v {
			t.Errorf("%s is %q, want %q", s, g, v)
		}
	}
}

func TestAllSeriesStandAtZeroFromTheStart(t *testing.T) {
	m := NewMetrics(build)
	m.Generation(shape())
	m.Suppressor("http_server")
	s := NewSink(&memory{}, SinkOptions{})
	defer closeSink(t, s)
	m.WatchSink(name("access-log"), s)
	got := series(t, m)
	for _, want := range []string{
		`piiproxy_requests_total{code="2xx",listener="api",outcome="answered",route="all"}`,
		`piiproxy_requests_total{code="4xx",listener="api",outcome="refused",route=""}`,
		`piiproxy_requests_total{code="5xx",listener="egress",outcome="unknown",route="sms"}`,
		`piiproxy_request_duration_seconds_count{listener="egress",route="sms"}`,
		`piiproxy_upstream_request_duration_seconds_count{connector="operator-1",upstream="gateway"}`,
		`piiproxy_upstream_request_duration_seconds_count{connector="",upstream="cpaas"}`,
		`piiproxy_upstream_errors_total{connector="operator-1",reason="malformed_answer",upstream="gateway"}`,
		`piiproxy_refusals_total{reason="no_route"}`,
		`piiproxy_projection_refusals_total{connector="operator-1",reason="separator"}`,
		`piiproxy_connector_fields_total{connector="operator-1",result="dropped"}`,
		`piiproxy_findings_total{action="token",kind="phone",surface="log"}`,
		`piiproxy_findings_total{action="mask",kind="secret",surface="trace"}`,
		`piiproxy_sink_queue_lines{sink="access-log"}`,
		`piiproxy_sink_queue_used_ratio{sink="access-log"}`,
		`piiproxy_sink_dropped_lines_total{reason="queue_full",sink="access-log"}`,
		`piiproxy_log_messages_suppressed_total{source="http_server"}`,
		`piiproxy_config_reloads_total{result="failure"}`,
		`piiproxy_panics_total`,
		`piiproxy_in_flight_exchanges`,
	} {
		if got[want] != "0" {
			t.Errorf("%s is %q", want, got[want])
		}
	}
	for s := range got {
		if strings.Contains(s, `outcome="refused"`) && strings.Contains(s, `code="2xx"`) ||
			strings.Contains(s, `reason="none"`) || strings.Contains(s, "invalid") {
			t.Errorf("%s cannot be", s)
		}
		if got[s] != "0" && !strings.HasPrefix(s, "piiproxy_build_info") {
			t.Errorf("%s is %s", s, got[s])
		}
	}
}

func TestObserve(t *testing.T) {
	m := NewMetrics(build)
	h := m.Generation(shape())
	r := full() // refused by the projection of operator-1
	r.Upstream = 0
	h.Observe(&r)
	failed := full()
	failed.Outcome, failed.Reason, failed.ProjectionReason, failed.Status = Unknown, ReasonTimeout, 0, 504
	failed.Flow = redact.Flow{Passed: 3}
	h.Observe(&failed)
	h.Observe(&Record{Listener: name("api"), Outcome: Refused, Reason: ReasonNoRoute, Status: 404})
	h.Observe(&Record{Listener: name("api"), Route: name("all"), Status: 204, Elapsed: 2 * time.Second, BytesIn: 7})
	h.Observe(&Record{Listener: name("api"), Route: name("all"), Outcome: Panicked, Reason: ReasonPanic, Status: 500})
	h.Observe(&Record{Listener: name("gone"), Route: name("gone"), Outcome: 99, Reason: 99, ProjectionReason: 99, Status: -1})
	h.Observe(&Record{Listener: name("egress"), Route: name("sms"), Outcome: 99, Reason: 99, ProjectionReason: 99, Status: 99, BytesIn: -1})
	m.Panicked()
	check(t, series(t, m), map[string]string{
		`piiproxy_requests_total{code="4xx",listener="egress",outcome="refused",route="sms"}`:         "1",
		`piiproxy_requests_total{code="5xx",listener="egress",outcome="unknown",route="sms"}`:         "1",
		`piiproxy_requests_total{code="4xx",listener="api",outcome="refused",route=""}`:               "1",
		`piiproxy_requests_total{code="2xx",listener="api",outcome="answered",route="all"}`:           "1",
		`piiproxy_requests_total{code="5xx",listener="api",outcome="panicked",route="all"}`:           "1",
		`piiproxy_requests_total{code="5xx",listener="egress",outcome="panicked",route="sms"}`:        "1",
		`piiproxy_request_duration_seconds_count{listener="api",route="all"}`:                         "2",
		`piiproxy_request_duration_seconds_bucket{listener="api",route="all",le="1"}`:                 "1",
		`piiproxy_request_duration_seconds_bucket{listener="api",route="all",le="2.5"}`:               "2",
		`piiproxy_upstream_request_duration_seconds_count{connector="operator-1",upstream="gateway"}`: "1",
		`piiproxy_upstream_errors_total{connector="operator-1",reason="timeout",upstream="gateway"}`:  "1",
		`piiproxy_upstream_errors_total{connector="operator-1",reason="connect",upstream="gateway"}`:  "0",
		`piiproxy_refusals_total{reason="projection"}`:                                                "1",
		`piiproxy_refusals_total{reason="no_route"}`:                                                  "1",
		`piiproxy_projection_refusals_total{connector="operator-1",reason="missing"}`:                 "1",
		`piiproxy_connector_fields_total{connector="operator-1",result="passed"}`:                     "5",
		`piiproxy_connector_fields_total{connector="operator-1",result="dropped"}`:                    "5",
		`piiproxy_connector_fields_total{connector="operator-1",result="refused"}`:                    "1",
		`piiproxy_findings_total{action="mask",kind="phone",surface="log"}`:                           "2",
		`piiproxy_findings_total{action="drop",kind="text",surface="log"}`:                            "2",
		`piiproxy_findings_total{action="mask",kind="phone",surface="trace"}`:                         "0",
		`piiproxy_request_body_bytes_total{listener="api",route="all"}`:                               "7",
		`piiproxy_request_body_bytes_total{listener="egress",route="sms"}`:                            "412",
		`piiproxy_response_body_bytes_total{listener="egress",route="sms"}`:                           "196",
		`piiproxy_panics_total`: "2",
	})
}

func TestReloadKeepsWhatStaysAndEndsWhatIsGone(t *testing.T) {
	m := NewMetrics(build)
	first := m.Generation(shape())
	m.Retain(first)
	r := full()
	first.Observe(&r)

	next := shape()
	next.Routes[0] = RouteShape{Listener: name("api"), Route: name("new"), Upstream: name("cpaas")}
	second := m.Generation(next)
	second.Observe(&r)
	got := series(t, m)
	check(t, got, map[string]string{ // both generations are in use
		`piiproxy_requests_total{code="2xx",listener="api",outcome="answered",route="all"}`:   "0",
		`piiproxy_requests_total{code="2xx",listener="api",outcome="answered",route="new"}`:   "0",
		`piiproxy_requests_total{code="4xx",listener="egress",outcome="refused",route="sms"}`: "2",
	})
	m.Retain(second)
	first.Observe(&Record{Listener: name("api"), Route: name("all"), Status: 200}) // the last exchange of the old one
	got = series(t, m)
	for s := range got {
		if strings.Contains(s, `route="all"`) {
			t.Errorf("%s is still there", s)
		}
	}
	check(t, got, map[string]string{
		`piiproxy_requests_total{code="4xx",listener="egress",outcome="refused",route="sms"}`: "2",
		`piiproxy_request_duration_seconds_count{listener="api",route="new"}`:                 "0",
	})
	if n := len(m.children); n != len(second.children) {
		t.Errorf("%d series remembered, %d in use", n, len(second.children))
	}
}

func TestStateOfTheProcess(t *testing.T) {
	m := NewMetrics(build)
	at := time.Unix(1_700_000_000, 500e6)
	m.Loaded(at)
	m.Reloaded(false, at.Add(time.Hour))
	m.WatchLoad(func() Load {
		return Load{InFlight: 3, InFlightLimit: 10, Connections: 5, Buffered: 7, BufferedLimit: 8}
	})
	m.WatchKeys([]redact.Epoch{{Entity: "gone", ID: "k9", Created: at}})
	m.WatchKeys([]redact.Epoch{
		{Entity: "default", ID: "k1", Created: at, Destroyed: at}, {Entity: "default", ID: "k2", Created: at},
	})
	quiet := m.Suppressor("http_server")
	quiet.Printf("error from %s", "203.0.113.7")
	quiet.Println("+306912345678")
	if n, err := quiet.Write([]byte("+306912345678")); n != 13 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	got := series(t, m)
	check(t, got, map[string]string{
		`piiproxy_config_last_reload_successful`:                                                   "0",
		`piiproxy_config_last_reload_success_timestamp_seconds`:                                    "1.7000000005e+09",
		`piiproxy_config_reloads_total{result="failure"}`:                                          "1",
		`piiproxy_config_reloads_total{result="success"}`:                                          "0",
		`piiproxy_in_flight_exchanges`:                                                             "3",
		`piiproxy_in_flight_limit_exchanges`:                                                       "10",
		`piiproxy_client_connections`:                                                              "5",
		`piiproxy_client_connections_limit`:                                                        "0",
		`piiproxy_buffered_body_bytes`:                                                             "7",
		`piiproxy_buffered_body_limit_bytes`:                                                       "8",
		`piiproxy_keyring_epoch_created_timestamp_seconds{entity="default",epoch="k2"}`:            "1.7000000005e+09",
		`piiproxy_log_messages_suppressed_total{source="http_server"}`:                             "3",
		`piiproxy_build_info{goversion="go1.26",metadata="9.0.1",revision="abc",version="v0.1.0"}`: "1",
	})
	for s := range got {
		if strings.Contains(s, `"k1"`) || strings.Contains(s, `"gone"`) {
			t.Errorf("%s is shown", s)
		}
	}
	m.Reloaded(true, at.Add(time.Hour))
	check(t, series(t, m), map[string]string{
		`piiproxy_config_last_reload_successful`:                "1",
		`piiproxy_config_last_reload_success_timestamp_seconds`: "1.7000036005e+09",
		`piiproxy_config_reloads_total{result="success"}`:       "1",
	})
}

func TestSinkMetricsFollowTheSink(t *testing.T) {
	m := NewMetrics(build)
	s := NewSink(&memory{}, SinkOptions{})
	m.WatchSink(name("access-log"), s)
	s.Write(line(1))
	s.Write(masked(MaxLine + 1))
	closeSink(t, s)
	check(t, series(t, m), map[string]string{
		`piiproxy_sink_written_lines_total{sink="access-log"}`:                   "2",
		`piiproxy_sink_dropped_lines_total{reason="too_long",sink="access-log"}`: "1",
		`piiproxy_sink_errors_total{sink="access-log"}`:                          "0",
	})
	m.WatchSink(name("access-log"), nil)
	for s := range series(t, m) {
		if strings.Contains(s, "access-log") {
			t.Errorf("%s is shown", s)
		}
	}
}

// TestNativeHistogram asks as a Prometheus that takes native histograms does.
func TestNativeHistogram(t *testing.T) {
	m := NewMetrics(build)
	h := m.Generation(shape())
	r := full()
	h.Observe(&r)
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() != "piiproxy_request_duration_seconds" {
			continue
		}
		for _, s := range f.GetMetric() {
			if g := s.GetHistogram(); g.Schema == nil || len(g.GetBucket()) == 0 {
				t.Error("not both classic and native")
			} else if g.GetSampleCount() == 1 && len(g.GetPositiveSpan()) == 0 {
				t.Error("an observation without a native bucket")
			}
		}
		return
	}
	t.Error("no histogram")
}

func TestMetricsAreNamedAfterTheConventions(t *testing.T) {
	m := NewMetrics(build)
	m.Generation(shape())
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, namespace) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestPromtoolCheckMetrics(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	m := NewMetrics(build)
	m.Generation(shape())
	m.Suppressor("http_server")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = w.Body
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), namespace) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestMetricsWhileEverythingMoves(t *testing.T) {
	m := NewMetrics(build)
	h := m.Generation(shape())
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			r := full()
			for range 500 {
				h.Observe(&r)
			}
		})
	}
	wg.Go(func() {
		defer close(stop)
		for range 20 {
			m.Retain(m.Generation(shape()))
			m.Reloaded(true, time.Unix(0, 0))
		}
	})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				series(t, m)
			}
		}
	})
	wg.Wait()
	check(t, series(t, m), map[string]string{
		`piiproxy_requests_total{code="4xx",listener="egress",outcome="refused",route="sms"}`: "2000",
	})
}

func TestObserveDoesNotAllocate(t *testing.T) {
	h := NewMetrics(build).Generation(shape())
	r := full()
	if n := testing.AllocsPerRun(1000, func() { h.Observe(&r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	h := NewMetrics(build).Generation(shape())
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r := full()
		for pb.Next() {
			h.Observe(&r)
		}
	})
}
