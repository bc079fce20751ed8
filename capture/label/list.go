package label

import (
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// List gives what the tables of a run hold, in order of names and versions.
func List(dir string) ([]*Summary, error) {
	if _, err := rundir.OpenRecorded(dir); err != nil {
		return nil, advise(err, dir)
	}
	headers, err := labels.List(dir)
	if err != nil {
		return nil, err
	}
	out := []*Summary{}
	for _, h := range headers {
		t, err := labels.Read(dir, h.Name, h.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, summarise(dir, t))
	}
	return out, nil
}
