package storage

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

func textFields(names ...string) (out []arrow.Field) {
	for _, name := range names {
		out = append(out, rundir.TextField(name, true))
	}
	return out
}

// later are columns that no version knows: such as a later one may add.
var later = struct{ rows, samples []arrow.Field }{
	rows: []arrow.Field{{Name: "marked", Type: arrow.FixedWidthTypes.Boolean}, {Name: "score", Type: arrow.PrimitiveTypes.Float32, Nullable: true}},
	samples: []arrow.Field{rundir.TextField("lane", true), {Name: "notes", Type: arrowfile.ListOf(arrow.BinaryTypes.String)},
		arrowfile.TensorField(arrowfile.Column{Name: "blocks.0.vector", Shape: []int{2, 3}, DType: arrowfile.Float32})},
}

// laterRun is a run with these columns, listed in its manifest.
func laterRun(t testing.TB) string {
	dir := experimentRun(t, true)
	for _, name := range []string{activations0, "activations-00001.arrow", samples0, "samples-00001.arrow"} {
		extra, at := later.rows, len(rundir.RequiredRowFields)
		if name[0] == 's' {
			extra, at = later.samples, -1
		}
		rewrite(t, dir, name, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			old := records[0].Schema()
			if at < 0 {
				at = old.NumFields()
			}
			meta := old.Metadata()
			schema := arrow.NewSchema(slices.Insert(old.Fields(), at, extra...), &meta)
			for i, r := range records {
				records[i] = array.NewRecord(schema, slices.Insert(r.Columns(), at, made(extra, int(r.NumRows()))...), r.NumRows())
			}
			return schema, records
		})
	}
	editManifest(t, dir, func(m *rundir.Manifest) {
		m.Optional.Activations = append(m.Optional.Activations, rundir.OptionalOf(later.rows)...)
		m.Optional.Samples = append(m.Optional.Samples, rundir.OptionalOf(later.samples)...)
	})
	return dir
}

// made are columns of some values.
func made(fields []arrow.Field, rows int) (out []arrow.Array) {
	for _, f := range fields {
		b := array.NewBuilder(memory.DefaultAllocator, f.Type)
		for i := range rows {
			switch b := b.(type) {
			case *array.BooleanBuilder:
				b.Append(i%2 == 0)
			case *array.Float32Builder:
				b.AppendNull()
			case *array.StringBuilder:
				b.Append("steered")
			case *array.ListBuilder:
				b.Append(true)
				b.ValueBuilder().(*array.StringBuilder).Append("ä")
			case *array.FixedSizeListBuilder:
				b.Append(true)
				b.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, 6), nil)
			}
		}
		out = append(out, b.NewArray())
	}
	return out
}

// A reader passes over listed columns that it does not know; what it does know of the
// run is as without them.
func TestColumnsOfALaterVersionArePassedOver(t *testing.T) {
	dir, plain := laterRun(t), experimentRun(t, true)
	for _, quick := range []bool{false, true} {
		require.Empty(t, problemsOf(verifyRun(t, dir, quick)))
	}
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	was, err := rundir.Open(plain)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	want, err := was.Samples()
	require.NoError(t, err)
	assert.Equal(t, want, samples)
	for _, s := range samples {
		a, err := run.Read(s, run.Manifest.Hooks[1].Name)
		require.NoError(t, err)
		b, err := was.Read(s, run.Manifest.Hooks[1].Name)
		require.NoError(t, err)
		assert.Equal(t, len(b.Rows), len(a.Rows))
		assert.Equal(t, b.Values, a.Values)
	}
	d, err := rundir.Describe(filepath.Join(dir, samples0), 1)
	require.NoError(t, err)
	assert.Contains(t, string(d.First[0]), `"lane":"steered","notes":["ä"]`)
	for _, format := range export.Formats {
		_, err := export.Write(context.Background(), run, export.Config{Format: format, Out: filepath.Join(t.TempDir(), "out")})
		require.NoError(t, err, format)
	}
}

// What is saved or merged has them, and the list of them.
func TestColumnsOfALaterVersionAreCopied(t *testing.T) {
	for _, lost := range []string{"", rundir.ManifestName} {
		dir, out := laterRun(t), filepath.Join(t.TempDir(), "out")
		want, err := rundir.ReadManifest(dir)
		require.NoError(t, err)
		if lost != "" {
			require.NoError(t, os.Remove(filepath.Join(dir, lost)))
		}
		m, err := Recover(context.Background(), dir, RecoverOptions{Out: out})
		require.NoError(t, err)
		assert.Equal(t, want.Optional, m.Optional, lost)
		verified(t, out)
	}
}

// Nobody writes on without knowing what these columns mean.
func TestARunWithColumnsOfALaterVersionIsNotGoneOnWith(t *testing.T) {
	m, err := rundir.ReadManifest(laterRun(t))
	require.NoError(t, err)
	_, err = Resume(Config{Dir: t.TempDir(), Manifest: m, Columns: columns, Rows: 4, Reduce: experimentReduce})
	require.ErrorContains(t, err, `column "marked" of activations, which this version does not know`)
	m.Optional.Activations = nil
	_, err = Resume(Config{Dir: t.TempDir(), Manifest: m, Columns: columns, Rows: 4, Reduce: experimentReduce})
	require.ErrorContains(t, err, `column "lane" of samples, which this version does not know`)
}

// What a manifest does not list is damage, and so is what it lists and is not there.
func TestVerifyHoldsOptionalColumnsAgainstTheManifest(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(o *rundir.OptionalColumns)
		want string
	}{
		{"not listed", func(o *rundir.OptionalColumns) { o.Samples = o.Samples[:len(o.Samples)-1] }, `column "blocks.0.vector": is none of the format, and the manifest does not list it`},
		{"rows not listed", func(o *rundir.OptionalColumns) { o.Activations = o.Activations[:1] }, `column "score": is none of the format, and the manifest does not list it`},
		{"not there", func(o *rundir.OptionalColumns) {
			o.Activations = append(o.Activations, rundir.OptionalColumn{Name: "x", Type: "utf8"})
		}, `has 19 columns; promised are 20`},
		{"other type", func(o *rundir.OptionalColumns) { o.Activations[0].Type = "int32" }, `column "marked": is bool; promised is int32`},
		{"other null", func(o *rundir.OptionalColumns) { o.Activations[1].Nullable = false }, `column "score": nullable is true; promised is false`},
		{"no type", func(o *rundir.OptionalColumns) { o.Activations[0].Type = "float99" }, `activations: column "marked" has the type "float99", which no optional column has`},
		{"no shape", func(o *rundir.OptionalColumns) { o.Samples[len(o.Samples)-1].Type = "fixed_shape_tensor<float32>[0,3]" }, `which no optional column has`},
		{"tensors", func(o *rundir.OptionalColumns) { o.Activations[0].Type = "fixed_shape_tensor<float32>[3]" }, `column "marked" holds tensors, as only hook points do`},
		{"name", func(o *rundir.OptionalColumns) { o.Samples[0].Name = "meta" }, `samples: "meta" is the name of another column`},
		{"twice", func(o *rundir.OptionalColumns) { o.Samples = append(o.Samples, o.Samples[0]) }, `samples: "reduced_tokens" is the name of another column`},
		{"reductions", func(o *rundir.OptionalColumns) { o.Samples = o.Samples[1:] }, `samples: the reductions are [blocks.0.hook_resid_post.mean`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := laterRun(t)
			editManifest(t, dir, func(m *rundir.Manifest) { c.edit(&m.Optional) })
			assert.Contains(t, problemsOf(verifyRun(t, dir, true)), c.want)
		})
	}
}

// The values of unknown columns are read: a text that is no UTF-8 is found.
func TestVerifyReadsUnknownColumns(t *testing.T) {
	dir := laterRun(t)
	rewrite(t, dir, samples0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
		lane := records[0].Schema().FieldIndices("lane")[0]
		records[0].Column(lane).Data().Buffers()[2].Bytes()[0] = 0xff
		return records[0].Schema(), records
	})
	assert.Contains(t, problemsOf(verifyRun(t, dir, true)), `column "lane": row 0 is not UTF-8`)
}

// Journal and manifest list what a run with reductions has.
func TestReductionsAreListed(t *testing.T) {
	w := create(t, Config{Reduce: []string{"mean"}, Manifest: wholeManifest("all", "response")})
	j, err := rundir.ReadJournal(w.cfg.Dir)
	require.NoError(t, err)
	want := rundir.OptionalColumns{Samples: []rundir.OptionalColumn{
		{Name: "reduced_tokens", Type: "int32", Nullable: false},
		{Name: "blocks.0.hook_resid_post.mean", Type: "fixed_shape_tensor<float32>[8]", Nullable: true},
		{Name: "blocks.0.hook_mlp_out.mean", Type: "fixed_shape_tensor<float32>[3]", Nullable: true},
		{Name: "blocks.0.attn.hook_z.mean", Type: "fixed_shape_tensor<float32>[2,4]", Nullable: true},
	}}
	assert.Equal(t, want, j.Manifest.Optional)
	finish(t, w, rundir.Complete)
	m, err := rundir.ReadManifest(w.cfg.Dir)
	require.NoError(t, err)
	assert.Equal(t, want, m.Optional)
	text, err := json.Marshal(&rundir.Manifest{})
	require.NoError(t, err)
	assert.NotContains(t, string(text), "optional_columns", "a run without them lists none")
}
