package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
	"github.com/rogpeppe/go-internal/txtar"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/piiproxy/piiproxy/redact"
)

const schemaPath = "../../cmd/piiproxy/piiproxy.schema.json"

// The forms that types with a decode method of their own are written in. They stand here so that the generator of schemas
// is no part of the program.

func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"250ms", "2s", "1m30s"}}
}

func (Size) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+ *([KMG]iB|B)$`, Examples: []any{"512B", "16KiB", "4MiB"}}
}

func (Share) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", Minimum: "0", Maximum: "1"}
}

func (Fields) JSONSchemaAlias() any { return map[string]Field{} }

func (Headers) JSONSchemaAlias() any { return map[string]Header{} }

func (Allow) JSONSchemaExtend(s *jsonschema.Schema) {
	inner := *s
	*s = jsonschema.Schema{
		OneOf:       []*jsonschema.Schema{{Type: "string", Pattern: `^\$`}, &inner},
		Description: inner.Description,
	}
	inner.Description = ""
}

func (Keys) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Not = &jsonschema.Schema{Required: []string{"file", "ephemeral"}}
}

func (Simulator) JSONSchemaExtend(s *jsonschema.Schema) { setEnum(s, "kind", SimulatorKinds) }
func (Tag) JSONSchemaExtend(s *jsonschema.Schema)       { setEnum(s, "kind", words(redact.Kinds())) }
func (Entry) JSONSchemaExtend(s *jsonschema.Schema) {
	setEnum(s, "kind", append(words(redact.Kinds()), "none"))
}

func (Surface) JSONSchemaExtend(s *jsonschema.Schema) {
	actions := words(redact.Actions())
	setEnum(s, "account", actions)
	setEnum(s, "client", actions)
	byName := func(key string) *jsonschema.Schema {
		p, _ := s.Properties.Get(key)
		p.AdditionalProperties = &jsonschema.Schema{Type: "string", Enum: anys(actions)}
		return p
	}
	byName("kinds").PropertyNames = &jsonschema.Schema{Enum: anys(words(redact.Kinds()))}
	byName("fields")
}

func (CanaryMessages) JSONSchemaExtend(s *jsonschema.Schema) {
	p, _ := s.Properties.Get("kinds")
	p.Items.Enum = anys(words(redact.Kinds()))
}

func setEnum(s *jsonschema.Schema, key string, values []string) {
	p, _ := s.Properties.Get(key)
	p.Enum = anys(values)
}

func words[T interface{ String() string }](values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, v.String())
	}
	return all
}

func anys(values []string) []any {
	var all []any
	for _, v := range values {
		all = append(all, v)
	}
	return all
}

// generate returns the JSON Schema of a configuration, made from the types and their comments.
func generate(t *testing.T) []byte {
	t.Helper()
	r := &jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Anonymous: true, ExpandedStruct: true}
	if err := r.AddGoComments("github.com/piiproxy/piiproxy/proxy/config", ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for name, text := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(text), " ")
	}
	s := r.Reflect(&File{})
	s.ID = ""
	s.Title = "piiproxy"
	for _, section := range []string{"listeners", "surfaces", "upstreams", "simulators", "connectors", "routes"} {
		p, ok := s.Properties.Get(section)
		if !ok {
			t.Fatalf("no section %s", section)
		}
		p.PropertyNames = &jsonschema.Schema{Pattern: "^[a-z0-9-]{1,63}$"}
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// TestSchemaIsCurrent holds the committed schema to the types; -update writes it.
func TestSchemaIsCurrent(t *testing.T) {
	want := generate(t)
	if *update {
		if err := os.WriteFile(schemaPath, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("piiproxy.schema.json is not what the types say: go test ./proxy/config -run Schema -update")
	}
}

// TestSchemaDescribesAll holds every key to a description: operators read it in their editors.
func TestSchemaDescribesAll(t *testing.T) {
	var s struct {
		Properties map[string]struct{ Description string }
		Defs       map[string]struct {
			Description string
			OneOf       []struct {
				Properties map[string]struct{ Description string }
			}
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(generate(t), &s); err != nil {
		t.Fatal(err)
	}
	check := func(where string, properties map[string]struct{ Description string }) {
		for key, p := range properties {
			if p.Description == "" {
				t.Errorf("%s.%s has no description", where, key)
			}
		}
	}
	check("File", s.Properties)
	for name, d := range s.Defs {
		check(name, d.Properties)
		for _, one := range d.OneOf {
			check(name, one.Properties)
		}
	}
}

func compileSchema(t *testing.T) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(generate(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("piiproxy.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("piiproxy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate validates a configuration against the schema, as an editor does.
func validate(t *testing.T, schema *validator.Schema, data []byte) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if v == nil {
		v = map[string]any{}
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}

// TestSchemaTakesWhatIsRead validates configurations without problems.
func TestSchemaTakesWhatIsRead(t *testing.T) {
	schema := compileSchema(t)
	example, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"example.yaml": example, "wholeConfig": []byte(wholeConfig)} {
		if err := validate(t, schema, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		env := map[string]string{"PASSWORD": "x", "KANNEL_USERNAME": "x", "KANNEL_PASSWORD": "x"}
		if _, err := Read(name, data, testOptions(env)); err != nil {
			t.Errorf("%s", describe(err))
		}
	}
}

// TestSchemaRefusesWhatIsRefused validates the configurations whose problems a schema can express.
func TestSchemaRefusesWhatIsRefused(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range []string{"missing", "names", "types", "unknown-keys"} {
		archive, err := txtar.ParseFile(filepath.Join("testdata/problems", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		data := archive.Files[0].Data
		if name == "types" { // one key stands there twice, which the plain decoder does not take
			data = bytes.Replace(data, []byte("max_connections: 1.5, "), nil, 1)
		}
		if validate(t, schema, data) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}
