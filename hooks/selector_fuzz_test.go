package hooks

import (
	"errors"
	"testing"
)

// Whatever is written, Select either names points in column order, each once,
// or gives one of its two errors; and the names that it gives select themselves.
func FuzzSelect(f *testing.F) {
	for _, seed := range []string{
		"", ",", "hook_embed", "embed", "ln_final", "ln_final.hook_normalized",
		"blocks.0.hook_resid_pre", "blocks.3.hook_resid_post", "blocks.03.hook_resid_pre", "blocks.-1.hook_resid_pre",
		"resid_post", "resid_post:", "resid_post:0-29", "resid_post:0,5,-1", "resid_post:25%,50%,75%", "resid_post:12.5%-100%",
		"resid_post:-3-5", "resid_post:5-3", "resid_post:0,5,-1,hook_embed", "hook_resid_pre:1", "resid_pots",
		"blocks.*.hook_resid_post", "blocks.[0-9].*", "blocks.[", "*", "\\", "resid_post:999999999999999999999", "resid_post:101%",
	} {
		for _, layers := range []uint8{0, 3, 29} {
			f.Add(seed, layers)
		}
	}
	f.Fuzz(func(t *testing.T, selector string, n uint8) {
		if len(selector) > 200 {
			return
		}
		layers := 1 + int(n)%100 // a model has at least one
		points, err := Select([]string{selector}, layers)
		if err != nil {
			var unknown *UnknownPointError
			var layer *LayerError
			if !errors.As(err, &unknown) && !errors.As(err, &layer) {
				t.Fatalf("%q, %d layers: error of type %T", selector, layers, err)
			}
			if points != nil {
				t.Fatalf("%q: points beside the error %v", selector, err)
			}
			return
		}
		column := map[Point]int{}
		for i, p := range All(layers) {
			column[p] = i
		}
		full := make([]string, len(points))
		for i, p := range points {
			at, ok := column[p]
			if !ok {
				t.Fatalf("%q: %v is no point of %d layers", selector, p, layers)
			}
			if i > 0 && column[points[i-1]] >= at {
				t.Fatalf("%q: %v comes after %v", selector, p, points[i-1])
			}
			full[i] = p.String()
		}
		again, err := Select(full, layers)
		if err != nil {
			t.Fatalf("%q: its own names %q: %v", selector, full, err)
		}
		if len(again) != len(points) {
			t.Fatalf("%q: %d points, by their names %d", selector, len(points), len(again))
		}
		for i := range again {
			if again[i] != points[i] {
				t.Fatalf("%q: %v, by its name %v", selector, points[i], again[i])
			}
		}
	})
}
