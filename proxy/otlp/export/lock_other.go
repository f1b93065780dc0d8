//go:build !unix

package export

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockFolder opens a file in a folder. That nobody else uses it is not made sure of here.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("export: spool: %w", err)
	}
	return f, nil
}
