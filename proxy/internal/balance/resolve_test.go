package balance

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestResolve(t *testing.T) {
	p := newPeer(t, answer(fine))
	_, port, _ := net.SplitHostPort(p.address)
	var now atomic.Pointer[[]netip.Addr]
	set := func(all ...string) {
		var ips []netip.Addr
		for _, a := range all {
			ips = append(ips, netip.MustParseAddr(a))
		}
		now.Store(&ips)
	}
	set("127.0.0.1", "127.0.0.2", "::1")
	c := newCluster(t, Options{
		Addresses: []string{"api.test:" + port}, Resolve: 5 * time.Millisecond,
		Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
			if all := *now.Load(); host == "api.test" && len(all) > 0 {
				return all, nil
			}
			return nil, errors.New("no such host")
		},
	})
	await(t, func() bool { return len(*c.active.Load()) == 2 })
	if err := ask(c, false); err != nil {
		t.Error(err)
	}
	kept := (*c.active.Load())[0]
	set("127.0.0.1")
	await(t, func() bool { return len(*c.active.Load()) == 1 })
	if (*c.active.Load())[0] != kept {
		t.Error("an address that stays lost its connections")
	}
	set()
	unresolved := c.Stats().Unresolved
	await(t, func() bool { return c.Stats().Unresolved > unresolved+2 })
	if err := ask(c, false); err != nil {
		t.Errorf("the last addresses are gone: %v", err)
	}
}

// TestSharedAddress looks up names that lead to the same address, which stands there by itself too: each keeps its own connections.
func TestSharedAddress(t *testing.T) {
	p := newPeer(t, answer(fine))
	_, port, _ := net.SplitHostPort(p.address)
	c := newCluster(t, Options{
		Addresses: []string{"a.test:" + port, "b.test:" + port, p.address}, Resolve: time.Millisecond,
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	await(t, func() bool { return c.Stats().Resolved > 3 })
	first := *c.active.Load()
	resolved := c.Stats().Resolved
	await(t, func() bool { return c.Stats().Resolved > resolved+3 })
	if again := *c.active.Load(); !slices.Equal(first, again) || first[0] == first[2] || first[1] == first[2] {
		t.Error("an address that stays lost its connections, or got those of another")
	}
}

// TestChangeUnderLoad changes the addresses all the time: no request may fail by it.
func TestChangeUnderLoad(t *testing.T) {
	p := newPeer(t, answer(fine))
	_, port, _ := net.SplitHostPort(p.address)
	var n atomic.Int64
	c := newCluster(t, Options{
		Addresses: []string{"api.test:" + port}, Resolve: time.Millisecond,
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			if n.Add(1)%2 == 0 {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
		},
	})
	p2, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skip("there is one loopback address only")
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })}
	go func() { _ = server.Serve(p2) }()
	defer server.Close()
	await(t, func() bool { return c.Stats().Resolved > 1 })
	for range 500 {
		if err := ask(c, false); err != nil {
			t.Fatal(err)
		}
	}
}
