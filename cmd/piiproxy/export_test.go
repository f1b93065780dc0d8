package main

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// TestExportTLS delivers over TLS, with the secret of a header, to who is vouched for by ca_file, and to nobody else.
func TestExportTLS(t *testing.T) {
	got := make(chan string, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		got <- req.URL.Path + " " + req.Header.Get("Authorization")
	}))
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []bool{false, true} {
		endpoint := proxy.EndpointSpec{URL: server.URL + "/otlp", Headers: []proxy.HeaderSpec{{Name: "Authorization", Value: "Bearer x"}}}
		if trusted {
			endpoint.TLS.CAFile = authority
		}
		o, err := openOutlets(proxy.TelemetrySpec{Export: proxy.ExportSpec{Endpoints: []proxy.EndpointSpec{endpoint}}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.exporter.Offer(otlp.Logs, otlp.JSON, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), map[bool]time.Duration{false: 500 * time.Millisecond, true: patience}[trusted])
		err = o.close(ctx)
		cancel()
		if delivered := err == nil; delivered != trusted {
			t.Errorf("trusted %v: %v", trusted, err)
		}
		if lost := o.exporter.State().Lost[telemetry.LossClosed]; (lost == 0) != trusted {
			t.Errorf("trusted %v: %d lost", trusted, lost)
		}
		select {
		case request := <-got:
			if request != "/otlp/v1/logs Bearer x" || !trusted {
				t.Errorf("trusted %v: a request %s", trusted, request)
			}
		default:
			if trusted {
				t.Error("nothing came")
			}
		}
	}
}
