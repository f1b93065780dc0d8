package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

type healthCmd struct {
	Admin   string        `default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Address of the admin listener (default: ${default})."`
	Timeout time.Duration `default:"2s" help:"How long to wait for the answer (default: ${default})."`
}

// Run asks the admin listener whether the proxy is ready.
func (c healthCmd) Run(s streams) error {
	if _, _, err := net.SplitHostPort(c.Admin); err != nil {
		return misuse("--admin 127.0.0.1:9090", "--admin: not HOST:PORT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Admin+"/readyz", nil)
	if err != nil {
		return misuse("--admin 127.0.0.1:9090", "--admin: not HOST:PORT")
	}
	// An own transport: a proxy named in the environment has no business between a program and itself.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return hinted(errors.New("the admin listener does not answer"), "is the proxy running, and is its admin listener at "+c.Admin+"?")
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: status %d", resp.StatusCode)
	}
	_, err = fmt.Fprintln(s.out, "ready")
	return err
}
