package patch

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

// CheckPath refuses a path that Write would refuse: of another ending, in a folder that is not
// there, or in the folder of the run, which need not be there yet. Errors are *hint.UsageError.
func CheckPath(path, run string) error {
	if err := disk.CheckEnding(path, "a map", ".arrow", ".svg"); err != nil {
		return err
	}
	if disk.Within(path, run) || inFolder(path, run) {
		return hint.Usage(fmt.Errorf("%s lies in the run directory %s, which holds nothing but the run", path, run), "choose a place beside it")
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return hint.Usage(fmt.Errorf("%s: there is no folder %s", path, filepath.Dir(path)), "make the folder, or choose another place")
	}
	return nil
}

// inFolder says by the names alone whether a path lies in a folder.
func inFolder(path, dir string) bool {
	p, err := filepath.Abs(path)
	d, err2 := filepath.Abs(dir)
	if dir == "" || err != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(d, p)
	return err == nil && filepath.IsLocal(rel)
}

// Write writes the map as FILE.arrow, one row for each cell, or as a picture FILE.svg, whole
// or not at all. labels are the texts of tokens by their distance from the end of the prompt;
// they may be nil. Errors are those of CheckPath, or come from the file system.
func (m *Map) Write(fs disk.FS, path string, labels map[int]string) error {
	if err := CheckPath(path, m.Run); err != nil {
		return err
	}
	if strings.EqualFold(filepath.Ext(path), ".svg") {
		return disk.WriteWhole(fs, path, []byte(m.SVG(labels)))
	}
	return arrowfile.WriteRows(fs, path, m.Cells, "run", m.Run, "gap", fmt.Sprint(m.Gap), "samples", fmt.Sprint(m.Pairs))
}

// The sizes of the picture, in pixels.
const (
	cellWidth, cellHeight = 16, 12
	marginLeft            = 120
	marginTop             = 34
	marginBottom          = 110
	legendWidth           = 90
)

// SVG draws the map: positions from left to right, points from below, red for effects above
// 0 (towards the other half), blue below, white for none; the scale ends at the largest
// effect, at 1 at least.
func (m *Map) SVG(labels map[int]string) string {
	largest := 1.0
	cells := map[[2]string]*Cell{} // by point and position
	for i := range m.Cells {
		c := &m.Cells[i]
		cells[[2]string{c.Point, c.Position}] = c
		if c.Effect != nil {
			largest = max(largest, math.Abs(*c.Effect))
		}
	}
	width, height := len(m.Positions)*cellWidth, len(m.Points)*cellHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="10">`+"\n",
		marginLeft+width+legendWidth, marginTop+height+marginBottom)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="%d" y="18" font-size="12">Effect of swapping one row with the other half of the pair (0 none, 1 all of it), %d samples</text>`+"\n", 8, m.Pairs)
	for y, point := range m.Points {
		top := marginTop + (len(m.Points)-1-y)*cellHeight
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, marginLeft-4, top+cellHeight-2, html.EscapeString(shortName(point)))
		for x, position := range m.Positions {
			c := cells[[2]string{point, position}]
			if c == nil || c.Effect == nil {
				continue
			}
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"><title>%s at %s: %.3f (%.3f nats)</title></rect>`,
				marginLeft+x*cellWidth, top, cellWidth, cellHeight, colour(*c.Effect/largest), html.EscapeString(shortName(point)), html.EscapeString(position), *c.Effect, *c.Change)
		}
		b.WriteByte('\n')
	}
	for x, position := range m.Positions {
		left, top := marginLeft+x*cellWidth+cellWidth/2+3, marginTop+height+6
		fmt.Fprintf(&b, `<text transform="translate(%d %d) rotate(-90)" text-anchor="end">%s</text>`+"\n", left, top, html.EscapeString(positionLabel(position, labels)))
	}
	left := marginLeft + width + 20
	for i := range 21 {
		share := 1 - float64(i)/10
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="12" height="6" fill="%s"/>`, left, marginTop+6*i, colour(share))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d">%.2f</text><text x="%d" y="%d">0</text><text x="%d" y="%d">%.2f</text>`+"\n</svg>\n",
		left+16, marginTop+8, largest, left+16, marginTop+67, left+16, marginTop+126, -largest)
	return b.String()
}

// shortName is what selectors call a point: resid_post:15.
func shortName(point string) string {
	p, ok := hooks.ParsePoint(point)
	switch {
	case !ok:
		return point
	case !p.Site.HasLayer():
		return p.Site.String()
	}
	return fmt.Sprintf("%s:%d", p.Site, p.Layer)
}

// positionLabel names a position by its token, where that is known.
func positionLabel(position string, labels map[int]string) string {
	k := FromEnd(position)
	if k == 0 {
		return position
	}
	if text := labels[k]; text != "" {
		return fmt.Sprintf("%q -%d", text, k)
	}
	return fmt.Sprint(-k)
}

// colour is blue for -1, white for 0, red for 1.
func colour(share float64) string {
	share = max(-1, min(1, share))
	fade := int(math.Round(255 * (1 - math.Abs(share))))
	if share >= 0 {
		return fmt.Sprintf("#%02x%02x%02x", 255, fade, fade)
	}
	return fmt.Sprintf("#%02x%02x%02x", fade, fade, 255)
}
