package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/balance"
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// Upstream is the transport to one destination. Do writes the request, once unless it may be repeated, and reads its answer until
// the deadline; its error is an *[http1.Error], or [balance.ErrOpen].
type Upstream interface {
	Do(req *http1.Request, resp *http1.Response, deadline time.Time) error
}

// upstream is an Upstream over TCP, with its pool of connections and what that pool was built from.
type upstream struct {
	*balance.Cluster
	spec     UpstreamSpec
	host     string            // as a Host field names it: without the port, if that is the scheme's
	material [sha256.Size]byte // digest of the files of spec.TLS: a renewed certificate is a changed upstream
}

// upstreamMaterial is what the files of an [UpstreamTLS] hold.
type upstreamMaterial struct{ ca, cert, key []byte }

// buildUpstream returns the upstream of spec. If prev was built from the same spec and the same files it is prev, with its
// living connections; otherwise the caller closes prev when the generation that uses it has ended.
func buildUpstream(spec UpstreamSpec, prev *upstream) (*upstream, error) {
	addresses, host, secure, err := parseUpstreamAddresses(spec)
	if err != nil {
		return nil, err
	}
	if !secure && spec.TLS != (UpstreamTLS{}) {
		return nil, errors.New("tls: needs an https address")
	}
	material, err := readMaterial(spec.TLS)
	if err != nil {
		return nil, err
	}
	digest := material.digest()
	if prev != nil && reflect.DeepEqual(prev.spec, spec) && prev.material == digest {
		return prev, nil
	}
	options := balance.Options{
		Addresses: addresses,
		Pool: http1.Options{
			ConnectTimeout: spec.ConnectTimeout,
			IdleTimeout:    spec.IdleTimeout,
			MaxConns:       spec.MaxConnections,
			MaxWait:        spec.MaxWait,
			MaxBody:        spec.MaxResponse,
			FirstByte:      spec.FirstByte,
		},
		Resolve:  spec.Resolve,
		Ejection: balance.Ejection(spec.Ejection),
		Health:   healthOptions(spec.Health, host),
		Breaker:  balance.Breaker(spec.Breaker),
		Repeats:  spec.Repeats,
	}
	if secure {
		name, _, _ := net.SplitHostPort(addresses[0])
		if spec.Host != "" {
			name, _ = splitHost(spec.Host)
		}
		if options.Pool.TLS, err = upstreamTLS(spec.TLS, name, material); err != nil {
			return nil, err
		}
	}
	return &upstream{Cluster: balance.New(options), spec: spec, host: host, material: digest}, nil
}

// healthOptions returns the health check of spec. Its request is built of the configuration only.
func healthOptions(spec HealthSpec, host string) balance.Health {
	h := balance.Health{Interval: spec.Interval, Timeout: spec.Timeout, Healthy: spec.Healthy, Unhealthy: spec.Unhealthy}
	if spec.Path != "" {
		h.Head = []byte("GET " + spec.Path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: piiproxy\r\n\r\n")
	}
	return h
}

// parseUpstreamAddresses takes the addresses of spec apart: host:port of each, and the host that requests name.
func parseUpstreamAddresses(spec UpstreamSpec) (addresses []string, host string, secure bool, err error) {
	all := spec.Addresses
	switch {
	case len(all) == 0:
		all = []string{spec.Address}
	case spec.Address != "":
		return nil, "", false, errors.New("addresses: the upstream has an address too")
	}
	for i, s := range all {
		address, h, tls, err := parseUpstreamAddress(s)
		if err != nil {
			return nil, "", false, inAddresses(spec, i, err)
		}
		if i == 0 {
			host, secure = h, tls
		}
		if tls != secure {
			return nil, "", false, fmt.Errorf("addresses[%d]: not http or https as the first one", i)
		}
		at := net.JoinHostPort(address.Hostname(), address.Port())
		if slices.Contains(addresses, at) {
			return nil, "", false, fmt.Errorf("addresses[%d]: stands there twice", i)
		}
		addresses = append(addresses, at)
	}
	if spec.Host != "" {
		if _, ok := splitHost(spec.Host); !ok {
			return nil, "", false, errors.New("host: want a host, or host:port")
		}
		host = spec.Host
	}
	return addresses, host, secure, nil
}

// inAddresses gives the error of an address its place if it is one of several.
func inAddresses(spec UpstreamSpec, i int, err error) error {
	if len(spec.Addresses) == 0 {
		return err
	}
	_, what, _ := strings.Cut(err.Error(), ": ")
	return fmt.Errorf("addresses[%d]: %s", i, what)
}

// splitHost returns the name in a Host field, and whether s can be one.
func splitHost(s string) (name string, ok bool) {
	u, err := url.Parse("http://" + s)
	if err != nil || u.Host != s || u.Hostname() == "" || strings.ContainsAny(s, " \t\r\n") {
		return "", false
	}
	return u.Hostname(), true
}

// parseUpstreamAddress takes an address apart. In the result the port is never empty. The errors do not quote it: somebody
// may have put a password into it.
func parseUpstreamAddress(s string) (address *url.URL, host string, secure bool, err error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, "", false, errors.New("address: want http://host:port or https://host:port")
	case u.User != nil:
		return nil, "", false, errors.New("address: must not hold credentials")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, "", false, errors.New("address: must not hold a path or a query")
	}
	secure = u.Scheme == "https"
	standard := "80"
	if secure {
		standard = "443"
	}
	port := u.Port()
	if port == "" {
		port = standard
	}
	address = &url.URL{Host: net.JoinHostPort(u.Hostname(), port)}
	host = address.Host
	if port == standard {
		if host = u.Hostname(); net.ParseIP(host) != nil && net.ParseIP(host).To4() == nil {
			host = "[" + host + "]"
		}
	}
	return address, host, secure, nil
}

// Load reads the files of t and returns how a TLS client of host trusts and is trusted.
func (t UpstreamTLS) Load(host string) (*tls.Config, error) {
	material, err := readMaterial(t)
	if err != nil {
		return nil, err
	}
	return upstreamTLS(t, host, material)
}

func readMaterial(t UpstreamTLS) (m upstreamMaterial, err error) {
	if (t.CertFile == "") != (t.KeyFile == "") {
		return m, errors.New("tls: a client certificate needs both its files")
	}
	for _, f := range []struct {
		name, path string
		into       *[]byte
	}{{"ca file", t.CAFile, &m.ca}, {"cert file", t.CertFile, &m.cert}, {"key file", t.KeyFile, &m.key}} {
		if f.path == "" {
			continue
		}
		if *f.into, err = os.ReadFile(f.path); err != nil {
			return m, fmt.Errorf("tls: %s: %w", f.name, err)
		}
	}
	return m, nil
}

// digest tells materials apart; the length in front of each part keeps their ends apart.
func (m upstreamMaterial) digest() (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range [][]byte{m.ca, m.cert, m.key} {
		_, _ = fmt.Fprintf(h, "%d:", len(part))
		_, _ = h.Write(part)
	}
	h.Sum(sum[:0])
	return sum
}

func upstreamTLS(t UpstreamTLS, host string, m upstreamMaterial) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		NextProtos:         []string{"http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	if t.CAFile != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(m.ca) {
			return nil, errors.New("tls: ca file: holds no certificate")
		}
	}
	if t.CertFile != "" {
		pair, err := tls.X509KeyPair(m.cert, m.key)
		if err != nil {
			return nil, errors.New("tls: cert file and key file: not a pair of PEM files that belong together")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
