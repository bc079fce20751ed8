package main

import (
	"fmt"
	"io"
	"strings"

	"intentprobe/capture/label"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// sampleInspection is what `capture inspect --sample --json` prints.
type sampleInspection struct {
	Path   string          `json:"path"`
	Sample *rundir.Sample  `json:"sample"`
	Probes []probeOfSample `json:"probes,omitempty"`
	Edited []editedToken   `json:"edited"` // tokens with a row that interventions edited, or that were scored
}

// probeOfSample is what a probe's scores of a sample were pooled to, over its response.
type probeOfSample struct {
	Name string   `json:"name"`
	Mean *float64 `json:"mean"` // null where no token of the response has a row
	Max  *float64 `json:"max"`
	Last *float64 `json:"last"`
}

// editedToken is a token whose state interventions changed.
type editedToken struct {
	Position int32     `json:"position"`
	TokenID  int32     `json:"token_id"`
	Token    string    `json:"token"`
	Phase    string    `json:"phase"`
	Role     string    `json:"role"`
	Edited   []string  `json:"edited"`           // names of the interventions
	Scores   []float64 `json:"scores,omitempty"` // of the conditions of interventions
	Probes   []float32 `json:"probes,omitempty"` // of the run's probes
}

// inspectSample shows a sample of a run, and its tokens that were edited or scored.
func inspectSample(w io.Writer, dir string, id int64, asJSON bool) error {
	if err := checkRun(dir); err != nil {
		return err
	}
	run, err := rundir.Open(dir)
	if err != nil {
		return err
	}
	in := sampleInspection{Path: dir, Edited: []editedToken{}}
	if in.Sample, err = sampleOf(run, id); err != nil {
		return err
	}
	rows, err := run.Read(*in.Sample)
	if err != nil {
		return err
	}
	if run.Manifest != nil {
		in.Probes = probesOfSample(run.Manifest.Optional.Probes(), in.Sample)
	}
	for _, r := range rows.Rows {
		if len(r.Edited)+len(r.Scores)+len(r.Probes) > 0 {
			in.Edited = append(in.Edited, editedToken{r.Position, r.TokenID, r.Token, rundir.Phases[r.Phase], rundir.Roles[r.Role], append([]string{}, r.Edited...), r.Scores, r.Probes})
		}
	}
	if asJSON {
		return printJSON(w, in)
	}
	return printSample(w, &in)
}

// sampleOf finds a sample by its id.
func sampleOf(run *rundir.Run, id int64) (*rundir.Sample, error) {
	for _, g := range run.Groups {
		planned := run.Manifest != nil && run.Manifest.Plan != nil
		if planned && (id < g.FirstSample || id >= g.FirstSample+g.Samples) {
			continue
		}
		samples, err := rundir.ReadSamples(run.Path(g.Files[0]))
		if err != nil {
			return nil, err
		}
		for i := range samples {
			if samples[i].SampleID == id {
				return &samples[i], nil
			}
		}
	}
	return nil, &usageError{fmt.Errorf("%s holds no sample %d", run.Dir, id), fmt.Sprintf("`capture inspect %s` shows how many it has, from 0 on", run.Dir)}
}

func printSample(w io.Writer, in *sampleInspection) error {
	s := in.Sample
	tokens := plural.Count(s.PromptTokens+s.ResponseTokens+s.StopTokens, "token")
	say(w, "sample       %d (%s), %s, %s\n", s.SampleID, printable(label.PromptOf(s.PromptID, s.Arm)), tokens, plural.Count(s.Rows, "row"))
	say(w, "prompt       %s\n", shorten(s.Prompt, 200))
	say(w, "response     %s\n", shorten(s.Response, 200))
	for _, p := range in.Probes {
		say(w, "probe        %s: mean %s, max %s, last %s\n", p.Name, figure(p.Mean), figure(p.Max), figure(p.Last))
	}
	if s.Arm == nil {
		return printScored(w, in)
	}
	say(w, "edited       %d of %s%s%s%s\n", s.EditedTokens, tokens, namedFigure(", norm of what was added ", s.EditNorm), namedFigure(", relative to the row ", s.EditRatio), namedFigure(", KL(none || arm) ", s.KL))
	if len(in.Edited) == 0 {
		return nil
	}
	say(w, "\n")
	var rows [][]string
	titles := []string{"position", "token", "phase", "role", "edited by", "scores"}
	for _, p := range in.Probes {
		titles = append(titles, p.Name)
	}
	for _, t := range in.Edited {
		row := []string{fmt.Sprint(t.Position), t.Token, t.Phase, t.Role, strings.Join(t.Edited, ", "), strings.Trim(fmt.Sprint(t.Scores), "[]")}
		rows = append(rows, append(row, t.scores()...))
	}
	return printTable(w, titles, rows)
}

// printScored shows the scores of a sample's tokens, in a run without arms.
func printScored(w io.Writer, in *sampleInspection) error {
	if len(in.Edited) == 0 {
		return nil
	}
	say(w, "\n")
	titles := []string{"position", "token", "phase", "role"}
	for _, p := range in.Probes {
		titles = append(titles, p.Name)
	}
	var rows [][]string
	for _, t := range in.Edited {
		rows = append(rows, append([]string{fmt.Sprint(t.Position), t.Token, t.Phase, t.Role}, t.scores()...))
	}
	return printTable(w, titles, rows)
}

// scores writes the scores of the run's probes.
func (t *editedToken) scores() (out []string) {
	for _, x := range t.Probes {
		wide := float64(x)
		out = append(out, figure(&wide))
	}
	return out
}

// probesOfSample names what the scores of a sample were pooled to.
func probesOfSample(names []string, s *rundir.Sample) (out []probeOfSample) {
	number := func(i int) *float64 {
		if i >= len(s.Probes) || s.Probes[i] != s.Probes[i] {
			return nil
		}
		x := float64(s.Probes[i])
		return &x
	}
	for i, name := range names {
		at := i * len(rundir.Pooled)
		out = append(out, probeOfSample{name, number(at), number(at + 1), number(at + 2)})
	}
	return out
}

// namedFigure writes a number that may be absent, with what it is.
func namedFigure(name string, x *float64) string {
	if x == nil {
		return ""
	}
	return name + figure(x)
}
