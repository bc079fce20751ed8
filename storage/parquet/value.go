package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/parquet/schema"
	"github.com/x448/float16"
)

// wholeJSON writes what a whole number of a column stands for.
func wholeJSON(column *schema.PrimitiveNode, v int64, bits int) ([]byte, error) {
	switch kind := column.LogicalType().(type) {
	case *schema.IntLogicalType:
		if !kind.IsSigned() && bits == 32 {
			v = int64(uint32(v))
		} else if !kind.IsSigned() {
			return strconv.AppendUint(nil, uint64(v), 10), nil
		}
	case schema.DateLogicalType:
		return jsonText(time.Unix(0, 0).UTC().AddDate(0, 0, int(v)).Format(time.DateOnly)), nil
	case *schema.TimeLogicalType:
		return jsonText(time.Unix(0, 0).UTC().Add(time.Duration(v) * unitOf(kind.TimeUnit())).Format("15:04:05.999999999")), nil
	case *schema.TimestampLogicalType:
		unit := int64(unitOf(kind.TimeUnit()))
		perSecond := int64(time.Second) / unit
		return timeJSON(time.Unix(v/perSecond, v%perSecond*unit).UTC(), kind.IsAdjustedToUTC()), nil
	case *schema.DecimalLogicalType:
		return decimalJSON(big.NewInt(v), int(kind.Scale()))
	}
	return strconv.AppendInt(nil, v, 10), nil
}

func unitOf(unit schema.TimeUnitType) time.Duration {
	switch unit {
	case schema.TimeUnitMillis:
		return time.Millisecond
	case schema.TimeUnitMicros:
		return time.Microsecond
	}
	return time.Nanosecond
}

func timeJSON(t time.Time, utc bool) []byte {
	layout := "2006-01-02T15:04:05.999999999"
	if utc {
		layout += "Z07:00"
	}
	return jsonText(t.UTC().Format(layout))
}

// decimalJSON writes a whole number with so many of its digits after the point.
func decimalJSON(v *big.Int, scale int) ([]byte, error) {
	if scale < 0 || scale > 1000 {
		return nil, fmt.Errorf("has decimals of scale %d", scale)
	}
	digits := new(big.Int).Abs(v).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale+1-len(digits)) + digits
	}
	if v.Sign() < 0 {
		digits = "-" + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	return []byte(digits), nil
}

// floatJSON writes a number with a point or an exponent, as it is one.
func floatJSON(v float64, bits int) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("holds %v, which JSON does not have; write null", v)
	}
	text := strconv.FormatFloat(v, 'g', -1, bits)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return []byte(text), nil
}

// bytesJSON writes what the bytes of a column stand for: a text, if nothing else is
// said and they are one.
func bytesJSON(column *schema.PrimitiveNode, v []byte) ([]byte, error) {
	switch kind := column.LogicalType().(type) {
	case *schema.DecimalLogicalType:
		n := new(big.Int).SetBytes(v)
		if len(v) > 0 && v[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
		}
		return decimalJSON(n, int(kind.Scale()))
	case schema.UUIDLogicalType:
		if len(v) == 16 {
			return jsonText(fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])), nil
		}
	case schema.Float16LogicalType:
		if len(v) == 2 {
			return floatJSON(float64(float16.Frombits(binary.LittleEndian.Uint16(v)).Float32()), 32)
		}
	case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType:
		if !utf8.Valid(v) {
			return nil, errors.New("holds a text that is not UTF-8")
		}
		return jsonText(string(v)), nil
	}
	if !utf8.Valid(v) || strings.ContainsRune(string(v), 0) {
		return nil, errors.New("holds bytes that are no text (an image or sound?); write the file without it")
	}
	return jsonText(string(v)), nil
}
