package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"golang.org/x/term"

	"intentprobe/capture"
	"intentprobe/capture/arm"
	"intentprobe/storage/plural"
)

// watcher prints the tokens of responses as they are read, each with the score of a probe:
// as a colour on a terminal, else in brackets. Samples that are decoded together stand one
// after another, in the order in which their responses begin: the first that has not ended
// grows, and the others wait in memory.
type watcher struct {
	w      io.Writer
	probe  int // of the run's
	name   string
	ends   *[2]float64 // scores at which the colour is weakest and strongest; nil: of the scores so far
	colour bool

	samples []*watchedSample // the first is the one that grows
	begun   bool             // it has its head

	n            int // scores so far, and their mean and squares about it
	mean, square float64
}

// watchedSample is what waits of a sample.
type watchedSample struct {
	id     int64
	head   string
	tokens []capture.Watched
	ended  bool
}

// newWatcher chooses the probe of a name; empty is the only one.
func newWatcher(w io.Writer, name string, probes []arm.Probe) (*watcher, error) {
	var names []string
	out := &watcher{w: w, probe: -1, name: name}
	for i := range probes {
		names = append(names, probes[i].Name)
		if probes[i].Name == name || name == "" && len(probes) == 1 {
			out.probe, out.name, out.ends = i, probes[i].Name, probes[i].Ends
		}
	}
	switch {
	case len(probes) == 0:
		return nil, &usageError{fmt.Errorf("--watch shows the scores of a probe, and the run has none"), "name one with --probes"}
	case out.probe < 0 && name == "":
		return nil, &usageError{fmt.Errorf("--watch: the run has %d probes", len(probes)), "name the one to show, as --watch=NAME: " + plural.List(names, 12)}
	case out.probe < 0:
		return nil, &usageError{fmt.Errorf("--watch=%s: the run has no probe of this name", name), "it has " + plural.List(names, 12)}
	}
	f, ok := w.(*os.File)
	out.colour = ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
	return out, nil
}

// begin says what is shown.
func (p *watcher) begin() {
	switch {
	case !p.colour:
		say(p.w, "probe %s: its score stands after each token, in brackets\n", p.name)
	case p.ends != nil:
		say(p.w, "probe %s: ", p.name)
		p.ramp()
		say(p.w, " from %.3g (mean of its negative class) to %.3g (of its positive class)\n", p.ends[0], p.ends[1])
	default:
		say(p.w, "probe %s: ", p.name)
		p.ramp()
		say(p.w, " from two standard deviations below the mean of the scores so far to two above\n")
	}
}

// update takes a token, or the end of a sample.
func (p *watcher) update(t capture.Watched) {
	at := slices.IndexFunc(p.samples, func(s *watchedSample) bool { return s.id == t.Sample })
	switch {
	case t.Ended && at < 0: // without a response, or none of its tokens may have a row
		return
	case t.Ended:
		p.samples[at].ended = true
	case at < 0:
		at = len(p.samples)
		p.samples = append(p.samples, &watchedSample{id: t.Sample, head: headOf(t)})
		fallthrough
	default:
		p.samples[at].tokens = append(p.samples[at].tokens, t)
	}
	p.show()
}

// show prints what can be printed by now.
func (p *watcher) show() {
	for len(p.samples) > 0 {
		s := p.samples[0]
		if !p.begun {
			say(p.w, "%s ", s.head)
			p.begun = true
		}
		for _, t := range s.tokens {
			p.token(t.Row.Token, float64(t.Row.Probes[p.probe]))
		}
		if s.tokens = nil; !s.ended {
			return
		}
		io.WriteString(p.w, "\n")
		p.samples, p.begun = p.samples[1:], false
	}
}

// finish ends the line of a sample that was not shown to its end.
func (p *watcher) finish() {
	if p.begun {
		io.WriteString(p.w, "\n")
	}
}

// headOf names a sample before its tokens.
func headOf(t capture.Watched) string {
	name := fmt.Sprintf("%d %s", t.Sample, t.PromptID)
	if t.Arm != "" {
		name += " [" + t.Arm + "]"
	}
	return name + ":"
}

// ramp is one hue on black letters, from the weakest to the strongest: of the 256 colours
// of terminals, white to red.
var ramp = []int{231, 224, 217, 210, 203, 196}

// shade is the colour of the background for a score.
func (p *watcher) shade(score float64) int {
	low, high := p.mean, p.mean
	if p.ends != nil {
		low, high = p.ends[0], p.ends[1]
	} else if p.n > 1 {
		sd := math.Sqrt(p.square / float64(p.n-1))
		low, high = p.mean-2*sd, p.mean+2*sd
	}
	share := 0.5
	if low != high { // the positive mean lies below the negative one where the direction was turned
		share = (score - low) / (high - low)
	}
	return ramp[max(0, min(len(ramp)-1, int(share*float64(len(ramp)))))]
}

// ramp shows the colours.
func (p *watcher) ramp() {
	for _, colour := range ramp {
		say(p.w, "\x1b[38;5;16;48;5;%dm  \x1b[0m", colour)
	}
}

// token prints one token. What a terminal could obey in it is shown as text.
func (p *watcher) token(text string, score float64) {
	p.n++
	off := score - p.mean
	p.mean += off / float64(p.n)
	p.square += off * (score - p.mean)
	if p.colour {
		say(p.w, "\x1b[38;5;16;48;5;%dm%s\x1b[0m", p.shade(score), text)
		return
	}
	say(p.w, "%s[%.3g]", text, score)
}
