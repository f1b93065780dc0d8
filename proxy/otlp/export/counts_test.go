package export

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// TestComplaints says of many losses the first at once, and how many there were when it may be said again, and then nothing more.
func TestComplaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		c := complaints{log: telemetry.NewOps(&said)}
		tell := func(want string) {
			t.Helper()
			synctest.Wait()
			c.mu.Lock()
			defer c.mu.Unlock()
			var got []string
			for line := range strings.Lines(said.String()) {
				_, what, _ := strings.Cut(line, `"reason":`)
				got = append(got, strings.TrimSuffix(what, "}\n"))
			}
			if said.Reset(); strings.Join(got, " ") != want {
				t.Errorf("said %q, want %q", got, want)
			}
		}
		for n := range uint64(5) {
			c.lost(telemetry.LossDamaged, n+1)
		}
		c.lost(telemetry.LossRejected, 7)
		tell(`"damaged","batches":1 "rejected","batches":7`)
		time.Sleep(quiet)
		tell(`"damaged","batches":5`)
		time.Sleep(quiet)
		c.lost(telemetry.LossDamaged, 6)
		tell(`"damaged","batches":6`)
		c.lost(telemetry.LossDamaged, 7)
		c.end()
		tell(`"damaged","batches":7`)
		time.Sleep(2 * quiet)
		c.end()
		tell("")
	})
}
