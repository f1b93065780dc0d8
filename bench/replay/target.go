package replay

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Targets says where requests go: all to one, or those of each listener of the capture to its own.
type Targets struct {
	list   []target
	byName map[string]int // listener → index
	rest   int            // index for listeners that are not named; -1 if there is none
}

type target struct {
	address string // host:port
	host    string // what the Host header says, where the capture has none
	tls     bool
}

// NewTargets makes targets of URLs such as http://127.0.0.1:8080: all is for every listener that has none of its own in
// listeners. Either may be empty.
func NewTargets(all string, listeners map[string]string) (*Targets, error) {
	t := &Targets{byName: map[string]int{}, rest: -1}
	if all != "" {
		made, err := parseTarget(all)
		if err != nil {
			return nil, fmt.Errorf("replay: --target: %w", err)
		}
		t.list, t.rest = append(t.list, made), 0
	}
	for name, at := range listeners {
		if name == "" || !isName(name) {
			return nil, errors.New("replay: --listener: not a name of a-z, 0-9 and -")
		}
		made, err := parseTarget(at)
		if err != nil {
			return nil, fmt.Errorf("replay: --listener %s: %w", name, err)
		}
		t.byName[name] = len(t.list)
		t.list = append(t.list, made)
	}
	if len(t.list) == 0 {
		return nil, errors.New("replay: no target")
	}
	return t, nil
}

// parseTarget reads a URL of scheme, host and port. Its errors do not quote it: it may hold a password.
func parseTarget(s string) (target, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return target{}, errors.New("not a URL such as http://127.0.0.1:8080")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return target{}, errors.New("more than scheme, host and port")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return target{address: net.JoinHostPort(u.Hostname(), port), host: u.Host, tls: u.Scheme == "https"}, nil
}

// of returns the index of the target for what came in at a listener.
func (t *Targets) of(listener string) (int, error) {
	if i, named := t.byName[listener]; named {
		return i, nil
	}
	if t.rest < 0 {
		return 0, &NoTargetError{listener}
	}
	return t.rest, nil
}

// NoTargetError says that the capture has exchanges of a listener for which there is no target.
type NoTargetError struct{ Listener string }

// Error names the listener, which is a name of the configuration.
func (e *NoTargetError) Error() string {
	return fmt.Sprintf("replay: no target for what came in at listener %q", e.Listener)
}
