package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/bench/internal/child"
)

// guard is the admin listener that profiles are taken from.
type guard struct{ address, tokenFile string }

// guardToken opens it. It guards nothing of worth.
const guardToken = "profiles-of-a-comparison-on-loopback"

// profiled are the works of the proxy that the profile shows in equal parts.
var profiled = []struct {
	config  piiproxyConfig
	message *message
}{
	{piiproxyConfig{log: "off", kinds: tokens}, sms()},
	{piiproxyConfig{kinds: tokens}, sms()},
	{piiproxyConfig{kinds: tokens, traces: true}, sms()},
	{piiproxyConfig{kinds: words, body: true, minimise: true}, campaign()},
	{piiproxyConfig{kinds: tokens, body: true, minimise: true}, campaign()},
}

// benchmarked are the works of what has no admin listener: the filter's, and the masking of telemetry.
var benchmarked = []struct{ of, name string }{{"./redact", "Lines"}, {"./bench", "Telemetry/.*/.*/protobuf"}}

// profile writes the profile by which the compiler builds the command.
func (h *harness) profile(ctx context.Context, file string) error {
	var taken []string
	for i := range profiled {
		path := filepath.Join(h.tools.dir, fmt.Sprintf("proxy-%d.prof", i))
		if err := h.profileProxy(ctx, profiled[i].config, profiled[i].message, path); err != nil {
			return err
		}
		taken = append(taken, path)
	}
	for i, b := range benchmarked {
		path := filepath.Join(h.tools.dir, fmt.Sprintf("benchmark-%d.prof", i))
		if _, err := h.tools.output("test", "-trimpath", b.of, "-run", "^$", "-bench", b.name, "-benchtime", h.length.String(), "-cpu", "1",
			"-o", filepath.Join(h.tools.dir, "test"), "-cpuprofile", path); err != nil {
			return err
		}
		taken = append(taken, path)
	}
	merged, err := h.tools.output(append([]string{"tool", "pprof", "-proto"}, taken...)...)
	if err != nil {
		return err
	}
	return os.WriteFile(file, merged, 0o644) //nolint:gosec // it is for everybody who builds
}

// profileProxy loads a proxy and takes its profile meanwhile.
func (h *harness) profileProxy(ctx context.Context, c piiproxyConfig, m *message, path string) error {
	address, err := child.FreePort()
	if err != nil {
		return err
	}
	c.guard = &guard{address, filepath.Join(h.tools.dir, "token")}
	if err := os.WriteFile(c.guard.tokenFile, []byte(guardToken), 0o600); err != nil {
		return err
	}
	r, err := (&setting{program: ours, name: "profiled", config: c.text}).start(h.tools, h.upstream.address())
	if err != nil {
		return err
	}
	defer stopAll([]*running{r})
	loaded := make(chan error, 1)
	go func() {
		_, err := closed(ctx, r.listen, h.people, h.length+time.Second, m)
		loaded <- err
	}()
	return errors.Join(download(ctx, address, h.length, path), <-loaded, r.emptyLog())
}

// download takes a profile of that length.
func download(ctx context.Context, address string, length time.Duration, path string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", address, max(1, int(length.Seconds())))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+guardToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New("no profile: " + response.Status)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(response.Body)
	return errors.Join(err, f.Close())
}

// output returns what the go command prints when it is run in the checkout.
func (t *tools) output(args ...string) ([]byte, error) {
	var said strings.Builder
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = t.root, &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, said.String())
	}
	return out, nil
}
