package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"intentprobe/capture"
)

// progress shows how far a run is: a bar on a terminal, a line now and then
// elsewhere.
type progress struct {
	w       io.Writer
	bar     *progressbar.ProgressBar
	started time.Time
	next    time.Time
}

// plainEvery is how often a line is written where there is no terminal.
const plainEvery = 10 * time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, started: time.Now(), next: time.Now().Add(plainEvery)}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
	}
	return p
}

func (p *progress) update(now capture.Progress) {
	elapsed := time.Since(p.started)
	rate := float64(now.Tokens) / elapsed.Seconds()
	text := fmt.Sprintf("sample %d of %d, %.0f tokens/s", now.Samples, now.TotalSamples, rate)
	if p.bar != nil {
		p.bar.ChangeMax(now.TotalSamples)
		p.bar.Describe(text)
		p.bar.Set(min(now.Samples, now.TotalSamples-1)) // the last stroke would clear it
		return
	}
	if time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(plainEvery)
	if now.Samples > 0 {
		left := elapsed * time.Duration(now.TotalSamples-now.Samples) / time.Duration(now.Samples)
		text += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	say(p.w, "capture: %s\n", text)
}

func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
