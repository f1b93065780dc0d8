package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/bench"
)

// part is one question that is measured, and the place in the README where its answer stands.
type part struct {
	name, mark string
	measure    func(*harness, context.Context) (string, error)
}

const (
	proxyMark  = "proxy tables"
	filterMark = "filter table"
)

var parts = []part{
	{"sms", proxyMark, (*harness).smsPart},
	{"campaign", proxyMark, (*harness).campaignPart},
	{"steady", proxyMark, (*harness).steadyPart},
	{"memory", proxyMark, (*harness).memoryPart},
	{"filter", filterMark, (*harness).filterPart},
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// smsPart is the cost of one message to one person.
func (h *harness) smsPart(ctx context.Context) (string, error) {
	settings := slices.Concat([]*setting{base}, smsSettings, nginxSettings, haproxySettings, bareSettings, []*setting{caddyMasked})
	entrants, err := h.contest(ctx, h.rounds, settings, sms(), h.closedLoad(sms()))
	if err != nil {
		return "", err
	}
	title := fmt.Sprintf("One message, a body of %d bytes, %d connections that each send as soon as they have an answer:", smsBody, connections)
	return title + "\n\n" + h.costTable(entrants) + maskingItself(entrants) + h.againstCaddy(entrants) + "\n", nil
}

// campaignPart is the cost of one message to a hundred people.
func (h *harness) campaignPart(ctx context.Context) (string, error) {
	settings := slices.Concat([]*setting{base}, campaignSettings, []*setting{nginxBodySetting, bareBodySetting})
	entrants, err := h.contest(ctx, h.rounds, settings, campaign(), h.closedLoad(campaign()))
	if err != nil {
		return "", err
	}
	title := fmt.Sprintf("A campaign, a body of %.1f KB with %d recipients, in the same way:", campaignBody/1000.0, recipients)
	return title + "\n\n" + h.costTable(entrants) + "\n", nil
}

// steadyPart is how long answers take while the proxy has time to spare.
func (h *harness) steadyPart(ctx context.Context) (string, error) {
	settings := []*setting{base, silent, tokenising, tracing, nginxMasked, haproxySilent, haproxyMasked, bareMasked, directSetting}
	m := sms()
	entrants, err := h.contest(ctx, h.rounds, settings, m, func(ctx context.Context, address string, length time.Duration) (*outcome, error) {
		return open(ctx, address, h.people, h.rate, length, m)
	})
	if err != nil {
		return "", err
	}
	title := fmt.Sprintf("%d such messages a second, each sent when it is due, whatever the answers do:", h.rate)
	return title + "\n\n" + h.latencyTable(entrants) + "\n", nil
}

// memoryPart is what the programs hold, with bodies of all sizes up to 64 KiB.
func (h *harness) memoryPart(ctx context.Context) (string, error) {
	settings := slices.Concat([]*setting{base}, smsSettings, nginxSettings, haproxySettings, bareSettings, []*setting{caddyMasked})
	entrants, err := h.contest(ctx, 1, settings, sms(), h.closedLoad(sms(), campaign(), large(20<<10), large(64<<10)))
	if err != nil {
		return "", err
	}
	title := fmt.Sprintf("The most memory that each held, with %d connections and bodies of %d bytes to 64 KiB:", connections, smsBody)
	return title + "\n\n" + memoryTable(entrants) + "\n", nil
}

func (h *harness) closedLoad(messages ...*message) load {
	return func(ctx context.Context, address string, length time.Duration) (*outcome, error) {
		return closed(ctx, address, h.people, length, messages...)
	}
}

// filterPart is the speed of filters between standard input and output.
func (h *harness) filterPart(ctx context.Context) (string, error) {
	filters, err := h.filters()
	if err != nil {
		return "", err
	}
	var lines [][]string
	for _, log := range []struct {
		name  string
		every int // lines from one value to the next
	}{{"a finding in every line", 1}, {"a finding in 10 KB", 10_000 / lineSize}} {
		file, err := writeLog(h.tools.dir, h.megabytes<<20, log.every)
		if err != nil {
			return "", err
		}
		left, err := h.race(ctx, filters, file)
		if err != nil {
			return "", err
		}
		lines = append(lines, h.filterLines(log.name, filters, left)...)
	}
	head := []string{"load", "filter", "MB per CPU second", "ratio to ripgrep", h.spreadHead(), "values left"}
	return fmt.Sprintf("Logs of %d MB, lines of %d bytes, in the same run as the proxies:\n\n", h.megabytes, lineSize) + bench.Table(head, lines), nil
}

// race runs the filters in turn, and returns how many values each leaves.
func (h *harness) race(ctx context.Context, filters []*filter, file *logFile) (left []string, err error) {
	for i, f := range filters {
		f.speed = nil
		n, err := f.leaves(ctx, file)
		if err != nil {
			return nil, err
		}
		if i < 2 && n > 0 {
			return nil, errors.New(f.name + " left a value")
		}
		left = append(left, fmt.Sprintf("%d of %d", n, len(file.planted)))
	}
	for range h.rounds {
		for _, f := range filters {
			speed, err := f.run(ctx, file)
			if err != nil {
				return nil, err
			}
			f.speed = append(f.speed, speed)
			h.say("%s: %.0f MB a second", f.name, speed)
		}
	}
	return left, nil
}

// write puts the tables into the README.
func (h *harness) write(readme string, texts map[string]string) error {
	if len(h.without) > 0 {
		return errors.New("the README's tables need all programs; left out: " + strings.Join(h.without, "; "))
	}
	for mark, text := range texts {
		_, replace, err := bench.Marked(readme, mark)
		if err != nil {
			return err
		}
		if mark == proxyMark {
			text = h.conditions() + "\n\n" + text
		}
		if err := replace("\n" + wrap(strings.TrimSpace(text), 125) + "\n\n"); err != nil {
			return err
		}
	}
	return nil
}

// wrap breaks the lines of a text that are longer than so many bytes, but not those of tables.
func wrap(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		for !strings.HasPrefix(line, "|") && len(line) > width {
			at := strings.LastIndexByte(line[:width], ' ')
			if at < 0 {
				break
			}
			b.WriteString(line[:at] + "\n")
			line = line[at+1:]
		}
		b.WriteString(line)
	}
	return b.String()
}
