package storage

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"intentprobe/storage/arrowfile"
)

// mutate damages a file: it flips a bit, cuts the end off, takes a piece out,
// repeats one, or puts a number in the place of another, mostly where the file says
// something of itself.
func mutate(r *rand.Rand, name string, text []byte) []byte {
	at := r.IntN(len(text))
	end := at + 1 + r.IntN(min(64, len(text)-at))
	switch r.IntN(6) {
	case 0:
		return text[:at]
	case 1:
		return slices.Concat(text[:at], text[end:])
	case 2:
		return slices.Concat(text[:end], text[at:])
	case 3, 4:
		if strings.HasSuffix(name, ".arrow") {
			return misnumber(r, text)
		}
		return misnumberJSON(r, text)
	}
	out := bytes.Clone(text)
	if r.IntN(2) == 0 {
		at = len(out) - 1 - r.IntN(min(len(out), 4096))
	}
	out[at] ^= 1 << r.IntN(8)
	return out
}

// misnumber puts a number into the metadata of an Arrow file.
func misnumber(r *rand.Rand, text []byte) []byte {
	places := [][2]int{{8, 2048}, {len(text) - 10, len(text) - 6}}
	if a, err := arrowfile.ReadFooter(bytes.NewReader(text), int64(len(text))); err == nil {
		places = append(places, [2]int{int(a.At), len(text) - 10})
		for _, b := range slices.Concat(a.Dictionaries, a.Batches) {
			places = append(places, [2]int{int(b.At), int(b.At + b.Meta)})
		}
	}
	p := places[r.IntN(len(places))]
	at := p[0] + r.IntN(max(1, p[1]-p[0]))&^3
	numbers := []uint64{0, 1, 7, 1 << 16, math.MaxInt32, 1 << 31, math.MaxUint32, 1 << 40, math.MaxInt64, 1 << 63, math.MaxUint64, uint64(len(text)), uint64(at)}
	n := binary.LittleEndian.AppendUint64(nil, numbers[r.IntN(len(numbers))])
	out := bytes.Clone(text)
	copy(out[min(at, len(out)):], n[:4<<r.IntN(2)])
	return out
}

var digits = regexp.MustCompile(`-?\d+`)

// misnumberJSON puts a number in the place of another one.
func misnumberJSON(r *rand.Rand, text []byte) []byte {
	all := digits.FindAllIndex(text, -1)
	if len(all) == 0 {
		return text[:len(text)/2]
	}
	p := all[r.IntN(len(all))]
	numbers := []string{"0", "1", "-1", "4611686018427387904", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "2147483648"}
	return slices.Concat(text[:p[0]], []byte(numbers[r.IntN(len(numbers))]), text[p[1]:])
}
