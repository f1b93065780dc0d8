package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/piiproxy/piiproxy"

// owners says which packages of this module may import a third-party module, in code or, where its entry begins with
// "test:", in tests only. A module that is not in the table may be imported nowhere.
var owners = map[string][]string{
	"github.com/valyala/fasthttp":              {"proxy/admin", "test:proxy", "bench", "bench/compare", "bench/replay"},
	"github.com/HdrHistogram/hdrhistogram-go":  {"bench/replay"},
	"golang.org/x/perf":                        {"bench/replay"},
	"github.com/prometheus/client_golang":      {"proxy/telemetry"},
	"github.com/prometheus/client_model":       {"test:proxy/telemetry"},
	"github.com/prometheus/common":             {"test:proxy/telemetry"},
	"github.com/nyaruka/phonenumbers/v2":       {"redact/internal/numbering/gen", "test:redact/internal/numbering", "test:bench"},
	"github.com/goccy/go-yaml":                 {"proxy/config", "test:cmd/piiproxy"},
	"github.com/VictoriaMetrics/metricsql":     {"test:cmd/piiproxy"},
	"github.com/invopop/jsonschema":            {"proxy/config"},
	"github.com/alecthomas/kong":               {"cmd/piiproxy"},
	"github.com/klauspost/compress":            {"proxy/internal/receive", "proxy/otlp/export", "test:proxy", "test:proxy/intake", "test:proxy/otlp/gateway", "bench/replay"},
	"github.com/rogpeppe/go-internal":          {"test:"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"test:"},
	"github.com/valyala/fastjson":              {"test:"},
	"go.opentelemetry.io/collector/pdata":      {"test:proxy/otlp", "test:proxy/otlp/gateway", "test:proxy/ingest", "test:proxy/telemetry", "test:proxy", "test:bench"},
	"google.golang.org/protobuf":               {"proxy/otlp/export", "proxy/otlp/gateway", "proxy/ingest"},
	"golang.org/x/sys":                         {"redact/internal/scan", "redact/internal/walk", "bench/internal/pace"},
	"go.uber.org/goleak":                       {"test:"},
	"pgregory.net/rapid":                       {"test:"},
}

// seams says which packages of this module a package may import, besides those below its own folder: what it does not
// name, it must not know.
var seams = map[string][]string{
	"redact":                        {"redact/internal/scan", "redact/internal/numbering", "redact/internal/walk"},
	"redact/internal/scan":          {"redact/internal/numbering"},
	"redact/internal/numbering":     {},
	"redact/internal/numbering/gen": {"redact/internal/numbering"},
	"redact/internal/walk":          {},
	"proxy/internal/http1":          {},
	"proxy/internal/balance":        {"proxy/internal/http1"},
	"proxy/internal/receive":        {"proxy/internal/http1", "proxy/telemetry"},
	"proxy/intake":                  {"proxy/internal/http1", "proxy/internal/receive", "proxy/telemetry"},
	"proxy/route":                   {"redact"},
	"proxy/telemetry":               {"redact"},
	"proxy/otlp":                    {"redact"},
	"proxy/otlp/export":             {"proxy/otlp", "proxy/telemetry", "proxy/internal/http1"},
	"proxy/otlp/gateway":            {"proxy/intake", "proxy/otlp", "proxy/otlp/export", "proxy/telemetry", "redact"},
	"proxy/ingest":                  {"proxy/intake", "proxy/telemetry", "redact"},
	"proxy/canary":                  {"proxy/telemetry", "redact"},
	"proxy/admin":                   {},
	"proxy":                         {"proxy/route", "proxy/telemetry", "proxy/internal/http1", "proxy/internal/receive", "proxy/internal/balance", "redact"},
	"proxy/config":                  {"proxy", "redact"},
	"cmd/piiproxy":                  {"bench/replay", "proxy", "proxy/admin", "proxy/canary", "proxy/config", "proxy/ingest", "proxy/intake", "proxy/otlp", "proxy/otlp/export", "proxy/otlp/gateway", "proxy/telemetry", "redact"},
	// The one package of bench that the program has in it, for its command of that name: it speaks to a proxy over the network,
	// as anybody would, and knows none of ours but what paces it.
	"bench/replay": {"bench/internal/pace"},
}

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// TestImports holds every package to the two tables, so that a new dependency is a decision that somebody reads.
func TestImports(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, imp := range p.Imports {
			checkImport(t, name, imp, false)
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			checkImport(t, name, imp, true)
		}
		if _, known := seams[name]; !known && !strings.HasPrefix(name, "bench") {
			t.Errorf("package %s is in no row of the table of seams", name)
		}
	}
}

func checkImport(t *testing.T, name, imp string, test bool) {
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return // the standard library
	}
	if own, ok := strings.CutPrefix(imp, module+"/"); ok {
		row, listed := seams[name]
		if !test && (listed || !strings.HasPrefix(name, "bench")) && !slices.Contains(row, own) {
			t.Errorf("%s must not know %s", name, own)
		}
		return
	}
	for owned, by := range owners {
		if imp != owned && !strings.HasPrefix(imp, owned+"/") {
			continue
		}
		if slices.Contains(by, name) || test && (slices.Contains(by, "test:") || slices.Contains(by, "test:"+name)) {
			return
		}
		t.Errorf("%s imports %s, which belongs to %s", name, imp, strings.Join(by, ", "))
		return
	}
	t.Errorf("%s imports %s, which has no owner", name, imp)
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	// With a profile the command has all packages built for itself, under names of their own.
	list := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
