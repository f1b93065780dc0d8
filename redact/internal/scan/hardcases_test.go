package scan

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestHardCasesFile holds the file of hard cases, which tests of other packages read, to the tables. UPDATE_HARD_CASES=1 writes it.
func TestHardCasesFile(t *testing.T) {
	var want []byte
	for _, table := range tables {
		for _, test := range table.cases {
			raw, _ := unmark(test.text)
			want = append(append(want, raw...), 0)
		}
	}
	name := filepath.Join("testdata", "hardcases")
	if os.Getenv("UPDATE_HARD_CASES") != "" {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the tables say; write it with UPDATE_HARD_CASES=1", name)
	}
}
