package storage

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// Places of columns in files of activations.
var (
	rowSampleID  = rowPlace("sample_id")
	rowPosition  = rowPlace("position")
	rowTokenID   = rowPlace("token_id")
	rowToken     = rowPlace("token")
	rowPhase     = rowPlace("phase")
	rowRole      = rowPlace("role")
	rowTurn      = rowPlace("turn")
	rowGenerated = rowPlace("generated")
	rowReasoning = rowPlace("reasoning")
	rowStop      = rowPlace("stop")
	rowLogprob   = rowPlace("logprob")
	rowEntropy   = rowPlace("entropy")
	rowColumns   = len(rundir.RequiredRowFields)
)

func rowPlace(name string) int {
	return slices.IndexFunc(rundir.RequiredRowFields, func(f arrow.Field) bool { return f.Name == name })
}

// setValue gives the value that p points to one that is not its zero.
func setValue(t *testing.T, p any) {
	switch v := p.(type) {
	case *bool:
		*v = true
	case **string:
		*v = pointer("steered")
	case *string:
		*v = "steered"
	case *[]string:
		*v = []string{"steered"}
	case *[]float64:
		*v = []float64{0.25, -1.5}
	case *int32:
		*v = 3
	case **float64:
		*v = pointer(0.125)
	default:
		t.Fatalf("no value for %T", p)
	}
}

// optionalRun writes a run with optional columns, each with a value.
func optionalRun(t *testing.T, optional []string, set bool) string {
	m := wholeManifest("all", "response")
	if slices.Contains(optional, "arm") {
		m.Arms = []rundir.Arm{{Name: "none", Kind: "none"}, {Name: "steered", Kind: "edit", Edits: []rundir.ArmEdit{{Intervention: "steered", Do: "add"}}}}
	}
	w := create(t, Config{Manifest: m, Optional: optional})
	for id, rows := range []int{5, 4} {
		s := w.Begin(rows)
		for i := range rows {
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), i)
			r := wholeRow(i)
			for _, c := range rundir.RowColumns {
				if set && slices.Contains(optional, c.Name) {
					setValue(t, c.In(&r))
				}
			}
			require.NoError(t, s.Add(r))
		}
		sample := wholeSample(id, rows)
		for _, c := range rundir.SampleColumns {
			if slices.Contains(optional, c.Name) && (set || c.Name == "arm" && len(optional) > 1) {
				setValue(t, c.In(&sample))
			}
		}
		require.NoError(t, s.End(sample))
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

// optionalNames are the optional columns of a table but those of reductions, which
// have a switch of their own.
func optionalNames() (rows, samples []string) {
	for _, c := range rundir.RowColumns {
		if c.Optional {
			rows = append(rows, c.Name)
		}
	}
	for _, c := range rundir.SampleColumns {
		if c.Optional && c.Name != rundir.ReducedTokens.Name {
			samples = append(samples, c.Name)
		}
	}
	return rows, samples
}

// An optional column is listed, written, read, verified, compared, chosen by, exported
// and gone on with because it is in the table: here are all that are, and one more.
func TestAnOptionalColumnIsOneEntry(t *testing.T) {
	notes := map[string]*string{}
	note := rundir.Column[rundir.Sample]{
		Field: rundir.TextField("note", false), Optional: true, Where: true,
		In: func(s *rundir.Sample) any {
			if notes[s.PromptID] == nil {
				notes[s.PromptID] = new(string)
			}
			return notes[s.PromptID]
		},
	}
	table := rundir.SampleColumns
	rundir.SampleColumns = append(slices.Clone(table), note)
	defer func() { rundir.SampleColumns = table }()

	inRows, inSamples := optionalNames()
	require.Equal(t, []string{"edited", "scores"}, inRows)
	require.Equal(t, []string{"arm", "edited_tokens", "edit_norm", "edit_ratio", "kl", "adapter", "note"}, inSamples)
	without := optionalRun(t, nil, false)
	for _, name := range slices.Concat(inRows, inSamples) {
		t.Run(name, func(t *testing.T) {
			with := []string{name}
			if strings.HasPrefix(name, "edit") || name == "kl" { // which only arms have
				with = []string{"arm", name}
			}
			dir, file := optionalRun(t, with, true), samples0
			if slices.Contains(inRows, name) {
				file = activations0
			}
			for _, quick := range []bool{false, true} {
				require.Empty(t, verifyRun(t, dir, quick).Problems)
			}
			m, err := rundir.ReadManifest(dir)
			require.NoError(t, err)
			listed := slices.Concat(m.Optional.Activations, m.Optional.Samples)
			require.Len(t, listed, len(with))
			require.True(t, slices.ContainsFunc(listed, func(c rundir.OptionalColumn) bool { return c.Name == name }))
			d, err := rundir.Describe(filepath.Join(dir, file), 1)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(d.Columns, func(c arrowfile.ColumnInfo) bool { return c.Name == name }))

			clear(notes)
			run, err := rundir.Open(dir)
			require.NoError(t, err)
			samples, err := run.Samples()
			require.NoError(t, err)
			want, got := rundir.Sample{}, samples[0]
			if c := rundir.SampleColumns.Named(name); c != nil {
				setValue(t, c.In(&want))
				require.Equal(t, c.In(&want), c.In(&got))
				if c.Where {
					require.Equal(t, "steered", *got.Keys()[name])
				}
			} else {
				a, err := run.Read(got)
				require.NoError(t, err)
				c, want := rundir.RowColumns.Named(name), rundir.Row{}
				setValue(t, c.In(&want))
				require.Equal(t, c.In(&want), c.In(&a.Rows[0]))
			}
			if name != "note" { // whose values lie in one place, whatever the run
				compared := compareRuns(t, dir, optionalRun(t, with, false))
				require.Positive(t, compared.Different)
				require.Equal(t, name, compared.First.Column)
			}
			out := filepath.Join(t.TempDir(), "out.npz")
			_, err = export.Write(context.Background(), run, export.Config{Format: "npz", Out: out})
			require.NoError(t, err)
			arrays := readNPZ(t, out)
			_, inOne := arrays[name]
			_, inOther := arrays["samples."+name]
			require.True(t, inOne || inOther)

			m.Status = rundir.Interrupted
			require.NoError(t, (&Writer{cfg: Config{Manifest: m, Columns: columns, Optional: []string{name}}}).resumable())
			m.Optional = rundir.OptionalColumns{}
			require.ErrorContains(t, (&Writer{cfg: Config{Manifest: m, Columns: columns, Optional: []string{name}}}).resumable(), name)
		})
	}
	m, err := rundir.ReadManifest(without)
	require.NoError(t, err)
	require.Empty(t, m.Optional)
	for _, file := range []string{samples0, activations0} {
		d, err := rundir.Describe(filepath.Join(without, file), 1)
		require.NoError(t, err)
		for _, name := range slices.Concat(inRows, inSamples) {
			require.NotContains(t, string(d.First[0]), `"`+name+`"`)
		}
	}
	_, err = Create(Config{Dir: t.TempDir(), Rows: 4, Columns: columns, Optional: []string{"colour"}})
	require.ErrorContains(t, err, `"colour" is no optional column`)
}
