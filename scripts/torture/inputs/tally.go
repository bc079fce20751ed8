package main

import (
	"fmt"
	"time"
)

// tally sums up the outcomes of a kind.
type tally struct {
	Kind                     string
	Tried, Refused, Accepted int
	Crashed                  map[string]int // of those refused: in the trial, by what llama.cpp said
	Slowest                  time.Duration
	Largest                  int64
	Failures                 []string
}

func (t *tally) String() string {
	crashed := 0
	for _, n := range t.Crashed {
		crashed += n
	}
	return fmt.Sprintf("torture: damaged %s: %d mutations tried, %d refused (%d of them by a crash in the trial's process), %d accepted, slowest %.2f s, largest %d MiB, %d lost",
		t.Kind, t.Tried, t.Refused, crashed, t.Accepted, t.Slowest.Seconds(), t.Largest>>20, len(t.Failures))
}

func (t *tally) add(o outcome, which string) {
	t.Tried++
	if o.accepted {
		t.Accepted++
	} else {
		t.Refused++
	}
	if o.crash != "" {
		t.Crashed[o.crash]++
	}
	t.Slowest, t.Largest = max(t.Slowest, o.took), max(t.Largest, o.memory)
	if o.failure != "" {
		t.Failures = append(t.Failures, which+": "+o.failure)
	}
}
