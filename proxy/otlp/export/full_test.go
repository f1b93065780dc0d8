//go:build unix

package export

import (
	"net/http"
	"net/http/httptest"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk leaves no files and no open ones behind while a disk takes nothing.
func TestFullDisk(t *testing.T) {
	s, err := openSpool(t.TempDir(), 0, func(uint64) { t.Error("something was lost") })
	if err != nil {
		t.Fatal(err)
	}
	batch := item{data: make([]byte, 1000)}
	if err := s.append(&batch); err != nil {
		t.Fatal(err)
	}
	fillDisk(t, func() {
		for range 10 {
			if s.append(&batch) == nil {
				t.Error("the disk is not full")
			}
		}
	})
	if err := s.append(&batch); err != nil {
		t.Error(err)
	}
	if len(s.segments) != 1 {
		t.Errorf("there are %d files", len(s.segments))
	}
	for range 2 {
		if i, ok, err := s.oldest(); !ok || err != nil || len(i.data) != len(batch.data) {
			t.Errorf("a batch is missing: %v", err)
		}
		if err := s.done(); err != nil {
			t.Error(err)
		}
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// fillDisk calls f while files cannot become longer than half a record.
func fillDisk(t *testing.T, f func()) {
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Skip(err)
	}
	limit := was
	limit.Cur = 500
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	}()
	f()
}

// TestFullDiskAtTheEnd ends while older batches wait on a disk that takes no more: what is in memory is delivered behind them.
func TestFullDiskAtTheEnd(t *testing.T) {
	r, dir, free := newReceiver(t, nil), t.TempDir(), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		<-free
		r.ServeHTTP(w, req)
	}))
	defer slow.Close()
	spoolOf(t, dir, 3)
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: slow.URL}}, Spool: dir})
	fillDisk(t, func() {
		large := strings.Repeat("x", 1000)
		offer(t, e, large, large)
		closed := make(chan error, 1)
		go func() { closed <- e.Close(t.Context()) }()
		<-e.stopping
		close(free)
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
	if s := e.State(); len(r.all()) != 5 || s.Lost != [len(s.Lost)]uint64{} {
		t.Errorf("%d arrived: %+v", len(r.all()), s)
	}
}
