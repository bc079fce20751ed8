package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"intentprobe/capture/hint"
)

// Read reads the JSON of a report. Errors say that it is no JSON, no report, or one of another
// version.
func Read(r io.Reader) (*Report, error) {
	var out Report
	dec := json.NewDecoder(r)
	if err := dec.Decode(&out); err != nil {
		return nil, hint.With(fmt.Errorf("this is no report of probes: %w", err), "give what ", hint.Command{"probe", "eval"}, " wrote as JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, hint.With(errors.New("there is more after the report"), "give one report")
	}
	if out.Version != Version {
		return nil, hint.With(fmt.Errorf("version %d of reports of probes; this program reads version %d", out.Version, Version), "make the report anew")
	}
	return &out, nil
}
