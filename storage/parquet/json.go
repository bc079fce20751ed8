package parquet

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// rowWriter collects the JSON of a row.
type rowWriter struct {
	text []byte
	most int
}

func (w *rowWriter) add(text ...byte) error {
	if w.text = append(w.text, text...); len(w.text) > w.most {
		return fmt.Errorf("more than %d bytes", w.most)
	}
	return nil
}

// jsonText writes a text as JSON.
func jsonText(text string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.Encode(text) // a text can be written
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
