package redact

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// Policy is a compiled [Spec]. It is immutable and safe for concurrent use.
type Policy struct {
	surfaces    map[string]*Surface
	fields      map[string]*Fields
	unnamed     *Fields // of routes without a specification
	projections map[string]*Projection
}

// Problem is one thing wrong with a Spec. It never holds a secret.
type Problem struct {
	Path string // where in the Spec, such as `projections.kannel.request.query[2].json`
	What string
	Hint string // what to write instead, if known
}

// Error returns the place and what is wrong there.
func (p *Problem) Error() string { return "redact: " + p.Path + ": " + p.What }

// Compile checks spec and turns it into a Policy. keys may be nil if no rule needs a key. The error joins every problem;
// each is a [*Problem].
func Compile(spec Spec, keys *Keyring) (*Policy, error) {
	c := compiler{spec: &spec, keys: keys}
	p := &Policy{
		surfaces:    make(map[string]*Surface),
		fields:      make(map[string]*Fields),
		projections: make(map[string]*Projection),
	}
	c.regions()
	c.dictionaries()
	c.tokens()
	p.unnamed = compileFields(FieldsSpec{}, &c.dicts, "", c.report)
	for _, name := range slices.Sorted(maps.Keys(spec.Fields)) {
		p.fields[name] = compileFields(spec.Fields[name], &c.dicts, name, c.report)
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Surfaces)) {
		p.surfaces[name] = c.surface(name, spec.Surfaces[name])
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Projections)) {
		p.projections[name] = compileProjection(name, spec.Projections[name], c.report)
	}
	if len(c.problems) > 0 {
		return nil, errors.Join(c.problems...)
	}
	return p, nil
}

var (
	errNoSurface    = errors.New("redact: no such surface")
	errNoProjection = errors.New("redact: no such projection")
)

// Surface returns the surface of that name.
func (p *Policy) Surface(name string) (*Surface, error) {
	if s := p.surfaces[name]; s != nil {
		return s, nil
	}
	return nil, errNoSurface
}

// Projection returns the projection of the connector of that name.
func (p *Policy) Projection(name string) (*Projection, error) {
	if r := p.projections[name]; r != nil {
		return r, nil
	}
	return nil, errNoProjection
}

// Fields returns the tags of the route of that name; of a route that names none, those of the dictionary.
func (p *Policy) Fields(route string) *Fields {
	if f := p.fields[route]; f != nil {
		return f
	}
	return p.unnamed
}

// compiler holds what the parts of a policy share while it is compiled, and the problems so far.
type compiler struct {
	spec     *Spec
	keys     *Keyring
	dicts    [numDictionaries]*dictionary
	made     *tokens // nil: there is no key
	problems []error
	badly    bool // the regions are wrong, so that no scanner can be made
}

func (c *compiler) report(place, what, hint string) {
	c.problems = append(c.problems, &Problem{Path: place, What: what, Hint: hint})
}

// placeOf returns a place in a list, such as `fields.send-sms[2]`.
func placeOf(section, name string, index int) string {
	if name != "" {
		section += "." + name
	}
	return section + "[" + strconv.Itoa(index) + "]"
}

func (c *compiler) regions() {
	for i, r := range c.spec.Regions {
		if _, err := scan.New(scan.Options{Regions: []string{r}}); err != nil {
			c.report(placeOf("regions", "", i), "no such region", "two capital letters, such as GR")
			c.badly = true
		}
	}
}

func (c *compiler) dictionaries() {
	for i, d := range c.spec.Dictionary {
		place := placeOf("dictionary", "", i)
		if normalName(d.Name) == "" || strings.ContainsAny(d.Name, "[]/") {
			c.report(place+".name", "the name is empty, a number, or longer than 40 letters", "")
		}
		if d.Kind != "none" {
			parseTag(d.Kind, d.Subject, place, c.report)
		}
	}
	for k := range numDictionaries {
		var more []DictionarySpec
		if k != ofHeaders {
			more = c.spec.Dictionary
		}
		c.dicts[k] = newDictionary(k, more)
	}
}

// tokens derives the keys of the entity. That there are none is a problem only of rules that need them.
func (c *compiler) tokens() {
	if c.keys == nil {
		return
	}
	entity := c.spec.Entity
	if entity == "" {
		entity = DefaultEntity
	}
	i, found := c.keys.find(entity)
	if !found {
		c.report("entity", "the keyring has no keys of this entity", "make them with `piiproxy keys init` or `keys rotate`")
		return
	}
	current := c.keys.entities[i].current()
	if current == nil {
		c.report("entity", "the newest key of this entity is destroyed", "make another with `piiproxy keys rotate`")
		return
	}
	made, err := newTokens(entity, current)
	if err != nil {
		c.report("entity", "the keys of this entity cannot be derived", "")
		return
	}
	c.made = made
}

// surface compiles the rules of one surface.
func (c *compiler) surface(name string, spec SurfaceSpec) *Surface {
	place := "surfaces." + name
	s := &Surface{tokens: c.made, client: Partial, overrides: make(map[string]override), dotted: make(map[string]override)}
	s.log = &Fields{names: c.dicts[ofLogs], headers: c.dicts[ofHeaders]}
	s.attributes = &Fields{names: c.dicts[ofAttributes], headers: c.dicts[ofHeaders]}
	otherwise := Mask
	profile := spec.Profile
	if name == SurfaceCapture && profile == "" {
		profile = "message" // a file of requests holds what people wrote
	}
	s.capture = name == SurfaceCapture
	if c.surrogates(name) {
		otherwise, s.client = Surrogate, Surrogate
	}
	for k := range s.rules[EndUser] {
		s.rules[EndUser][k] = otherwise
	}
	for _, word := range slices.Sorted(maps.Keys(spec.Kinds)) {
		kind, ok := ParseKind(word)
		if !ok {
			c.report(place+".kinds."+word, "unknown kind", "one of "+strings.Join(kindNames[KindPhone:], ", "))
			continue
		}
		s.rules[EndUser][kind] = c.action(name, ".kinds."+word, spec.Kinds[word], kind)
	}
	s.rules[Account] = s.rules[EndUser]
	if spec.Account != "" {
		a := c.action(name, ".account", spec.Account, KindPhone)
		s.rules[Account][KindPhone], s.rules[Account][KindEmail], s.rules[Account][KindIP] = a, a, a
	}
	if spec.Client != "" {
		s.client = c.action(name, ".client", spec.Client, KindIP)
	}
	for _, word := range slices.Sorted(maps.Keys(spec.Fields)) {
		norm := normalName(word)
		if norm == "" {
			c.report(place+".fields", "a name is empty, a number, or longer than 40 letters", "")
			continue
		}
		o := override{
			act:   c.action(name, ".fields."+word, spec.Fields[word], KindNone),
			field: (&field{traits: whole, norm: norm}).named(escapedMember(word)),
		}
		s.overrides[norm] = o
		if strings.Contains(word, ".") {
			s.dotted[word] = o
		}
	}
	c.scanner(s, place, profile)
	return s
}

// SurfaceCapture is the name of the surface of captures. What it shows is sent again, so it has surrogates where others have
// masks, and nothing stays on it that others might keep.
const SurfaceCapture = "capture"

// surrogates reports whether a surface has surrogates where no rule says otherwise. They need a key.
func (c *compiler) surrogates(surface string) bool { return surface == SurfaceCapture && c.keys != nil }

// action reads an action of a surface for a kind; KindNone stands for a field of any kind.
func (c *compiler) action(surface, rule, word string, kind Kind) Action {
	place := "surfaces." + surface + rule
	a, ok := ParseAction(word)
	switch {
	case !ok:
		c.report(place, "unknown action", "one of "+strings.Join(actionNames[:], ", "))
	case surface == SurfaceCapture && a > Surrogate:
		c.report(place, "nothing stays as it was in a capture", `use "surrogate"`)
	case surface != SurfaceCapture && a == Surrogate:
		c.report(place, "a reader would take a surrogate for a person", `use "token"; surrogates are for the surface "capture"`)
	case a == Surrogate && c.keys == nil:
		c.report(place, "surrogates need a keyring", "name one with keys, or use \"mask\"")
	case a == Seal:
		c.report(place, "sealing is not available in this version", `use "token"`)
	case a == Token && c.keys == nil:
		c.report(place, "tokens need a keyring", "name one with keys, or use \"mask\"")
	case a == Scan && (kind == KindPhone || kind == KindEmail || kind == KindIP):
		c.report(place, "a "+kind.String()+" is what a scan finds: it needs an action of its own", `use "token" or "mask"`)
	default:
		return a
	}
	return Drop
}

func (c *compiler) scanner(s *Surface, place, profile string) {
	p, err := parseProfile(profile)
	if err != nil {
		c.report(place+".profile", "unknown profile", "log or message")
		return
	}
	if c.badly {
		return
	}
	if s.scanner, err = scan.New(scan.Options{Profile: p, Regions: c.spec.Regions}); err != nil {
		c.report("regions", "the detectors cannot be made for these regions", "")
	}
	s.names = signNames(&c.dicts, s.overrides)
}
