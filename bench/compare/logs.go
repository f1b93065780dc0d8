package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

const lineSize = 264 // bytes with the line break

// logFile is a log for filters, with a value in every so many lines. All values are different.
type logFile struct {
	whole, part    string // two files: the part is the beginning
	size, partSize int
	planted        []string // the values of the part
}

// partSize is what slow filters get, and what is searched for values that were left.
const partSize = 8 << 20

// writeLog writes lines like those of services.
func writeLog(dir string, size, every int) (*logFile, error) {
	r := rand.New(rand.NewPCG(uint64(every), 7))
	l := &logFile{whole: filepath.Join(dir, "log-"+strconv.Itoa(every)), size: size / lineSize * lineSize}
	l.part, l.partSize = l.whole+"-part", min(l.size, partSize/lineSize*lineSize)
	log := make([]byte, 0, l.size)
	for i := range l.size / lineSize {
		var value string
		if i%every == 0 {
			value = plant(r, i/every)
			if len(log) < l.partSize {
				l.planted = append(l.planted, value)
			}
		}
		log = appendLine(log, r, i, value)
	}
	if err := os.WriteFile(l.part, log[:l.partSize], 0o600); err != nil {
		return nil, err
	}
	return l, os.WriteFile(l.whole, log, 0o600)
}

func plant(r *rand.Rand, n int) string {
	switch n % 4 {
	case 0:
		return fmt.Sprintf("+3069%08d", r.IntN(100_000_000))
	case 1:
		return fmt.Sprintf("user%d@mail.example.com", r.IntN(100_000_000))
	case 2:
		return fmt.Sprintf("203.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))
	}
	return fmt.Sprintf("2001:db8:%x:%x::%x", 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535))
}

const filler = " component=dispatcher region=eu-west shard=blue worker accepted the message and queued it for delivery to the next " +
	"hop after checking quota, credit, schedule and template; nothing else to do here until the report comes back from there"

func appendLine(log []byte, r *rand.Rand, i int, value string) []byte {
	begin := len(log)
	log = fmt.Appendf(log, "2026-11-23T%02d:%02d:%02d.%03dZ INFO  id=%08x-%04x took=%dms", i/3600000%24, i/60000%60, i/1000%60, i%1000, r.Uint32(), r.IntN(65536), r.IntN(900))
	if value != "" {
		log = append(append(log, " peer "...), value...)
	}
	log = append(log, filler...)
	return append(log[:begin+lineSize-1], '\n')
}
