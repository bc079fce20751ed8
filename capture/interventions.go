package capture

import (
	"context"
	"path/filepath"

	"intentprobe/capture/arm"
	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// openDirections opens what the interventions of the spec name.
func (s *Session) openDirections(ctx context.Context) (err error) {
	if s.Spec.HasArms() {
		s.directions, err = arm.Files(&s.Spec, arm.RunMeans(ctx))
	}
	return err
}

// keptDirections opens the directions that a run keeps.
func (s *Session) keptDirections(run *rundir.Run) (err error) {
	if !s.Spec.HasArms() {
		return nil
	}
	path := ""
	if d := run.Manifest.Directions; d != nil {
		path = filepath.Join(run.Dir, rundir.DirectionsName)
		if err := disk.CheckSum(path, d.SHA256); err != nil {
			return hint.With(err, "look for damage with ", hint.Command{"verify", run.Dir})
		}
	}
	s.directions, err = arm.Kept(&s.Spec, path)
	return err
}

// templateUsed gives the sha256 of the chat template that prompts are rendered with, or
// rundir.RawText.
func (s *Session) templateUsed() string {
	text, err := prompt.TemplateSource(&s.Spec.Chat, s.model.Facts())
	switch {
	case err != nil: // as when prompts were rendered, which said so
		return ""
	case text == "":
		return rundir.RawText
	}
	return rundir.SumOf([]byte(text))
}

// compileArms makes the arms of the spec for the model, whose points are where m says.
func (s *Session) compileArms(m *hooks.Map) (err error) {
	if !s.Spec.HasArms() {
		return nil
	}
	f := s.model.Facts()
	facts := vector.Facts{
		Model:          vector.Model{File: filepath.Base(s.path), SHA256: s.named.sha256, Architecture: f.Architecture, Layers: f.Layers, Width: f.Width},
		TemplateSHA256: s.templateUsed(),
		Adapters:       vector.AdaptersOf(s.manifestAdapters()),
	}
	if s.arms, err = arm.Compile(&s.Spec, s.directions, m, facts); err != nil {
		return err
	}
	s.kept, err = s.arms.Directions()
	return err
}

// armsOf lists arms as a manifest does.
func armsOf(set *arm.Set) (out []rundir.Arm) {
	if set == nil {
		return nil
	}
	for i := range set.Arms {
		a := &set.Arms[i]
		described := rundir.Arm{Name: a.Name, Kind: a.Kind, Of: a.Of, Predict: a.Predict}
		for n := range a.Parts {
			part := &a.Parts[n]
			edit := rundir.ArmEdit{Intervention: part.Name, Do: part.Do, Scale: part.Scale, Unit: part.Unit, Tokens: part.Tokens.String(), Predict: part.Predict}
			for _, p := range part.Points {
				edit.Points = append(edit.Points, p.String())
			}
			described.Edits = append(described.Edits, edit)
		}
		out = append(out, described)
	}
	return out
}
