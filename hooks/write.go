package hooks

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// mostLayers bounds what a selector may ask of a model that is not known yet.
const mostLayers = 1024

// unwritable says why the points of some sites cannot be edited.
var unwritable = map[Site]string{
	Pattern: "it is spread over the keys of a token; edit z, or q and k, instead",
	Logits:  "it is a few of the logits, copied; edit ln_final, which they are computed from",
}

// Writable says whether the points of a site can be edited.
func (s Site) Writable() bool { return unwritable[s] == "" }

// ByHead says whether the rows of a site are those of heads, one after another.
func (s Site) ByHead() bool { return s == Q || s == K || s == V || s == Z }

// SameSpace says whether rows of two sites are of one space: those of one site, in whatever
// block, and those of the residual stream.
func (s Site) SameSpace(o Site) bool {
	stream := func(s Site) bool { return s == ResidPre || s == ResidMid || s == ResidPost }
	return s == o || stream(s) && stream(o)
}

// HasLayer says whether each block has a point of the site.
func (s Site) HasLayer() bool { return sites[s].perLayer }

// String gives the short form of the site, as in selectors.
func (s Site) String() string { return sites[s].short[0] }

// SitesOf says which sites a selector (see [Map.Select]) can name in any model; a selector
// that names none is an *UnknownPointError.
func SitesOf(selector string) ([]Site, error) {
	if p, ok := ParsePoint(selector); ok {
		return []Site{p.Site}, nil
	}
	short, terms, hasTerms := strings.Cut(selector, ":")
	var out []Site
	for site, names := range sites {
		if slices.Contains(names.short, strings.TrimPrefix(short, "hook_")) && (!hasTerms || names.perLayer) {
			if hasTerms {
				if _, err := selectLayers(selector, terms, mostLayers); err != nil {
					return nil, err
				}
			}
			return []Site{Site(site)}, nil
		}
		if !strings.ContainsAny(selector, "*?[") {
			continue
		}
		for n := range mostLayers {
			name := Point{Site(site), n}.String()
			if ok, err := path.Match(selector, name); err == nil && ok {
				out = append(out, Site(site))
				break
			}
			if !names.perLayer {
				break
			}
		}
	}
	if out == nil {
		return nil, &UnknownPointError{selector, nearestSites(selector)}
	}
	return out, nil
}

// nearestSites compares with the names that models have, and of layers with those of the
// first.
func nearestSites(written string) []string {
	var names []string
	for site, s := range sites {
		names = append(names, s.short...)
		names = append(names, Point{Site: Site(site)}.String())
	}
	return Nearest(written, names)
}

// WriteError says that a point cannot be edited.
type WriteError struct {
	Point string
	Why   string
}

func (e *WriteError) Error() string {
	return fmt.Sprintf("hook point %q cannot be edited: %s", e.Point, e.Why)
}

// Hint says what can be edited.
func (e *WriteError) Hint() string {
	var names []string
	for site := range sites {
		if Site(site).Writable() {
			names = append(names, Site(site).String())
		}
	}
	return "these can be edited: " + strings.Join(names, ", ")
}

// CheckWritable refuses a site that cannot be edited; name is how the *WriteError calls it.
func CheckWritable(s Site, name string) error {
	if why := unwritable[s]; why != "" {
		return &WriteError{name, why}
	}
	return nil
}
