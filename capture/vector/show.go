package vector

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/hint"
)

// Shown is what is to be said of direction files.
type Shown struct {
	Files      []ShownFile      `json:"files"`
	Directions []ShownDirection `json:"directions"`
	Cosines    [][]*float64     `json:"cosines"` // of each direction with each, in their order; null where widths differ or one is zero
}

// ShownFile is one file.
type ShownFile struct {
	Path   string `json:"file"`
	SHA256 string `json:"sha256"`
	Meta   Meta   `json:"meta"`
}

// ShownDirection is one direction.
type ShownDirection struct {
	Reference  string   `json:"direction"` // FILE#NAME
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Rank       int      `json:"rank"`
	Width      int      `json:"width"`
	Norm       float64  `json:"norm"`
	Gap        *float64 `json:"gap"` // of the class means; null where there are none
	SD         *float64 `json:"sd"`
	Bias       float64  `json:"bias"`
	Covariance int      `json:"covariance_rows"`
}

// Label is what a direction is called: its name, or FILE#NAME where several files are shown.
func (s *Shown) Label(i int) string {
	if len(s.Files) > 1 {
		return s.Directions[i].Reference
	}
	return s.Directions[i].Name
}

// mostShown bounds the directions that are compared: their cosines are as many as their
// square.
const mostShown = 1024

// Show reads directions, each reference FILE or FILE#NAME, and compares them. Errors are
// those of Read.
func Show(references []string) (*Shown, error) {
	out := &Shown{}
	var all []*Direction
	for _, r := range references {
		in, err := readInput(r, false)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out.Files, func(f ShownFile) bool { return f.Path == in.file.Path }) {
			out.Files = append(out.Files, ShownFile{in.file.Path, in.file.SHA256, in.file.Meta})
		}
		for _, d := range in.directions {
			s := ShownDirection{
				Reference: in.file.Path + "#" + d.Name, Name: d.Name, Kind: d.KindIn(in.file.Meta.For(d.Name)), Rank: d.Rank, Width: d.Width,
				Norm: d.Norm(), Bias: d.Bias, Covariance: len(d.Covariance) / d.Width,
			}
			if gap, err := d.Gap(); err == nil {
				s.Gap = &gap
			}
			if !math.IsNaN(d.SD) {
				s.SD = &d.SD
			}
			out.Directions = append(out.Directions, s)
			all = append(all, &Direction{Name: d.Name, Rank: d.Rank, Width: d.Width, Vector: d.Vector})
		}
	}
	if len(all) > mostShown {
		return nil, hint.Usage(fmt.Errorf("%d directions", len(all)), fmt.Sprintf("show at most %d at once", mostShown))
	}
	if len(all) == 0 {
		return nil, hint.Usage(errors.New("there is nothing to show"), "name direction files")
	}
	for i, a := range all {
		row := make([]*float64, len(all))
		for j, b := range all {
			switch {
			case j < i:
				row[j] = out.Cosines[j][i]
			case a.Width == b.Width && a.Norm() > 0 && b.Norm() > 0:
				c := cosine(a, b)
				row[j] = &c
			}
		}
		out.Cosines = append(out.Cosines, row)
	}
	return out, nil
}
