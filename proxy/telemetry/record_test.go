package telemetry

import (
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// TestRecordHasNoPlaceForUnmaskedText goes through the fields of a record down to the last: there is no string, slice, map,
// pointer, interface or function in it that is not in a type which only redact can fill.
func TestRecordHasNoPlaceForUnmaskedText(t *testing.T) {
	checkNoText(t, "Record", reflect.TypeFor[Record]())
}

func checkNoText(t *testing.T, path string, typ reflect.Type) {
	t.Helper()
	switch typ {
	case reflect.TypeFor[redact.Masked](), reflect.TypeFor[redact.Name](), reflect.TypeFor[time.Time]():
		return
	}
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			checkNoText(t, path+"."+typ.Field(i).Name, typ.Field(i).Type)
		}
	case reflect.Array:
		checkNoText(t, path+"[]", typ.Elem())
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	default:
		t.Errorf("%s is a %s", path, typ)
	}
}

// TestUnmaskedTextDoesNotCompile compiles a program that tries every way in, and wants an error on each of its lines that
// says "no" and on no other.
func TestUnmaskedTextDoesNotCompile(t *testing.T) {
	const dir = "./testdata/unmasked"
	src, err := os.ReadFile(dir + "/unmasked.go")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-gcflags=-e", dir).CombinedOutput()
	if err == nil {
		t.Fatal("it compiles")
	}
	failed := map[int]bool{}
	for l := range strings.Lines(string(out)) {
		_, at, _ := strings.Cut(l, "unmasked.go:")
		at, _, _ = strings.Cut(at, ":")
		if n, err := strconv.Atoi(at); err == nil {
			failed[n] = true
		}
	}
	if len(failed) == 0 {
		t.Fatalf("no line to blame:\n%s", out)
	}
	n := 0
	for l := range strings.Lines(string(src)) {
		n++
		if want := strings.HasSuffix(l, "// no\n"); want != failed[n] {
			t.Errorf("line %d fails to compile: %t: %s", n, failed[n], strings.TrimSpace(l))
		}
	}
}
