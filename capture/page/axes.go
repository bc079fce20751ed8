package page

import "intentprobe/capture/probe/report"

// axes draws two axes with their ticks, and a grid across. xticks may be nil: round numbers.
func (c *canvas) axes(x, y scale, xname, yname string, xticks []float64, ydecimals int) {
	ys, _ := y.ticks(7)
	for _, v := range ys {
		c.line("grid", x.from, y.at(v), x.to, y.at(v))
		c.text("soft end", x.from-7, y.at(v)+4, report.Fixed(v, ydecimals))
	}
	decimals := 0
	if xticks == nil {
		xticks, decimals = x.ticks(8)
	}
	for _, v := range xticks {
		c.line("axis", x.at(v), y.from, x.at(v), y.from+4)
		c.text("soft mid", x.at(v), y.from+20, report.Fixed(v, decimals))
	}
	c.line("axis", x.from, y.from, x.to, y.from)
	c.text("soft mid", (x.from+x.to)/2, y.from+40, xname)
	c.turned("soft", x.from-40, (y.from+y.to)/2, yname)
}

// wholeTicks are numbers of layers: all, where there is room, else each second, fifth, tenth.
func wholeTicks(layers int, wide bool) (out []float64) {
	most := 12
	if wide {
		most = 32
	}
	step := 1
	for power := 1; layers/step > most; power *= 10 {
		for _, times := range []int{1, 2, 5} {
			if step = power * times; layers/step <= most {
				break
			}
		}
	}
	for i := 0; i < layers; i += step {
		out = append(out, float64(i))
	}
	return out
}
