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
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// Upstream is the transport to one destination. Do writes the request once and reads its answer whole, until the deadline;
// its error is an *[http1.Error].
type Upstream interface {
	Do(req *http1.Request, resp *http1.Response, deadline time.Time) error
}

// upstream is an Upstream over TCP, with its pool of connections and what that pool was built from.
type upstream struct {
	*http1.Pool
	spec     UpstreamSpec
	host     string            // as a Host field names it: without the port, if that is the scheme's
	material [sha256.Size]byte // digest of the files of spec.TLS: a renewed certificate is a changed upstream
}

// upstreamMaterial is what the files of an [UpstreamTLS] hold.
type upstreamMaterial struct{ ca, cert, key []byte }

// buildUpstream returns the upstream of spec. If prev was built from the same spec and the same files it is prev, with its
// living connections; otherwise the caller closes prev when the generation that uses it has ended.
func buildUpstream(spec UpstreamSpec, prev *upstream) (*upstream, error) {
	address, host, secure, err := parseUpstreamAddress(spec.Address)
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
	if prev != nil && prev.spec == spec && prev.material == digest {
		return prev, nil
	}
	options := http1.Options{
		Address:        net.JoinHostPort(address.Hostname(), address.Port()),
		ConnectTimeout: spec.ConnectTimeout,
		IdleTimeout:    spec.IdleTimeout,
		MaxConns:       spec.MaxConnections,
		MaxWait:        spec.MaxWait,
		MaxBody:        spec.MaxResponse,
	}
	if secure {
		if options.TLS, err = upstreamTLS(spec.TLS, address.Hostname(), material); err != nil {
			return nil, err
		}
	}
	return &upstream{Pool: http1.NewPool(options), spec: spec, host: host, material: digest}, nil
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
