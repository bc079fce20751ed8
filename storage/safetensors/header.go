package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxHeader is the largest header that the format allows, in bytes.
const MaxHeader = 100_000_000

// Info is what a header says of a tensor.
type Info struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // where it begins and ends after the header
}

const metadataKey = "__metadata__"

// Header is the length of the header, which the format puts first, and the header: JSON,
// padded with spaces to a multiple of 8. Tensors are by their names.
func Header(metadata map[string]string, tensors map[string]Info) ([]byte, error) {
	header := map[string]any{}
	if len(metadata) > 0 {
		header[metadataKey] = metadata
	}
	for name, info := range tensors {
		header[name] = info
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(header); err != nil {
		return nil, err
	}
	padded := strings.TrimSpace(text.String())
	padded += strings.Repeat(" ", (8-len(padded)%8)%8)
	if len(padded) > MaxHeader {
		return nil, fmt.Errorf("a safetensors header of %d bytes; the format allows %d", len(padded), MaxHeader)
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(padded))), padded...), nil
}

// parseHeader reads the JSON of a header. Keys that come twice are refused: readers would
// differ in which they take.
func parseHeader(text []byte) (metadata map[string]string, tensors map[string]Info, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, errors.New("the header is no JSON object")
	}
	tensors = map[string]Info{}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, nil, fmt.Errorf("the header: %w", err)
		}
		name := key.(string) // the keys of an object are texts
		if seen[name] {
			return nil, nil, fmt.Errorf("the header has %q twice", name)
		}
		seen[name] = true
		if name == metadataKey {
			if err := dec.Decode(&metadata); err != nil {
				return nil, nil, fmt.Errorf("the header: %s: %w", metadataKey, err)
			}
			continue
		}
		var info Info
		if err := dec.Decode(&info); err != nil {
			return nil, nil, fmt.Errorf("the header: tensor %q: %w", name, err)
		}
		tensors[name] = info
	}
	if _, err := dec.Token(); err != nil {
		return nil, nil, fmt.Errorf("the header: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("the header goes on after its JSON object")
	}
	return metadata, tensors, nil
}

// sizes are the bytes of an element, by the names that the format has for types.
var sizes = map[string]int64{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
	"I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8, "C64": 8,
}

// checkTensors refuses tensors that are not as large as their shapes say, overlap, leave
// gaps, or do not end where the data ends.
func checkTensors(tensors map[string]Info, data int64) error {
	names := make([]string, 0, len(tensors))
	for name := range tensors {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := tensors[a].Offsets, tensors[b].Offsets
		for i := range x {
			if x[i] != y[i] {
				return int(min(max(x[i]-y[i], -1), 1))
			}
		}
		return strings.Compare(a, b)
	})
	at := int64(0)
	for _, name := range names {
		info := tensors[name]
		size, err := info.bytes()
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		from, to := info.Offsets[0], info.Offsets[1]
		switch {
		case from < 0 || to < from || to > data:
			return fmt.Errorf("tensor %q lies at bytes %d to %d of %d", name, from, to, data)
		case to-from != size:
			return fmt.Errorf("tensor %q has %d bytes; %s %v has %d", name, to-from, info.DType, info.Shape, size)
		case from < at:
			return fmt.Errorf("tensor %q overlaps the one before it, at byte %d", name, from)
		case from > at:
			return fmt.Errorf("there are %d bytes of no tensor before %q", from-at, name)
		}
		at = to
	}
	if at != data {
		return fmt.Errorf("there are %d bytes after the last tensor", data-at)
	}
	return nil
}

// mostElements bounds the elements of a tensor, so that counting bytes cannot overflow.
const mostElements = 1 << 48

// Elements counts the numbers of a tensor; the error says what is wrong with its shape.
func (i Info) Elements() (int64, error) {
	n := int64(1)
	for _, d := range i.Shape {
		if d < 0 || int64(d) > mostElements || d > 0 && n > mostElements/int64(d) {
			return 0, fmt.Errorf("has the shape %v", i.Shape)
		}
		n *= int64(d)
	}
	return n, nil
}

func (i Info) bytes() (int64, error) {
	size, known := sizes[i.DType]
	if !known {
		return 0, fmt.Errorf("has the type %q, which the format does not know", i.DType)
	}
	n, err := i.Elements()
	return n * size, err
}
