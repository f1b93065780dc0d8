package redact

import (
	"net/netip"
	"sync"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// Format is how the bytes of a body are to be read.
type Format uint8

// The formats. The zero Format is a body that is not read.
const (
	Unread Format = iota
	NoBody
	JSON
	Form
	Multipart
	Text
)

// Surface is what we emit for reading, with its rules. It is immutable and safe for concurrent use; its append methods
// never fail, do not allocate in steady state, keep neither dst nor src, and count what they do in t, which may be nil.
// A nil Fields stands for the dictionary of log lines.
type Surface struct {
	rules     [2][numKinds]Action // by subject
	client    Action
	overrides map[string]override // by normalised name
	dotted    map[string]override // by whole name, of those that have several parts
	log       *Fields             // of lines of a log

	attributes *Fields // of telemetry
	tokens     *tokens // nil if no rule says token
	scanner    *scan.Scanner
	names      *scan.Names // that tell of text what stands behind them
	runs       sync.Pool   // of *run
	capture    bool        // only what has the form of a name is read as one
}

// override is a surface's rule for the field of a name.
type override struct {
	act   Action
	field *field // stands for a name that has no tag
}

// AppendText appends src, which may hold several lines, with every finding replaced, and the values whose names in the text tell what
// they are.
func (s *Surface) AppendText(dst Masked, src []byte, t *Tally) Masked {
	r := s.begin(dst, nil, src, t)
	r.scan(0, len(src), scan.KeyNone)
	return r.finish()
}

// AppendJSON appends a JSON document with its tagged fields and every finding replaced. From the first malformed byte on
// the rest is treated as text, in which names that are followed by a colon still tell what must be masked.
func (s *Surface) AppendJSON(dst Masked, f *Fields, src []byte, t *Tally) Masked {
	r := s.begin(dst, f, src, t)
	r.document()
	return r.finish()
}

// AppendForm appends a form body.
func (s *Surface) AppendForm(dst Masked, f *Fields, src []byte, t *Tally) Masked {
	r := s.begin(dst, f, src, t)
	r.pairs(r.f.form)
	return r.finish()
}

// AppendQuery appends a query, without its question mark.
func (s *Surface) AppendQuery(dst Masked, f *Fields, src []byte, t *Tally) Masked {
	r := s.begin(dst, f, src, t)
	r.pairs(r.f.query)
	return r.finish()
}

// Param is one parameter of a path: where its raw value stands.
type Param struct {
	Name       Name
	Start, End int
}

// AppendPath appends a path whose parameters a route has found. All of it is scanned, tagged parameters are replaced.
func (s *Surface) AppendPath(dst Masked, f *Fields, path []byte, params []Param, t *Tally) Masked {
	if len(params) == 0 && s.quiet(path) {
		return Masked{append(dst.b, path...)}
	}
	r := s.begin(dst, f, path, t)
	at := 0
	for i := range params {
		p := &params[i]
		if p.Start < at || p.End < p.Start || p.End > len(path) {
			continue
		}
		sp := r.namedSpot(r.f.path, r.f.names, p.Name.s, path[p.Start:p.End])
		if sp.f == nil && sp.key == scan.KeyNone {
			continue
		}
		r.scan(at, p.Start, scan.KeyNone)
		r.value(sp, p.Start, p.End, inForm)
		at = p.End
	}
	r.scan(at, len(path), scan.KeyNone)
	return r.finish()
}

// AppendHeader appends the value of the header name as the tags and the dictionary say.
func (s *Surface) AppendHeader(dst Masked, f *Fields, name, value []byte, t *Tally) Masked {
	r := s.begin(dst, f, value, t)
	sp := r.spotOf(r.f.header, r.f.headers, name, value)
	r.value(sp, 0, len(value), verbatim)
	return r.finish()
}

const agentName = "User-Agent"

var agentBytes = []byte(agentName)

// AppendAgent is AppendHeader for User-Agent, of which mostly nobody says anything and in which there is nothing to find.
func (s *Surface) AppendAgent(dst Masked, f *Fields, value []byte, t *Tally) Masked {
	if f != nil && f.scanAgent && len(s.overrides) == 0 && s.quiet(value) && !mayNest(value) {
		return Masked{append(dst.b, value...)}
	}
	return s.AppendHeader(dst, f, agentBytes, value, t)
}

// quiet reports whether text is short, and a look at its bytes enough to say that there is nothing to find in it.
func (s *Surface) quiet(text []byte) bool {
	return len(text) <= shortScan && s.scanner.Quiet(text, nil)
}

// AppendKnownHeader appends the value of the header name as the tags and the dictionary say, if they say that it holds end users' data,
// and else as a credential: of other headers nobody knows what they hold.
func (s *Surface) AppendKnownHeader(dst Masked, f *Fields, name, value []byte, t *Tally) Masked {
	r := s.begin(dst, f, value, t)
	sp := r.spotOf(r.f.header, r.f.headers, name, value)
	if sp.f == nil || sp.act >= Scan || sp.hold&fixed == 0 && (sp.f.tag.Subject == Account || sp.f.traits&(lenient|codeShape) != 0) {
		sp = r.tagged(&bareFields[EndUser][KindSecret])
	}
	r.value(sp, 0, len(value), verbatim)
	return r.finish()
}

// AppendField appends the value v of a field with that tag.
func (s *Surface) AppendField(dst Masked, tag Tag, v []byte, t *Tally) Masked {
	r := s.begin(dst, nil, v, t)
	sp := spot{}
	if tag.Kind != KindNone && tag.Kind < numKinds && tag.Subject <= Account {
		sp = r.tagged(&bareFields[tag.Subject][tag.Kind])
	}
	r.value(sp, 0, len(v), verbatim)
	return r.finish()
}

// bareFields are fields of which nothing but the tag is known.
var bareFields = func() (all [2][numKinds]field) {
	for k := range numKinds {
		all[EndUser][k].tag = Tag{Kind(k), EndUser}
		all[Account][k].tag = Tag{Kind(k), Account}
	}
	return all
}()

// AppendAddr appends the client's address under the surface's client rule.
func (s *Surface) AppendAddr(dst Masked, ip netip.Addr, t *Tally) Masked {
	if !ip.IsValid() {
		return Masked{append(dst.b, masks[KindIP]...)}
	}
	ip = ip.Unmap().WithZone("")
	a := s.client
	if ip.IsLoopback() || ip.IsUnspecified() {
		a = Keep
	}
	if a == Token || a == Surrogate {
		return s.appendKeyed(dst, ip, a, t)
	}
	if t != nil {
		t.Add(KindIP, a)
	}
	switch a {
	case Keep, Scan:
		return Masked{ip.AppendTo(dst.b)}
	case Partial:
		var room [maxAddr]byte
		return Masked{appendNetwork(dst.b, ip.AppendTo(room[:0]))}
	case Drop:
		return Masked{append(dst.b, withheld...)}
	}
	return Masked{append(dst.b, masks[KindIP]...)}
}

// maxAddr is how many bytes an IP address has at most in the form of RFC 5952.
const maxAddr = len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")

// appendKeyed appends the token or the surrogate of the client's address.
func (s *Surface) appendKeyed(dst Masked, ip netip.Addr, a Action, t *Tally) Masked {
	r := s.begin(dst, nil, nil, t)
	r.t.Add(KindIP, a)
	r.canon = ip.AppendTo(r.canon[:0])
	if a == Token {
		r.dst = s.tokens.appendToken(r.dst, &r.macs, KindIP, "", r.canon)
	} else {
		r.dst = appendDocumented(r.dst, r.canon, r.canon, s.tokens.seed(&r.macs, KindIP, r.canon))
	}
	return r.finish()
}
