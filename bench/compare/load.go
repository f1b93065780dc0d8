package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/bench/internal/pace"
)

const (
	connections = 64
	// mostRequests bounds what one connection sends, whatever the clock does.
	mostRequests = 1_000_000
)

// people counts who has been written to, so that no two requests in a row are about the same person.
var people atomic.Int64

// next returns the number of the next sending.
func next(population int) int { return int(people.Add(1)) % population }

// outcome is what clients saw of one load.
type outcome struct {
	requests int
	elapsed  time.Duration
	times    []time.Duration // of the answers, sorted
}

func (o *outcome) rate() float64 { return float64(o.requests) / o.elapsed.Seconds() }

// quantile returns the time within which that share of the requests was answered.
func (o *outcome) quantile(share float64) time.Duration {
	if len(o.times) == 0 {
		return 0
	}
	return o.times[min(len(o.times)-1, int(math.Ceil(share*float64(len(o.times))))-1)]
}

// dialAll opens the connections of one load, on each the next of the messages.
func dialAll(address string, messages []*message) (clients []*client, err error) {
	for i := range connections {
		c, err := dial(address, messages[i%len(messages)])
		if err != nil {
			hangUp(clients)
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

func hangUp(clients []*client) {
	for _, c := range clients {
		_ = c.conn.Close()
	}
}

// closed loads a proxy from connections that each send a request as soon as they have the answer to the last.
func closed(ctx context.Context, address string, population int, length time.Duration, messages ...*message) (*outcome, error) {
	clients, err := dialAll(address, messages)
	if err != nil {
		return nil, err
	}
	defer hangUp(clients)
	times, failures := make([][]time.Duration, len(clients)), make([]error, len(clients))
	begin := time.Now()
	end := begin.Add(length)
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { times[i], failures[i] = c.repeat(ctx, population, end) })
	}
	all.Wait()
	return gather(times, time.Since(begin), failures)
}

// repeat sends and receives until the end.
func (c *client) repeat(ctx context.Context, population int, end time.Time) ([]time.Duration, error) {
	times := make([]time.Duration, 0, 1<<14)
	for sent := time.Now(); sent.Before(end) && len(times) < mostRequests && ctx.Err() == nil; {
		if err := errors.Join(c.send(next(population)), c.receive()); err != nil {
			return nil, err
		}
		now := time.Now()
		times = append(times, now.Sub(sent))
		sent = now
	}
	return times, nil
}

func gather(times [][]time.Duration, elapsed time.Duration, failures []error) (*outcome, error) {
	if err := errors.Join(failures...); err != nil {
		return nil, fmt.Errorf("the load failed: %w", err)
	}
	o := &outcome{elapsed: elapsed, times: slices.Concat(times...)}
	o.requests = len(o.times)
	slices.Sort(o.times)
	return o, nil
}

// open loads a proxy at a rate, whatever the answers do. The time of an answer counts from when its request was due: a proxy
// that holds one up pays for all those that had to wait behind it.
func open(ctx context.Context, address string, population, rate int, length time.Duration, m *message) (*outcome, error) {
	clients, err := dialAll(address, []*message{m})
	if err != nil {
		return nil, err
	}
	defer hangUp(clients)
	free := make(chan int, len(clients))
	due := make([]chan time.Time, len(clients))
	times, failures := make([][]time.Duration, len(clients)), make([]error, len(clients))
	var all sync.WaitGroup
	for i, c := range clients {
		due[i] = make(chan time.Time, 1)
		free <- i
		all.Go(func() {
			for since := range due[i] {
				if failures[i] == nil {
					failures[i] = c.receive()
				}
				times[i] = append(times[i], time.Since(since))
				free <- i
			}
		})
	}
	begin := time.Now()
	err = send(ctx, begin, rate, int(float64(rate)*length.Seconds()), func(at time.Time) error {
		i := <-free
		due[i] <- at
		return clients[i].send(next(population))
	})
	for i := range due {
		close(due[i])
	}
	if err != nil {
		hangUp(clients) // so that nobody waits for an answer
	}
	all.Wait()
	return gather(times, time.Since(begin), append(failures, err))
}

// send calls do when each of so many requests is due.
func send(ctx context.Context, begin time.Time, rate, requests int, do func(due time.Time) error) error {
	pacer, err := pace.New()
	if err != nil {
		return err
	}
	defer pacer.Close()
	for n := range requests {
		due := begin.Add(time.Duration(n) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			pacer.Pause(wait)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := do(due); err != nil {
			return err
		}
	}
	return nil
}
