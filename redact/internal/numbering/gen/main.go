// Command gen compiles the numbering plans of libphonenumber's metadata into the tables of package numbering: one
// automaton over digits, and the small tables that say where in it a calling code and a region begin.
//
// Run it by go generate in the folder of package numbering. Its output depends on the metadata alone.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the generated files of package numbering into dir.
func run(dir string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(dir+"/"+name, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
