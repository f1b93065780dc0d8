package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ListenerTLS is how a listener speaks TLS. The zero one means plain text.
type ListenerTLS struct {
	CertFile     string // PEM, with the chain
	KeyFile      string // PEM
	ClientCAFile string // PEM: who vouches for clients; empty: clients show no certificate
	Clients      string // with ClientCAFile: "required" (the default) or "optional"
}

// lookInterval is how often the files of certificates are looked at, at most: when somebody connects, or reads the metrics.
const lookInterval = 2 * time.Second

// Certificates are what a listener speaks TLS with. They follow their files: a pair that was renewed serves from the next
// connection on, and one that cannot be used leaves the one before in use. Safe for concurrent use.
type Certificates struct {
	spec    ListenerTLS
	current atomic.Pointer[certificates]
	looked  atomic.Int64 // when the files were looked at, as Unix nanoseconds
	failed  atomic.Uint64

	mu    sync.Mutex // of looking
	stamp [3]stamp
}

// certificates are one state of the files.
type certificates struct {
	config   *tls.Config
	notAfter time.Time // of the listener's own
}

// stamp tells whether a file may have changed.
type stamp struct {
	at   time.Time
	size int64
}

// LoadCertificates reads the files of spec. Its error names a field of spec and no content.
func LoadCertificates(spec ListenerTLS) (*Certificates, error) {
	c := &Certificates{spec: spec, stamp: spec.stamps()}
	now, err := spec.load()
	if err != nil {
		return nil, err
	}
	c.current.Store(now)
	c.looked.Store(time.Now().UnixNano())
	return c, nil
}

// Listener returns a listener that speaks TLS on the connections of ln: 1.2 at least, and HTTP/1.1 only.
func (c *Certificates) Listener(ln net.Listener) net.Listener {
	return tls.NewListener(ln, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			c.look()
			return c.current.Load().config, nil
		},
	})
}

// NotAfter returns when the certificate in use ends, and how often renewed files could not be used.
func (c *Certificates) NotAfter() (end time.Time, failed uint64) {
	c.look()
	return c.current.Load().notAfter, c.failed.Load()
}

// look takes the files anew if they have changed.
func (c *Certificates) look() {
	last, now := c.looked.Load(), time.Now().UnixNano()
	if now-last < int64(lookInterval) || !c.looked.CompareAndSwap(last, now) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stamps := c.spec.stamps()
	if stamps == c.stamp {
		return
	}
	renewed, err := c.spec.load()
	if err != nil {
		c.failed.Add(1) // and looked at again: the other file may still be on its way
		return
	}
	c.stamp = stamps
	c.current.Store(renewed)
}

func (t ListenerTLS) stamps() (all [3]stamp) {
	for i, file := range [...]string{t.CertFile, t.KeyFile, t.ClientCAFile} {
		if info, err := os.Stat(file); file != "" && err == nil {
			all[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return all
}

func (t ListenerTLS) load() (*certificates, error) {
	if t.CertFile == "" || t.KeyFile == "" {
		return nil, errors.New("tls: a certificate needs both its files")
	}
	m, err := readMaterial(UpstreamTLS{CAFile: t.ClientCAFile, CertFile: t.CertFile, KeyFile: t.KeyFile})
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(m.cert, m.key)
	if err != nil {
		return nil, errors.New("tls: cert file and key file: not a pair of PEM files that belong together")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{pair}}
	switch {
	case t.ClientCAFile == "" && t.Clients != "":
		return nil, errors.New("tls: clients need a file of those who vouch for them")
	case t.ClientCAFile == "":
	default:
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(m.ca) {
			return nil, errors.New("tls: client ca file: holds no certificate")
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
		if t.Clients == "optional" {
			config.ClientAuth = tls.VerifyClientCertIfGiven
		}
	}
	return &certificates{config, pair.Leaf.NotAfter}, nil
}
