package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// noteUnfinished says on stderr that a run does not hold all its samples, where a
// command uses those that are there.
func noteUnfinished(cmd *cobra.Command, dir string) {
	r, err := rundir.OpenRecorded(dir)
	if err != nil || r.Manifest.Finished() { // a run that cannot be read is the command's own error
		return
	}
	say(cmd.ErrOrStderr(), "capture: note: %s is %s, with %s; nothing is said of the others\n", dir, r.Manifest.Status, r.Manifest.Extent())
}

// shardText says which share of a run a directory holds, to follow other text; empty where
// it is all of it.
func shardText(m *rundir.Manifest) string {
	if m.Shard == nil || m.Plan == nil {
		return ""
	}
	return fmt.Sprintf("; shard %s of a run of %s", m.Shard, plural.Count(m.Plan.Samples, "sample"))
}

// noteForeign names on stderr what lies beside a run.
func noteForeign(cmd *cobra.Command, dir string, names []string) {
	if len(names) > 0 {
		say(cmd.ErrOrStderr(), "capture: note: beside the run in %s, and passed over: %s\n", dir, plural.List(names, 10))
	}
}

// warn tells what will work, but hardly as meant.
func warn(cmd *cobra.Command, s *capture.Session) {
	say := func(format string, args ...any) {
		say(cmd.ErrOrStderr(), "capture: warning: "+format+"\n", args...)
	}
	g := s.Spec.Generate
	chooses := cmd.Flags().Lookup("temperature") != nil // not where a run goes on as it was begun
	if chooses && g.Samples > 1 && g.Temperature == 0 && g.MaxTokens > 0 {
		say("%d samples at temperature 0 are %d times the same; set --temperature", g.Samples, g.Samples)
	}
	if s.Prepared.HasPattern() && s.Spec.Engine.FlashAttn == "auto" {
		say("attention patterns need attention without flash attention, one sample at a time: both are switched so for this run")
	}
	if err := s.TrialKept(); err != nil {
		say("that this model loads cannot be remembered, so that each run tries it first: %v; CAPTURE_CACHE=DIR names another folder", err)
	}
	if usable := capture.DefaultThreads(); s.Threads > usable {
		what := fmt.Sprintf("use --threads %d", usable)
		if !chooses {
			what = fmt.Sprintf("--threads %d is faster, and may give other bits than the run was begun with", usable)
		}
		say("%s on %s make llama.cpp many times slower; %s", plural.Count(s.Threads, "thread"), plural.Count(usable, "usable CPU"), what)
	}
}

// examined is what `capture doctor` takes to look at the model of a run and its adapters.
func examined(s *spec.Spec) string {
	text := s.Model
	for _, a := range s.Engine.Adapters {
		text += " --adapter " + a.File
	}
	return text
}

// noteArms says on stderr what is allowed of interventions and may not be meant.
func noteArms(cmd *cobra.Command, s *capture.Session) {
	for _, text := range s.Prepared.Notices {
		say(cmd.ErrOrStderr(), "capture: note: %s\n", text)
	}
	if s.Prepared.Arms != nil {
		for _, text := range s.Prepared.Arms.Forced {
			say(cmd.ErrOrStderr(), "capture: warning: %s; it is used all the same, and the manifest says so\n", text)
		}
	}
}

// warnOfModel tells what is known to go wrong with a model file, a line each.
func warnOfModel(w io.Writer, model string, findings []prompt.Finding) {
	told := false
	for _, f := range findings {
		if !f.Quiet {
			say(w, "capture: warning: %s\n", middleOut(fmt.Sprintf("%s: %s; %s", f.ID, f.Says, f.Means)))
			told = true
		}
	}
	if told {
		say(w, "capture: hint: `capture doctor %s` says what to do\n", model)
	}
}
