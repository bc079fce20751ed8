package hooks

import (
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
)

// layerTerm is one term after the colon of a short form: 3, -1, 25%, 0-29.
var layerTerm = regexp.MustCompile(`^(-?\d+|\d+(?:\.\d+)?%)(?:-(\d+|\d+(?:\.\d+)?%))?$`)

// UnknownPointError says that a selector names nothing that this model has.
type UnknownPointError struct {
	Selector string
	Nearest  []string // names that do exist, best first
}

func (e *UnknownPointError) Error() string {
	return fmt.Sprintf("hook point %q does not exist in this model", e.Selector)
}

// Hint says what to write instead.
func (e *UnknownPointError) Hint() string {
	return "nearest names: " + strings.Join(e.Nearest, ", ")
}

// LayerError says that a selector asks for a layer that the model does not have.
type LayerError struct {
	Selector string
	Layer    int
	Layers   int // the model has layers 0 to Layers-1
}

func (e *LayerError) Error() string {
	return fmt.Sprintf("hook point %q: layer %d is out of range", e.Selector, e.Layer)
}

// Hint says which layers there are.
func (e *LayerError) Hint() string {
	return fmt.Sprintf("this model has layers 0 to %d; -1 is the last", e.Layers-1)
}

// Split cuts a comma-separated list of selectors, keeping the commas that
// belong to a list of layers: "resid_post:0,5,-1,hook_embed" is two selectors.
func Split(list string) []string {
	var out []string
	for _, part := range strings.Split(list, ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case layerTerm.MatchString(part) && len(out) > 0 && strings.Contains(out[len(out)-1], ":"):
			out[len(out)-1] += "," + part
		default:
			out = append(out, part)
		}
	}
	return out
}

// AbsentPointError says that a selector asks for a point that other models have
// and this one does not offer.
type AbsentPointError struct {
	Point Point
	Why   string
}

func (e *AbsentPointError) Error() string {
	return fmt.Sprintf("hook point %q is not offered by this model: %s", e.Point, e.Why)
}

func (e *AbsentPointError) advice() *hint.Error {
	return hint.With(e, "leave it out of ", hint.Key("capture.hooks"), "; ", hint.Command{"hooks", "MODEL"},
		" shows the points it offers and what is wrong with the others").(*hint.Error)
}

// Phrase says where the points of this model are listed, as hint.Error's Phrase does.
func (e *AbsentPointError) Phrase(say func(reference any) string) string {
	return e.advice().Phrase(say)
}

// Hint says where the points of this model are listed.
func (e *AbsentPointError) Hint() string { return e.advice().Hint() }

// Select resolves selectors against what a model offers. Each is a full name, a
// glob over full names ("blocks.*.hook_resid_post") or a short form with optional
// layers ("resid_post", "resid_post:0-29", "resid_post:0,5,-1",
// "resid_post:25%,50%"; p% is layer round(p/100*(layers-1)), so that 100% is the
// last). Globs, and short forms without layers, take what there is. The result
// has each point once, in column order. Errors are *UnknownPointError,
// *AbsentPointError and *LayerError.
func (m *Map) Select(selectors []string) ([]Located, error) {
	wanted := map[Point]bool{}
	for _, list := range selectors {
		for _, s := range Split(list) {
			points, err := m.selectOne(s)
			if err != nil {
				return nil, err
			}
			for _, p := range points {
				wanted[p] = true
			}
		}
	}
	var out []Located
	for _, l := range m.Points {
		if wanted[l.Point] {
			out = append(out, l)
			delete(wanted, l.Point)
		}
	}
	if len(wanted) > 0 {
		p := slices.MinFunc(slices.Collect(maps.Keys(wanted)), Point.compare)
		return nil, &AbsentPointError{p, m.Absent[p]}
	}
	return out, nil
}

func (m *Map) selectOne(s string) ([]Point, error) {
	if p, ok := ParsePoint(s); ok {
		if p.Layer >= m.Layers {
			return nil, &LayerError{s, p.Layer, m.Layers}
		}
		return []Point{p}, nil
	}
	short, terms, hasTerms := strings.Cut(s, ":")
	for site, names := range sites {
		if !slices.Contains(names.short, strings.TrimPrefix(short, "hook_")) {
			continue
		}
		if hasTerms && !names.perLayer {
			break
		}
		if hasTerms {
			layers, err := selectLayers(s, terms, m.Layers)
			if err != nil {
				return nil, err
			}
			var points []Point
			for _, n := range layers {
				points = append(points, Point{Site(site), n})
			}
			return points, nil
		}
		if points := m.offered(func(p Point) bool { return p.Site == Site(site) }); points != nil {
			return points, nil
		}
		p := Point{Site: Site(site)}
		return nil, &AbsentPointError{p, m.Absent[p]}
	}
	var points []Point
	if strings.ContainsAny(s, "*?[") {
		points = m.offered(func(p Point) bool {
			ok, err := path.Match(s, p.String())
			return err == nil && ok
		})
	}
	if points == nil {
		return nil, &UnknownPointError{s, m.nearest(s)}
	}
	return points, nil
}

// offered lists the points that there are and that a condition holds for.
func (m *Map) offered(holds func(Point) bool) []Point {
	var points []Point
	for _, l := range m.Points {
		if holds(l.Point) {
			points = append(points, l.Point)
		}
	}
	return points
}

func selectLayers(selector, terms string, layers int) ([]int, error) {
	var out []int
	for _, term := range strings.Split(terms, ",") {
		m := layerTerm.FindStringSubmatch(strings.TrimSpace(term))
		if m == nil {
			return nil, &UnknownPointError{selector, []string{strings.SplitN(selector, ":", 2)[0] + fmt.Sprintf(":0-%d", layers-1)}}
		}
		first, err := layerNumber(selector, m[1], layers)
		if err != nil {
			return nil, err
		}
		last := first
		if m[2] != "" {
			if last, err = layerNumber(selector, m[2], layers); err != nil {
				return nil, err
			}
		}
		if last < first {
			return nil, &UnknownPointError{selector, []string{fmt.Sprintf("%s:%d-%d", strings.SplitN(selector, ":", 2)[0], last, first)}}
		}
		for n := first; n <= last; n++ {
			out = append(out, n)
		}
	}
	return out, nil
}

func layerNumber(selector, term string, layers int) (int, error) {
	if percent, ok := strings.CutSuffix(term, "%"); ok {
		p, err := strconv.ParseFloat(percent, 64)
		if err != nil || p > 100 {
			name, _, _ := strings.Cut(selector, ":")
			return 0, &UnknownPointError{selector, []string{name + ":100%"}}
		}
		return int(math.Round(p / 100 * float64(layers-1))), nil
	}
	n, err := strconv.Atoi(term)
	if err != nil {
		return 0, &LayerError{selector, math.MaxInt, layers}
	}
	if n < 0 {
		n += layers
	}
	if n < 0 || n >= layers {
		asked, _ := strconv.Atoi(term)
		return 0, &LayerError{selector, asked, layers}
	}
	return n, nil
}
