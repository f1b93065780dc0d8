package proxy

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

var (
	scale     = flag.Bool("scale", false, "measure how cost grows: TestScale")
	exchanges = flag.Int("exchanges", 40_000, "how many exchanges TestMemoryIsFlat runs")
)

// residentBytes returns the memory of the process that is in use, 0 where the system does not tell.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// point is a cost at a size.
type point struct {
	n    int
	cost time.Duration // of the processor, an exchange
}

// cost measures what an exchange costs the processor: the least of five runs, each long enough for the system to account.
func (h *harness) cost(listener string, raw []byte) time.Duration {
	times := 1
	least := time.Duration(math.MaxInt64)
	for runs := 0; runs < 5; {
		before := cpu()
		h.run(listener, times, same(raw))
		used := cpu() - before
		if used < 40*time.Millisecond {
			times *= 2
			continue
		}
		least = min(least, used/time.Duration(times))
		runs++
	}
	return least
}

// exponent is the slope of the cost over the size in logarithms, by least squares. What the smallest costs, which every exchange
// does, is taken off first: it would hide the growth.
func exponent(points []point) float64 {
	least := points[0]
	var n, x, y, xx, xy float64
	for _, p := range points[1:] {
		lx, ly := math.Log(float64(p.n-least.n)), math.Log(float64(max(p.cost-least.cost, 1)))
		n, x, y, xx, xy = n+1, x+lx, y+ly, xx+lx*lx, xy+lx*ly
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// table prints one series as a row of a Markdown table; steady ones have no exponent.
func table(t *testing.T, what string, points []point, steady bool) {
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%d: %s · ", p.n, micros(p.cost))
	}
	grows := "0"
	if !steady {
		grows = strconv.FormatFloat(exponent(points), 'f', 2, 64)
	} else if last := points[len(points)-1].cost; last > points[0].cost*3/2 {
		grows = "not steady"
	}
	t.Logf("| %s | %s | %s |", what, strings.TrimSuffix(b.String(), " · "), grows)
}

func micros(d time.Duration) string { return strconv.FormatFloat(float64(d)/1000, 'f', 1, 64) + " µs" }

// TestScale prints how the cost of an exchange grows with what may be many. It holds nothing to a time: -scale -v shows the tables.
func TestScale(t *testing.T) {
	if !*scale {
		t.Skip("only with -scale")
	}
	t.Run("bodies", scaleBodies)
	t.Run("recipients", scaleRecipients)
	t.Run("logged", scaleLogged)
	t.Run("findings", scaleFindings)
	t.Run("routes", scaleRoutes)
	t.Run("connectors", scaleConnectors)
	t.Run("captures", scaleCaptures)
	t.Run("cores", scaleCores)
}

// both measures bodies on the way to the API and to a connector.
func both(t *testing.T, what string, sizes []int, body func(n int) []byte) {
	for _, way := range []struct{ name, listener, path string }{{"passed", "api", "/sms"}, {"projected", "egress", "/operator"}} {
		h := newHarness(t, scaleSpec())
		var points []point
		for _, n := range sizes {
			points = append(points, point{n, h.cost(way.listener, postOf(way.path, body(n)))})
		}
		table(t, what+", "+way.name, points, false)
		h.current.Load().leave()
	}
}

func scaleBodies(t *testing.T) {
	both(t, "bytes of a body, one text", []int{200, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}, func(n int) []byte {
		return fmt.Appendf(nil, `{"to":["+306912345678"],"body":"%s"}`, strings.Repeat("Hello you, ", n/11))
	})
}

func scaleRecipients(t *testing.T) {
	both(t, "recipients", []int{1, 10, 100, 1000, 10_000, 30_000}, toPeople)
}

// toPeople returns a message to so many people.
func toPeople(n int) []byte {
	b := []byte(`{"from":"ACME","body":"Hello","to":[`)
	for i := range n {
		b = fmt.Appendf(b, `"+3069%08d",`, i*7919%100_000_000)
	}
	return append(b[:len(b)-1], "]}"...)
}

// scaleLogged has bodies in the log, up to as many recipients as fit into a line.
func scaleLogged(t *testing.T) {
	for _, c := range []struct {
		action string
		most   int
	}{{"mask", 1000}, {"token", 400}} {
		spec := scaleSpec()
		spec.Redact.Surfaces["log"].Kinds["phone"] = c.action
		spec.Telemetry.AccessLog.Body = true
		h := newHarness(t, spec)
		var points []point
		for _, n := range []int{1, 10, 100, c.most} {
			points = append(points, point{n, h.cost("egress", postOf("/operator", toPeople(n)))})
		}
		table(t, "recipients, projected, body in the log, "+c.action, points, false)
		h.current.Load().leave()
	}
}

func scaleFindings(t *testing.T) {
	both(t, "findings in 64 KiB", []int{1, 10, 100, 1000}, func(n int) []byte {
		words := bytes.Repeat([]byte("some words of a note, "), (64<<10)/22)
		for i := range n {
			copy(words[i*len(words)/n:], fmt.Sprintf("+3069%08d ", i*7919))
		}
		return fmt.Appendf(nil, `{"to":["+306912345678"],"note":"%s"}`, words)
	})
}

func scaleRoutes(t *testing.T) {
	var points []point
	for _, n := range []int{10, 100, 1000, 10_000} {
		spec := scaleSpec()
		for i := range n {
			spec.Routes["r"+strconv.Itoa(i)] = RouteSpec{Listener: "api", Path: fmt.Sprintf("/many/r%d/{id}", i), Upstream: "api", Pass: "everything"}
		}
		h := newHarness(t, spec)
		points = append(points, point{n, h.cost("api", fmt.Appendf(nil, "GET /many/r%d/17 HTTP/1.1\r\nHost: api\r\n\r\n", n/2))})
		h.current.Load().leave()
	}
	table(t, "routes", points, true)
}

func scaleConnectors(t *testing.T) {
	var points []point
	for _, n := range []int{1, 10, 100, 1000} {
		spec := scaleSpec()
		for i := range n {
			name := "c" + strconv.Itoa(i)
			spec.Connectors[name] = ConnectorSpec{Upstream: "api"}
			spec.Redact.Projections[name] = redact.ProjectionSpec{Allow: []redact.AllowSpec{{JSON: "$.to"}, {JSON: "$.body"}}}
			spec.Routes[name] = RouteSpec{Listener: "egress", Path: "/to/" + name, Connector: name}
		}
		h := newHarness(t, spec)
		points = append(points, point{n, h.cost("egress", postOf("/to/c"+strconv.Itoa(n/2), []byte(`{"to":"+306912345678","body":"Hello","label":"x"}`)))})
		h.current.Load().leave()
	}
	table(t, "connectors", points, true)
}

// scaleCaptures says what it costs to capture an exchange.
func scaleCaptures(t *testing.T) {
	raw := postOf("/sms?x=1", []byte(`{"from":"ACME","to":"+306912345678","body":"Hello, your code is 4821","flash":0}`))
	for _, share := range []float64{0, 1} {
		spec := scaleSpec()
		spec.Telemetry.Capture = CaptureSpec{File: "capture", Share: &share}
		h := newHarness(t, spec)
		t.Logf("| captured: %.0f of 1 | %s |", share, micros(h.cost("api", raw)))
		h.current.Load().leave()
	}
}

// scaleCores runs eight connections a core, as long as half a second, and says how many exchanges came of it.
func scaleCores(t *testing.T) {
	raw := postOf("/sms?x=1", []byte(`{"from":"ACME","to":"+306912345678","body":"Hello, your code is 4821","flash":0}`))
	h := newHarness(t, scaleSpec())
	defer h.current.Load().leave()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	one := 0.0
	for cores := 1; cores <= runtime.NumCPU(); cores *= 2 {
		runtime.GOMAXPROCS(cores)
		var rate float64
		var used time.Duration
		for range 3 {
			const times = 10_000
			before, start := cpu(), time.Now()
			var all sync.WaitGroup
			for range 8 * cores {
				all.Go(func() { h.run("api", times, same(raw)) })
			}
			all.Wait()
			if r := float64(8*cores*times) / time.Since(start).Seconds(); r > rate {
				rate, used = r, (cpu()-before)/time.Duration(8*cores*times)
			}
		}
		if one == 0 {
			one = rate
		}
		t.Logf("| GOMAXPROCS %d | %.0f exchanges a second, %.2f times as many as with one | %s of processor each |", cores, rate, rate/one, micros(used))
	}
}
