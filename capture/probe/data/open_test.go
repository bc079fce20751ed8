package data

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/metric"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// ids are those of the samples of a set.
func ids(s *Set) (out []int64) {
	for _, x := range s.Samples {
		out = append(out, x.SampleID)
	}
	return out
}

// Neutral questions, follow-ups and edited samples take part only where a condition names
// their column.
func TestWhatIsLeftOut(t *testing.T) {
	dir := design{questions: 6, optional: []string{"arm", "edited_tokens", "edit_norm", "edit_ratio", "kl"},
		manifest: func(m *rundir.Manifest) {
			m.Arms = []rundir.Arm{{Name: "none", Kind: "none"}, {Name: "lie@2", Kind: "edit"}}
		},
		change: func(i int, s *runs.Sample) {
			switch s.Arm = new("none"); i {
			case 2, 3:
				s.Stage = new("knowledge")
			case 4, 5:
				s.Arm = new("lie@2")
			case 6, 7:
				s.ParentSampleID, s.Followup = new(int64(i-6)), new("sure")
			}
		}}.write(t)
	for where, want := range map[string][]int64{
		"": {0, 1, 8, 9, 10, 11}, "stage=knowledge": {2, 3}, "arm=lie@2": {4, 5}, "followup=sure": {6, 7},
	} {
		opt := truth()
		if where != "" {
			opt.Where = []string{where}
		}
		s, err := Open(ctx, []string{dir}, opt)
		require.NoError(t, err)
		require.Equal(t, want, ids(s), where)
		x, _, _ := rowsOf(t, s, post, "", 0)
		require.Len(t, x, len(want))
	}
}

func TestSetsThatAreRefused(t *testing.T) {
	dir := design{questions: 4}.write(t)
	for says, change := range map[string]func(*Options){
		`no label table "nothing"`:                       func(o *Options) { o.Label = "nothing" },
		`no sample of ` + dir + ` has the value "fraud"`: func(o *Options) { o.Positive = "fraud" },
		"there is no label, or no value of it":           func(o *Options) { o.Negative = "" },
		`both classes are "lie"`:                         func(o *Options) { o.Negative = "lie" },
		`that is "mistake" has rows of the tokens "resp`: func(o *Options) { o.Tokens, o.Where = []string{"response[2:]"}, []string{"question=q0"} },
		`rows of the tokens "span:claim"`:                func(o *Options) { o.Tokens = []string{"span:claim"} },
		`has no point "blocks.5.hook_resid_post"`:        func(o *Options) { o.Points = []string{"blocks.5.hook_resid_post"} },
		`tokens "prefill"`:                               func(o *Options) { o.Tokens = []string{"prefill"} },
		`"respons"`:                                      func(o *Options) { o.Tokens = []string{"respons"} },
		"given twice":                                    func(o *Options) { o.Tokens = []string{"response", "response"} },
		`one a "line"`:                                   func(o *Options) { o.Rows = "line" },
		"without pooling":                                func(o *Options) { o.Pool = "none" },
		`pooled by "sum"`:                                func(o *Options) { o.Pool = "sum" },
		"median":                                         func(o *Options) { o.Rows, o.Score = RowsToken, metric.Pooling{Kind: "median"} },
		`no column or key of this name`:                  func(o *Options) { o.Group = []string{"topic"} },
		"fits condition=none":                            func(o *Options) { o.Where = []string{"condition=none"} },
	} {
		opt := truth()
		change(&opt)
		_, err := Open(ctx, []string{dir}, opt)
		expect.Refused(t, err, says)
	}
	_, err := Open(ctx, nil, truth())
	expect.Refused(t, err, "no run")
	_, err = Open(ctx, []string{t.TempDir()}, truth())
	require.ErrorIs(t, err, rundir.ErrNoRecord)
}

// Rules of which each has rows of both classes may leave no sample that has rows of all.
func TestRulesThatShareNoSample(t *testing.T) {
	dir := design{questions: 8, change: func(i int, s *runs.Sample) {
		s.Rows = s.Rows[:2]
		s.ResponseTokens = 0
		if i%4 < 2 {
			s.Rows, s.ResponseTokens, s.PromptTokens = s.Rows[1:], 1, 1
		}
		s.Values = nil
	}}.write(t)
	opt := truth()
	opt.Tokens = []string{"prompt", "response"}
	_, err := Open(ctx, []string{dir}, opt)
	expect.Refused(t, err, "has rows of every token rule")
}

func TestRunsThatDoNotGoTogether(t *testing.T) {
	is := func(change func(m *rundir.Manifest)) design {
		return design{questions: 4, seed: 1, from: 4, manifest: change}
	}
	first := design{questions: 4, manifest: func(m *rundir.Manifest) { m.Spec = []byte(`{"chat":{"template":"none"}}`) }}.write(t)
	spec := func(m *rundir.Manifest) { m.Spec = []byte(`{"chat":{"template":"none"},"a":1}`) }
	points := map[string][]string{"different widths at " + mid: {post, mid}}
	for says, d := range map[string]design{
		"different models: m.gguf (sha256 m) and m.gguf (sha256 other)": is(func(m *rundir.Manifest) { spec(m); m.Model.SHA256 = "other" }),
		"different widths: 3 and 4":                                     is(func(m *rundir.Manifest) { spec(m); m.Model.Width = 4 }),
		"different weights":                                             is(func(m *rundir.Manifest) { spec(m); m.Model.Weights = "f32" }),
		"different adapters: none and abc of scale 0.5": is(func(m *rundir.Manifest) {
			spec(m)
			m.Adapters = []rundir.Adapter{{File: "a", SHA256: "abc", Scale: 0.5}}
		}),
		"different chat templates: none (raw text) and sha256": is(func(m *rundir.Manifest) { m.Spec = []byte(`{"chat":{"template":"x","text":"y"}}`) }),
		"different points":           is(func(m *rundir.Manifest) { spec(m); m.Hooks = m.Hooks[:1] }),
		"different widths at " + mid: is(func(m *rundir.Manifest) { spec(m); m.Hooks[1].Shape = []int{1, 3} }),
	} {
		opt := truth()
		opt.Points = points[says]
		_, err := Open(ctx, []string{first, d.write(t)}, opt)
		expect.Refused(t, err, says)
	}
	again := filepath.Join(t.TempDir(), "again")
	require.NoError(t, os.Symlink(first, again))
	for _, dirs := range [][]string{{first, first}, {first, again}} {
		_, err := Open(ctx, dirs, truth())
		expect.Refused(t, err, "are the same run")
	}
	_, err := Open(ctx, []string{first, design{questions: 4, manifest: func(m *rundir.Manifest) { m.Spec = []byte(`{"chat":{"template":"none"}}`) }}.write(t)}, truth())
	expect.Refused(t, err, "are the same run: both have its sample 0")
	good, err := Open(ctx, []string{first, is(spec).write(t)}, truth())
	require.NoError(t, err)
	require.Len(t, good.Samples, 16)
	require.Empty(t, good.Notes)
	silent, err := Open(ctx, []string{first, is(func(m *rundir.Manifest) { m.Spec = []byte(`{"chat":{"template":"auto","template_name":"other"}}`) }).write(t)}, truth())
	require.NoError(t, err)
	require.Len(t, silent.Notes, 1)
	require.Contains(t, silent.Notes[0], "does not say which chat template")
	require.NotEqual(t, good.Runs[0].Name, good.Runs[1].Name)
}

// The classes may lie in different runs, which is told; not so where the dtype tells them.
func TestClassesOfDifferentRuns(t *testing.T) {
	only := func(value string, from int, dtype arrowfile.DType) string {
		return design{questions: 4, from: from, manifest: func(m *rundir.Manifest) {
			m.DType, m.Spec = dtype, fmt.Appendf(nil, `{"of":"%s","from":%d}`, value, from)
		}, change: func(_ int, s *runs.Sample) { s.Condition = &value }}.write(t)
	}
	lies, mistakes := only("lie", 0, arrowfile.Float32), only("mistake", 4, arrowfile.Float32)
	s, err := Open(ctx, []string{lies, mistakes}, truth())
	require.NoError(t, err)
	require.Equal(t, [2]int{8, 8}, s.Of())
	require.Len(t, s.Notes, 3)
	require.Contains(t, s.Notes[0], "may read which run")
	require.Contains(t, s.Notes[2], "No group has samples of both classes")
	_, err = Open(ctx, []string{lies, mistakes, only("guess", 20, arrowfile.Float32)}, truth())
	expect.Refused(t, err, `has the value "lie or mistake"`)
	_, err = Open(ctx, []string{lies, only("mistake", 4, arrowfile.Float16)}, truth())
	expect.Refused(t, err, "differ in their dtype", `float16 have no sample that is "lie"`)
	_, err = Open(ctx, []string{lies, only("lie", 8, arrowfile.Float32)}, truth())
	expect.Refused(t, err, `has the value "mistake"`)
	s, err = Open(ctx, []string{lies, mistakes, design{questions: 3, from: 8, manifest: func(m *rundir.Manifest) { m.DType = arrowfile.Float32 }}.write(t)}, truth())
	require.NoError(t, err)
	require.Len(t, s.Notes, 2)
}

// What rounds rows differently must not tell the class either: one that is in all samples of a
// class alone can be read.
func TestRoundingThatTellsTheClass(t *testing.T) {
	of := func(value string, from int, engine rundir.Engine) string {
		return design{questions: 4, from: from, manifest: func(m *rundir.Manifest) {
			m.Engine, m.Spec = engine, fmt.Appendf(nil, `{"of":"%s","from":%d}`, value, from)
		}, change: func(i int, s *runs.Sample) {
			if value != "" {
				s.Condition = &value
			}
		}}.write(t)
	}
	for said, engines := range map[string][2]rundir.Engine{
		"flash attention, and those with off": {{FlashAttn: "on"}, {FlashAttn: "off"}},
		"type of the cache":                   {{KVType: "f16"}, {KVType: "f32"}},
		"engine":                              {{Name: "llama.cpp", Commit: "1"}, {Name: "llama.cpp", Commit: "2"}},
		"CPU features":                        {{CPUFeatures: []string{"AVX2"}}, {CPUFeatures: []string{"NEON"}}},
		"devices":                             {{Name: "llama.cpp"}, {Name: "llama.cpp", Devices: []rundir.Device{{Name: "CUDA0", Layers: 3}}}},
	} {
		_, err := Open(ctx, []string{of("lie", 0, engines[0]), of("mistake", 4, engines[1])}, truth())
		expect.Refused(t, err, "differ in their "+said)
		s, err := Open(ctx, []string{of("", 0, engines[0]), of("", 4, engines[1])}, truth())
		require.NoError(t, err)
		require.Len(t, s.Notes, 1, said)
		require.Contains(t, s.Notes[0], "rounded differently")
	}
	_, err := Open(ctx, []string{of("lie", 0, rundir.Engine{}), of("mistake", 4, rundir.Engine{FlashAttn: "on"})}, truth())
	require.NoError(t, err, "it is not known of one")
}

// Control runs are honest throughout.
func TestControlRuns(t *testing.T) {
	honest := design{questions: 4, change: func(_ int, s *runs.Sample) { s.Condition = nil }}.write(t)
	s, err := Open(ctx, []string{honest}, Options{Control: true, Label: "condition", Positive: "lie"})
	require.NoError(t, err)
	require.Equal(t, [2]int{8, 0}, s.Of())
	require.Empty(t, s.Runs[0].Label)
	require.Equal(t, Groups{Negative: 4, All: 4}, s.Groups)
	_, err = Open(ctx, []string{design{questions: 4}.write(t)}, Options{Control: true, Label: "condition", Positive: "lie"})
	expect.Refused(t, err, "contains the positive class", `condition of 4 of its 8 samples is "lie"`)
	_, err = Open(ctx, []string{honest}, Options{Control: true, Tokens: []string{"span:no"}})
	expect.Refused(t, err, `rows of the tokens "span:no"`)
}
