package export

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
)

// A record of a spool is a head and the batch. The head has, in this order: the magic, signal and encoding, two zeros, the
// length of the batch, when it was taken, the checksum of the batch, that of what stands in the head up to here, and at last four
// zeros that become a mark when the record is done. Both checksums and the mark depend on the file's salt and the record's offset
// in it.
const (
	recordHead = 32

	atSignal  = 4
	atLength  = 8
	atTaken   = 12
	atBatch   = 20 // the checksum of the batch
	atHead    = 24
	atDone    = 28
	scanBytes = 64 << 10 // that are read at once in search of a record
)

var recordMagic = []byte{'p', 'x', 0xf1, 0x0d}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is that of text, which belongs to a record at that offset of a file.
func checksum(salt [8]byte, offset int64, kind byte, text []byte) uint32 {
	var front [8 + 8 + 1]byte
	copy(front[:], salt[:])
	binary.LittleEndian.PutUint64(front[8:], uint64(offset))
	front[16] = kind
	return crc32.Update(crc32.Checksum(front[:], castagnoli), castagnoli, text)
}

// What a checksum is of.
const (
	ofHead  = 'h'
	ofBatch = 'b'
	ofDone  = 'd'
)

// appendHead appends the head of a record.
func appendHead(dst []byte, i *item, salt [8]byte, offset int64) []byte {
	start := len(dst)
	dst = append(append(dst, recordMagic...), byte(i.signal), byte(i.enc), 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(i.data)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(i.taken.UnixNano()))
	dst = binary.LittleEndian.AppendUint32(dst, checksum(salt, offset, ofBatch, i.data))
	dst = binary.LittleEndian.AppendUint32(dst, checksum(salt, offset, ofHead, dst[start:]))
	return append(dst, 0, 0, 0, 0)
}

// parseHead reads the head of a record that stands at offset, and reports false if none does.
func (g *segment) parseHead(head []byte, offset int64) (i item, length int64, done, ok bool) {
	if !bytes.HasPrefix(head, recordMagic) || binary.LittleEndian.Uint32(head[atHead:]) != checksum(g.salt, offset, ofHead, head[:atHead]) {
		return item{}, 0, false, false
	}
	i.signal, i.enc = otlp.Signal(head[atSignal]), otlp.Encoding(head[atSignal+1])
	i.taken = time.Unix(0, int64(binary.LittleEndian.Uint64(head[atTaken:])))
	length = int64(binary.LittleEndian.Uint32(head[atLength:]))
	done = binary.LittleEndian.Uint32(head[atDone:]) == checksum(g.salt, offset, ofDone, nil)
	return i, length, done, int(i.signal) < len(signalPaths) && int(i.enc) < len(contentTypes)
}

// found is what stands at an offset of a segment.
type found struct {
	batch   *item // nil: none that is to be delivered
	next    int64 // where to go on, behind it
	damaged bool  // something was there that cannot be read any more
}

// read reads what stands at offset at. Its error is one of the disk, which may pass.
func (g *segment) read(at int64) (found, error) {
	var head [recordHead]byte
	if at+recordHead > g.size {
		return found{next: g.size, damaged: true}, nil
	}
	if err := g.readFull(head[:], at); err != nil {
		return g.cut(err)
	}
	i, length, done, ok := g.parseHead(head[:], at)
	if !ok {
		next, err := g.search(at + 1)
		return found{next: next, damaged: true}, err
	}
	next := at + recordHead + length
	if next > g.size {
		// The head is whole, so that this is a file that was cut, unless something follows nonetheless.
		next, err := g.search(at + 1)
		return found{next: next, damaged: true}, err
	}
	if done {
		return found{next: next}, nil
	}
	i.data = make([]byte, length)
	if err := g.readFull(i.data, at+recordHead); err != nil {
		return g.cut(err)
	}
	if binary.LittleEndian.Uint32(head[atBatch:]) != checksum(g.salt, at, ofBatch, i.data) {
		return found{next: next, damaged: true}, nil
	}
	return found{batch: &i, next: next}, nil
}

// cut tells a file that became shorter from a disk that cannot be read.
func (g *segment) cut(err error) (found, error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return found{next: g.size, damaged: true}, nil
	}
	return found{}, err
}

func (g *segment) readFull(into []byte, at int64) error {
	_, err := io.ReadFull(io.NewSectionReader(g.file, at, int64(len(into))), into)
	return err
}

// search returns where the next record begins, from an offset on; the end of the file if none does.
func (g *segment) search(from int64) (int64, error) {
	buf := make([]byte, scanBytes)
	for from+recordHead <= g.size {
		chunk := buf[:min(int64(len(buf)), g.size-from)]
		if err := g.readFull(chunk, from); err != nil {
			_, err = g.cut(err)
			return g.size, err
		}
		for i := 0; ; i++ {
			n := bytes.Index(chunk[i:], recordMagic)
			if i += n; n < 0 || i+recordHead > len(chunk) {
				break
			}
			if _, length, _, ok := g.parseHead(chunk[i:i+recordHead], from+int64(i)); ok && from+int64(i)+recordHead+length <= g.size {
				return from + int64(i), nil
			}
		}
		from += int64(len(chunk)) - (recordHead - 1)
	}
	return g.size, nil
}

// mark writes that the record at an offset is done.
func (g *segment) mark(at int64) error {
	_, err := g.file.WriteAt(binary.LittleEndian.AppendUint32(nil, checksum(g.salt, at, ofDone, nil)), at+atDone)
	return err
}
