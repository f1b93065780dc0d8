package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// kannelConfig is a gateway whose access log holds neither numbers nor texts: "%l" is the time, and no "access-log" stands
// in the group of the smsbox.
const kannelConfig = `
group = core
admin-port = %[1]d
admin-password = admin
admin-interface = "127.0.0.1"
smsbox-port = %[2]d
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
admin-allow-ip = "127.0.0.1"
log-file = "%[5]s/bearerbox.log"
log-level = 1
access-log = "%[5]s/access.log"
access-log-format = "%%l [SMSC:%%i] [SVC:%%n] [msg:%%L]"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake1
port = %[4]d
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %[3]d
sendsms-interface = "127.0.0.1"
log-file = "%[5]s/smsbox.log"
log-level = 1

group = sendsms-user
username = piiproxy
password = piiproxy-test
user-allow-ip = "127.0.0.1"
concatenation = true
max-messages = 10

group = sms-service
keyword = default
max-messages = 0
text = ""
`

const fakeSMSC = "/usr/lib/kannel/test/fakesmsc"

// kannel is a gateway of that name that runs beside a test, with an operator behind it.
type kannel struct {
	dir      string
	port     int // of sendsms
	operator *lockedBuffer
}

// startKannel runs a gateway until the test ends, or skips the test where Kannel is not installed and cannot be.
func startKannel(t *testing.T) *kannel {
	t.Helper()
	for _, program := range []string{"bearerbox", "smsbox", fakeSMSC} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: apt-get install kannel kannel-extras", program)
		}
	}
	ports := freePorts(t, 4)
	g := &kannel{dir: t.TempDir(), port: ports[2], operator: &lockedBuffer{}}
	config := filepath.Join(g.dir, "kannel.conf")
	text := fmt.Sprintf(kannelConfig, ports[0], ports[1], ports[2], ports[3], g.dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	runBeside(t, nil, "bearerbox", config)
	waitForPort(t, ports[1])
	runBeside(t, nil, "smsbox", config)
	waitForPort(t, g.port)
	waitForPort(t, ports[3])
	runBeside(t, g.operator, fakeSMSC, "-H", "127.0.0.1", "-r", fmt.Sprint(ports[3]), "-i", "1", "-m", "0", "-v", "0", "+447700900456 +447700900999 text STOP")
	return g
}

func runBeside(t *testing.T, out *lockedBuffer, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	if out != nil {
		cmd.Stdout, cmd.Stderr = out, out
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// freePorts returns ports that nobody listened on a moment ago: Kannel cannot be told to take any. They are none of those that
// systems give to connections: one of them would take it meanwhile.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		port := 10_000 + rand.IntN(20_000)
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			defer ln.Close()
			ports = append(ports, port)
		} else if tries > 100 {
			t.Fatal(err)
		}
	}
	return ports
}

func waitForPort(t *testing.T, port int) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nobody listens on port %d", port)
}

// TestKannel sends a message through the example's connector to a real gateway: it reaches the operator with its plus and
// its letters, and neither the gateway's access log nor ours shows number or text.
func TestKannel(t *testing.T) {
	if testing.Short() {
		t.Skip("a real gateway takes seconds to start")
	}
	g := startKannel(t)
	t.Setenv("KANNEL_USERNAME", "piiproxy")
	t.Setenv("KANNEL_PASSWORD", "piiproxy-test")
	p := serveFor(t, "--config", exampleTowards(t, g), "--listen", "api=127.0.0.1:0,egress=127.0.0.1:0,admin=127.0.0.1:0,"+
		"cpaas=127.0.0.1:0,json-operator=127.0.0.1:0,kannel-gateway=127.0.0.1:0,customer-app=127.0.0.1:0")

	const number, text = "+447700900123", "Γειά σου Ada, code HX7QZK"
	body := `{"to":"` + number + `","from":"ACME","body":"` + text + `","label":"l-1","callback":{"url":"https://c.example"},"ttl":60}`
	status := postUntilAccepted(t, "http://"+p.addr["egress"]+"/operators/kannel/messages", body)
	if status != http.StatusAccepted {
		t.Fatalf("the gateway answered %d", status)
	}
	got := waitForText(t, g.operator, number)
	if !strings.Contains(got, "ACME") || strings.Contains(got, "l-1") {
		t.Errorf("the operator received %q", got)
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	access, err := os.ReadFile(filepath.Join(g.dir, "access.log"))
	if err != nil || len(access) == 0 {
		t.Fatalf("no access log of the gateway: %v", err)
	}
	for name, log := range map[string][]byte{"the gateway's": access, "our": p.out.Bytes(), "our operational": []byte(p.stderr())} {
		for _, value := range []string{"447700900123", "7700900123", "Ada", "HX7QZK", "Γειά"} {
			if bytes.Contains(log, []byte(value)) {
				t.Errorf("%s log shows a value of %d bytes", name, len(value))
			}
		}
	}
	if !bytes.Contains(p.out.Bytes(), []byte(`"connector":"kannel"`)) {
		t.Error("our log does not show the exchange")
	}
}

// exampleTowards writes the example with the gateway in place of its simulator.
func exampleTowards(t *testing.T, g *kannel) string {
	t.Helper()
	const simulated = "kannel: {simulator: kannel-gateway,"
	text := strings.Replace(string(exampleConfig), simulated, fmt.Sprintf(`kannel: {address: "http://127.0.0.1:%d",`, g.port), 1)
	if text == string(exampleConfig) {
		t.Fatal("the example has no simulated gateway")
	}
	file := filepath.Join(t.TempDir(), "piiproxy.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// postUntilAccepted posts until the gateway has its operator, and returns the last status.
func postUntilAccepted(t *testing.T, url, body string) int {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		resp, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusAccepted || time.Now().After(end) {
			return resp.StatusCode
		}
	}
}

// waitForText waits until out holds text, and returns all of it.
func waitForText(t *testing.T, out *lockedBuffer, text string) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got := out.String(); strings.Contains(got, text) {
			return got
		}
	}
	t.Fatalf("%q did not arrive; there is %q", text, out.String())
	return ""
}

// lockedBuffer is written by a process and read by a test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String returns what was written so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
