package export

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// spool is a queue in files of a folder. What was appended is read in the same order, also by the next process: a record stays
// until it is marked as done, and a file until all its records are.
//
// Files are named by their place in the order and a salt, which the checksums of its records begin with: nobody who sends
// telemetry can write something that looks like a record. Damage costs the records that it hit and no other.
type spool struct {
	dir   string
	limit int64
	roll  int64 // bytes after which a file is full
	lost  func(records uint64)
	lock  *os.File
	bytes atomic.Int64 // of all files; mu is held where it is changed

	mu       sync.Mutex // of what follows
	segments []*segment // the oldest first
	next     uint64     // number of the next one
	unsynced bool       // something was written
	unnamed  bool       // a file was made
	tail     *segment   // that records are appended to; nil: the next record begins a new one
	at       int64      // in the first segment: of the oldest record that is not done
	front    *item      // which that is; nil: it was not read
}

// segment is a file of a spool.
type segment struct {
	path string
	salt [8]byte
	size int64
	file *os.File // nil: it is not open
}

const (
	defaultSpool = 1 << 30
	maxRoll      = 8 << 20
	segmentEnd   = ".spool"
)

var errSpoolFull = errors.New("export: the spool is full")

// openSpool opens the spool in a folder, and makes that if it is not there. lost is told how many records were damaged.
func openSpool(dir string, limit int64, lost func(uint64)) (*spool, error) {
	if limit <= 0 {
		limit = defaultSpool
	}
	s := &spool{dir: dir, limit: limit, roll: min(max(limit/8, recordHead), maxRoll), lost: lost}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("export: spool: %w", err)
	}
	var err error
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if err := s.list(); err != nil {
		return nil, errors.Join(fmt.Errorf("export: spool: %w", err), s.lock.Close())
	}
	return s, nil
}

// list finds what an earlier process left.
func (s *spool) list() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries { // in the order of their names
		number, salt, ok := parseSegment(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		s.segments = append(s.segments, &segment{path: filepath.Join(s.dir, e.Name()), salt: salt, size: info.Size()})
		s.bytes.Add(info.Size())
		s.next = number + 1
	}
	return nil
}

// parseSegment takes the name of a file apart.
func parseSegment(name string) (number uint64, salt [8]byte, ok bool) {
	name, ok = strings.CutSuffix(name, segmentEnd)
	if !ok || len(name) != 16+1+16 || name[16] != '-' {
		return 0, salt, false
	}
	number, err := strconv.ParseUint(name[:16], 16, 64)
	if err != nil {
		return 0, salt, false
	}
	_, err = hex.Decode(salt[:], []byte(name[17:]))
	return number, salt, err == nil
}

// append writes a record. On an error nothing of it is there.
func (s *spool) append(i *item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := recordHead + int64(len(i.data))
	if s.bytes.Load()+size > s.limit {
		return errSpoolFull
	}
	if s.tail == nil || s.tail.size > 0 && s.tail.size+size > s.roll {
		if err := s.begin(); err != nil {
			return err
		}
	}
	t := s.tail
	head := appendHead(make([]byte, 0, recordHead), i, t.salt, t.size)
	_, err := t.file.WriteAt(head, t.size)
	if err == nil {
		_, err = t.file.WriteAt(i.data, t.size+recordHead)
	}
	if err != nil {
		if cut := t.file.Truncate(t.size); cut != nil {
			err = errors.Join(err, cut, s.flush())
			s.tail = nil // where it ends is in doubt
			if s.segments[0].size == 0 {
				s.drop() // what is appended next is the oldest record
			}
		}
		return err
	}
	if s.segments[0] == t && s.at == t.size {
		front := *i
		s.front = &front // that it may be sent already: damage to the file must not make another one of it
	}
	t.size += size
	s.bytes.Add(size)
	s.unsynced = true
	return nil
}

// begin begins a new file.
func (s *spool) begin() error {
	if err := s.flush(); err != nil {
		return err
	}
	t := &segment{}
	_, _ = rand.Read(t.salt[:])
	t.path = filepath.Join(s.dir, fmt.Sprintf("%016x-%x%s", s.next, t.salt, segmentEnd))
	var err error
	if t.file, err = os.OpenFile(t.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	if s.tail != nil {
		s.tail.close() // it is opened again when its turn comes: a large spool is many files
	}
	s.next++
	s.unnamed = true
	s.segments, s.tail = append(s.segments, t), t
	return nil
}

// oldest returns the oldest record that is not done, which stays. Damaged ones in front of it are lost. It reports false if there
// is none, or if it cannot be read now, and then says why.
func (s *spool) oldest() (item, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load()
}

func (s *spool) load() (item, bool, error) {
	for s.front == nil && len(s.segments) > 0 {
		first := s.segments[0]
		if s.at >= first.size {
			s.drop()
			continue
		}
		if err := first.open(); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				s.lost(1)
				s.drop()
				continue
			}
			return item{}, false, err
		}
		f, err := first.read(s.at)
		if err != nil {
			return item{}, false, err
		}
		if f.damaged {
			s.lost(1)
		}
		if s.front = f.batch; s.front == nil {
			s.at = f.next
		}
	}
	if s.front == nil {
		return item{}, false, nil
	}
	return *s.front, true, nil
}

// done ends with the oldest record, which oldest has returned, or which was appended when there was none. If it cannot be marked,
// the next process will deliver it again.
func (s *spool) done() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.front == nil {
		return nil
	}
	first := s.segments[0]
	err := first.open()
	if err == nil {
		err = first.mark(s.at)
	}
	s.at += recordHead + int64(len(s.front.data))
	s.front = nil
	if s.at >= first.size {
		s.drop()
	}
	return err
}

// drop removes the first file.
func (s *spool) drop() {
	first := s.segments[0]
	s.segments = slices.Delete(s.segments, 0, 1)
	s.bytes.Add(-first.size)
	s.at, s.front = 0, nil
	if s.tail == first {
		s.tail = nil
	}
	first.close()
	_ = os.Remove(first.path) // at worst its records are delivered again
}

// sync makes sure that what was appended is on the disk.
func (s *spool) sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flush()
}

func (s *spool) flush() error {
	if !s.unsynced || s.tail == nil {
		return nil
	}
	err := s.tail.file.Sync()
	if s.unnamed {
		err = errors.Join(err, syncFolder(s.dir))
	}
	s.unsynced, s.unnamed = false, false
	return err
}

// size returns how many bytes the files take, and how many they may. It waits for nothing.
func (s *spool) size() (bytes, limit int64) { return s.bytes.Load(), s.limit }

// close lets go of the files. What is in them stays.
func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.flush()
	for _, g := range s.segments {
		g.close()
	}
	return errors.Join(err, s.lock.Close())
}

func (g *segment) open() (err error) {
	if g.file == nil {
		g.file, err = os.OpenFile(g.path, os.O_RDWR, 0)
	}
	return err
}

func (g *segment) close() {
	if g.file != nil {
		_ = g.file.Close()
		g.file = nil
	}
}

// syncFolder makes sure that the names of new files are on the disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
