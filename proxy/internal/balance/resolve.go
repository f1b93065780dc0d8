package balance

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	lookupTime   = 5 * time.Second
	maxAddresses = 64 // of one name
)

func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// resolve looks every name up and puts what it has now in place of what it had. Addresses that stay keep their connections; of
// those that go the exchanges come to their end. A name that cannot be looked up keeps what it had: until the first time that
// is the name itself, which is looked up for each connection.
func (c *Cluster) resolve() {
	before := *c.active.Load()
	var after []*endpoint
	for _, address := range c.options.Addresses {
		if !isName(address) {
			after = append(after, find(before, address, ""))
			continue
		}
		found, ok := c.lookup(address)
		if !ok {
			after = append(after, named(before, address)...)
			continue
		}
		for _, ip := range found {
			e := find(before, ip, address)
			if e == nil {
				e = newEndpoint(c, ip)
				e.name = address
			}
			after = append(after, e)
		}
	}
	c.replace(before, after)
}

// lookup returns the addresses of a name with its port, in order. Those of IPv6 and IPv4 are not mixed: the resolver knows which of
// them this machine prefers.
func (c *Cluster) lookup(address string) ([]string, bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(c.ctx, lookupTime)
	defer cancel()
	found, err := c.options.Lookup(ctx, host)
	if err != nil || len(found) == 0 {
		c.counts.unresolved.Add(1)
		return nil, false
	}
	c.counts.resolved.Add(1)
	var all []netip.Addr
	for _, ip := range found {
		if ip = ip.Unmap(); ip.Is4() == found[0].Unmap().Is4() && len(all) < maxAddresses {
			all = append(all, ip)
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	var addresses []string
	for _, ip := range slices.Compact(all) {
		addresses = append(addresses, net.JoinHostPort(ip.String(), port))
	}
	return addresses, true
}

// find returns the endpoint of an address that came of a name, or of none.
func find(all []*endpoint, address, name string) *endpoint {
	for _, e := range all {
		if e.address == address && e.name == name {
			return e
		}
	}
	return nil
}

func named(all []*endpoint, name string) (of []*endpoint) {
	for _, e := range all {
		if e.name == name {
			of = append(of, e)
		}
	}
	return of
}

// replace makes after the addresses, and closes those that are not among them any more.
func (c *Cluster) replace(before, after []*endpoint) {
	c.mu.Lock()
	gone, kept := before, after
	if c.closed {
		gone, kept = after, before // those that are new were not closed with the others
	} else {
		c.active.Store(&after)
	}
	c.mu.Unlock()
	for _, e := range gone {
		if !slices.Contains(kept, e) {
			e.close()
		}
	}
}
