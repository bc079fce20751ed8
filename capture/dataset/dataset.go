package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
)

// Dataset is the rows of a run, in order.
type Dataset struct {
	File   string // empty for prompts of the spec or the command line
	SHA256 string // of Text
	Rows   []Row
}

// uniqueIDs refuses an id that stands there twice.
func (d *Dataset) uniqueIDs() error {
	first := make(map[string]*Row, len(d.Rows))
	for i := range d.Rows {
		r := &d.Rows[i]
		if before := first[r.ID]; before != nil {
			return hint.Usage(fmt.Errorf("%s: id %q stands there twice, first at %s", r.Place, r.ID, before.Place), "give every prompt an id of its own")
		}
		first[r.ID] = r
	}
	return nil
}

// seal refuses what no run can use, and takes the checksum.
func (d *Dataset) seal() error {
	for i := range d.Rows {
		if err := d.Rows[i].checkMessages(); err != nil {
			return err
		}
	}
	text := d.Text()
	sum := sha256.Sum256(text)
	d.SHA256 = hex.EncodeToString(sum[:])
	return d.checkKept(text)
}

// Text gives the rows as they were understood, a JSON object a line, keys sorted:
// read as a dataset it gives the same rows.
func (d *Dataset) Text() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for i := range d.Rows {
		enc.Encode(d.Rows[i].object()) // texts, and JSON that was parsed: cannot fail
	}
	return out.Bytes()
}

// BaseName is the dataset's file name without its folder, for the manifest.
func (d *Dataset) BaseName() string {
	if d.File == "" {
		return ""
	}
	return filepath.Base(d.File)
}

// checkKept refuses rows that could not be read again as a run keeps them, where
// keys and escapes take room too.
func (d *Dataset) checkKept(text []byte) error {
	longest := 0
	for line := range bytes.Lines(text) {
		longest = max(longest, len(line))
	}
	if len(text) > textfile.MaxBytes || longest > textfile.MaxJSONBytes {
		return hint.Usage(fmt.Errorf("%s: as JSON, which the run keeps, its rows take %d bytes and one of them %d; %s and %s are possible", d.File, len(text), longest, textfile.Size(textfile.MaxBytes), textfile.Size(textfile.MaxJSONBytes)),
			"split the dataset, and run its parts")
	}
	return nil
}
