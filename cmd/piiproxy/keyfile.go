package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxSecretFile bounds a file of secrets: a mistaken path must not fill the memory.
const maxSecretFile = 1 << 20

// readSecretFile reads a file that only its owner may read. A file that others may read or write is refused: its secret
// must count as known.
func readSecretFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fileError(path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, hinted(fmt.Errorf("%s: others than its owner may use it (mode %04o)", path, info.Mode().Perm()),
			"chmod 600 "+path)
	case info.Size() > maxSecretFile:
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxSecretFile)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile))
	if err != nil {
		return nil, fileError(path, err)
	}
	return data, nil
}

// createSecretFile writes a new file that only its owner may read. It never overwrites one: the keys in it would be gone.
func createSecretFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fileError(path, err)
	}
	if err := writeAndSync(f, data); err != nil {
		os.Remove(path)
		return fileError(path, err)
	}
	return nil
}

// replaceSecretFile replaces the content of a file of secrets. A reader sees the old content or the new, never a part, and
// after a crash one of the two is there.
func replaceSecretFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // made with mode 0600
	if err != nil {
		return fileError(path, err)
	}
	if err := writeAndSync(f, data); err != nil {
		os.Remove(f.Name())
		return fileError(path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		return fileError(path, err)
	}
	return syncDir(filepath.Dir(path))
}

func writeAndSync(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a rename in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fileError(dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fileError(dir, err)
	}
	return nil
}

// fileError says what is wrong with the file at path in our words, and in the system's where we have none.
func fileError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file", path)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: exists already", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: not permitted", path)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
