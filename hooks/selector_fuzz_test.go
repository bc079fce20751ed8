package hooks

import (
	"errors"
	"testing"
)

// Whatever is written, Select either gives points that there are, in column
// order, each once, or one of its errors; and the names that it gives select
// themselves.
func FuzzSelect(f *testing.F) {
	for _, seed := range []string{
		"", ",", "hook_embed", "embed", "ln_final", "ln_final.hook_normalized", "logits", "unembed.hook_out",
		"blocks.0.hook_resid_pre", "blocks.3.hook_resid_post", "blocks.03.hook_resid_pre", "blocks.-1.hook_resid_pre",
		"resid_post", "resid_post:", "resid_post:0-29", "resid_post:0,5,-1", "resid_post:25%,50%,75%", "resid_post:12.5%-100%",
		"resid_post:-3-5", "resid_post:5-3", "resid_post:0,5,-1,hook_embed", "hook_resid_pre:1", "resid_pots",
		"blocks.*.hook_resid_post", "blocks.[0-9].*", "blocks.[", "*", "\\", "resid_post:999999999999999999999", "resid_post:101%",
		"q,k,v:0", "blocks.1.attn.hook_z", "blocks.*.attn.*", "pattern:-1", "resid_mid", "resid_mid:1", "blocks.0.hook_resid_mid",
		"router_logits:50%", "pre:0", "hook_post:0", "mlp_out:0-1,attn_out",
	} {
		for _, layers := range []uint8{0, 3, 29} {
			f.Add(seed, layers, uint16(0))
			f.Add(seed, layers, uint16(1<<ResidMid|1<<RouterLogits))
		}
	}
	f.Fuzz(func(t *testing.T, selector string, n uint8, without uint16) {
		if len(selector) > 200 {
			return
		}
		var absent []Site
		for s := Embed; s <= Logits; s++ {
			if without&(1<<s) != 0 {
				absent = append(absent, s)
			}
		}
		m := offering(1+int(n)%100, absent...) // a model has at least one layer
		points, err := m.Select([]string{selector})
		if err != nil {
			var unknown *UnknownPointError
			var layer *LayerError
			var missing *AbsentPointError
			if !errors.As(err, &unknown) && !errors.As(err, &layer) && !errors.As(err, &missing) {
				t.Fatalf("%q, %d layers: error of type %T", selector, m.Layers, err)
			}
			if points != nil {
				t.Fatalf("%q: points beside the error %v", selector, err)
			}
			if missing != nil && missing.Why != "planted" {
				t.Fatalf("%q: %v", selector, missing)
			}
			return
		}
		full := make([]string, len(points))
		for i, p := range points {
			if at, ok := m.Find(p.Point); !ok || at.Node != p.Node {
				t.Fatalf("%q: %v is no point of %d layers", selector, p, m.Layers)
			}
			if i > 0 && points[i-1].Node >= p.Node {
				t.Fatalf("%q: %v comes after %v", selector, p, points[i-1])
			}
			full[i] = p.String()
		}
		again, err := m.Select(full)
		if err != nil || len(again) != len(points) {
			t.Fatalf("%q: %d points, by their names %d, %v", selector, len(points), len(again), err)
		}
		for i := range again {
			if again[i].Point != points[i].Point {
				t.Fatalf("%q: %v, by its name %v", selector, points[i], again[i])
			}
		}
	})
}
