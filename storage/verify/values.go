package verify

import (
	"encoding/binary"

	"intentprobe/storage/arrowfile"
)

// special finds numbers that an activation may not be: masked and with the carry
// added, a number has the high bit set where it is one. Eight bytes are looked at
// at once; a carry does not leave its number.
type special struct{ mask, carry, high uint64 }

var specials = map[arrowfile.DType]special{
	arrowfile.Float32: {0x7f800000_7f800000, 0x00800000_00800000, 0x80000000_80000000}, // exponent all ones
	arrowfile.Float16: {0x7c00_7c00_7c00_7c00, 0x0400_0400_0400_0400, 0x8000_8000_8000_8000},
	arrowfile.Int32:   {0x80000000_80000000, 0, 0x80000000_80000000}, // negative
}

// in says whether there is one among the numbers.
func (s special) in(b []byte) bool {
	var sum uint64
	for len(b) >= 32 {
		w, x := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		y, z := binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
		sum |= (w&s.mask + s.carry) | (x&s.mask + s.carry) | (y&s.mask + s.carry) | (z&s.mask + s.carry)
		b = b[32:]
	}
	var rest [32]byte
	copy(rest[:], b)
	for i := 0; i < len(rest); i += 8 {
		sum |= binary.LittleEndian.Uint64(rest[i:])&s.mask + s.carry
	}
	return sum&s.high != 0
}

// tensors reads a column of tensors and looks for what is no number. Where there may
// be nulls, valid says which rows are not. Scores are computed of the rows on the way.
func tensors(s *arrowfile.Scanner, r *arrowfile.BatchReader, of arrowfile.Column, nullable bool, scores ...*again) (found tensorFaults, err error) {
	found.first = -1
	if found.valid, err = r.Valid(r.Rows, nullable); err != nil {
		return found, err
	}
	values := r.Rows * int64(of.Elements())
	if _, err := r.Valid(values, false); err != nil {
		return found, err
	}
	left := values * int64(of.DType.Bytes())
	span, err := r.NextBuffer(left)
	if err == nil {
		err = s.Skip(span.At)
	}
	for at := int64(0); left > 0 && err == nil; {
		var b []byte
		if b, err = s.Next(left); err != nil {
			break
		}
		left -= int64(len(b))
		for len(b) > 0 {
			piece := b[:min(len(b), 4096)]
			if specials[of.DType].in(piece) {
				found.look(piece, at, of.DType)
			}
			for _, a := range scores {
				a.take(piece, at, of.DType)
			}
			at += int64(len(piece)) / int64(of.DType.Bytes())
			b = b[len(piece):]
		}
	}
	return found, err
}

// tensorFaults are the values of a record batch that may not be.
type tensorFaults struct {
	first int64 // element of the batch, -1 for none
	what  string
	count int64
	infs  int64            // of float16, which are held against the manifest
	valid arrowfile.Values // which rows are not null
}

// row is that of the first fault, element where it is there.
func (f *tensorFaults) row(of arrowfile.Column) int64     { return f.first / int64(of.Elements()) }
func (f *tensorFaults) element(of arrowfile.Column) int64 { return f.first % int64(of.Elements()) }

// look goes through numbers one by one, the first of which is element at.
func (f *tensorFaults) look(b []byte, at int64, of arrowfile.DType) {
	for i := 0; i < len(b); i += of.Bytes() {
		what := ""
		switch of {
		case arrowfile.Float16:
			switch bits := binary.LittleEndian.Uint16(b[i:]) & 0x7fff; {
			case bits == 0x7c00:
				f.infs++
			case bits > 0x7c00:
				what = "NaN"
			}
		case arrowfile.Float32:
			switch bits := binary.LittleEndian.Uint32(b[i:]) & 0x7fffffff; {
			case bits == 0x7f800000:
				what = "infinite"
			case bits > 0x7f800000:
				what = "NaN"
			}
		case arrowfile.Int32:
			if int32(binary.LittleEndian.Uint32(b[i:])) < 0 {
				what = "negative"
			}
		}
		if what == "" {
			continue
		}
		if f.count++; f.first < 0 {
			f.first, f.what = at+int64(i/of.Bytes()), what
		}
	}
}
