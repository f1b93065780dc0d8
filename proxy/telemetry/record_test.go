package telemetry

import (
	"reflect"
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
