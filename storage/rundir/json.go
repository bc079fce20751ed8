package rundir

import (
	"bytes"
	"encoding/json"
)

// PlainJSON leaves <, > and & as they are: tokens are full of them.
func PlainJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}
