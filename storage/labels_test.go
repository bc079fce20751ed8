package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

func pointer[T any](x T) *T { return &x }

// TableOf is a table of three labels for a run of this package's tests.
func labelTable(t testing.TB, dir, name string) labels.Table {
	t.Helper()
	r, err := rundir.OpenRecorded(dir)
	require.NoError(t, err)
	return labels.Table{
		Header: labels.Header{Name: name, Source: labels.Judge, Values: []string{"lie", "truth"}, How: json.RawMessage(`{"ask":"<x> & y"}`), Tool: rundir.Tool{Name: "t"}, Run: r.Manifest.RunID()},
		Labels: []labels.Label{
			{SampleID: 3, Value: "lie", Confidence: pointer(0.25), Prompt: pointer("is ît?"), Answer: pointer(""), Note: pointer("n")},
			{SampleID: 0, Value: "truth"},
			{SampleID: 2, Value: labels.Ambiguous, Confidence: pointer(1.0)},
		},
	}
}

func TestLabelsAreReadAsWritten(t *testing.T) {
	dir := plannedRun(t, nil)
	before := dataFiles(t, dir)
	want := labelTable(t, dir, "truth")
	header, err := labels.Write(nil, dir, want)
	require.NoError(t, err)
	assert.EqualValues(t, 1, header.Version)
	got, err := labels.Read(dir, "truth", 0)
	require.NoError(t, err)
	assert.Equal(t, header, got.Header)
	assert.Equal(t, []labels.Label{want.Labels[1], want.Labels[2], want.Labels[0]}, got.Labels)

	second := want
	second.Labels = second.Labels[:1]
	header, err = labels.Write(nil, dir, second)
	require.NoError(t, err)
	assert.EqualValues(t, 2, header.Version)
	got, err = labels.Read(dir, "truth", 0)
	require.NoError(t, err)
	assert.Len(t, got.Labels, 1)
	got, err = labels.Read(dir, "truth", 1)
	require.NoError(t, err)
	assert.Len(t, got.Labels, 3)
	_, err = labels.Read(dir, "truth", 3)
	require.ErrorIs(t, err, labels.ErrNone)
	assert.ErrorContains(t, err, "truth@1, truth@2")

	third := want
	third.Name, third.Labels = "none", nil
	_, err = labels.Write(nil, dir, third)
	require.NoError(t, err)
	list, err := labels.List(dir)
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Equal(t, []string{"none", "truth", "truth"}, []string{list[0].Name, list[1].Name, list[2].Name})
	assert.Equal(t, 3, verified(t, dir).Labels)
	assert.ElementsMatch(t, append(before, "labels-none-0001.arrow", "labels-truth-0001.arrow", "labels-truth-0002.arrow"), dataFiles(t, dir))
}

func TestManyLabelsTakeManyBatches(t *testing.T) {
	dir := plannedRun(t, nil)
	table := labelTable(t, dir, "many")
	long := strings.Repeat("x", 5<<20)
	table.Labels = nil
	for i := range 9 {
		table.Labels = append(table.Labels, labels.Label{SampleID: int64(i), Value: "lie", Prompt: &long})
	}
	_, err := labels.Write(nil, dir, table)
	require.NoError(t, err)
	file, err := rundir.OpenTable(filepath.Join(dir, rundir.LabelPath("many", 1)))
	require.NoError(t, err)
	defer file.Close()
	assert.Len(t, file.Batches(), 3)
	got, err := labels.Read(dir, "many", 1)
	require.NoError(t, err)
	assert.Equal(t, table.Labels, got.Labels)
}

func TestLabellingAtOnceGivesEachItsVersion(t *testing.T) {
	dir := plannedRun(t, nil)
	table := labelTable(t, dir, "truth")
	const n = 12
	versions := make([]int32, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			mine := table
			mine.Labels = []labels.Label{{SampleID: int64(i % 9), Value: "lie", Note: pointer(fmt.Sprint(i))}}
			h, err := labels.Write(nil, dir, mine)
			if assert.NoError(t, err) {
				versions[i] = h.Version
			}
		})
	}
	all.Wait()
	seen := map[int32]bool{}
	for i, v := range versions {
		got, err := labels.Read(dir, "truth", v)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(i), *got.Labels[0].Note)
		seen[v] = true
	}
	assert.Len(t, seen, n)
	assert.Equal(t, n, verified(t, dir).Labels)
}

func TestLabelsAreRefused(t *testing.T) {
	dir := plannedRun(t, nil)
	for what, change := range map[string]func(l *labels.Table){
		"no name of a label table": func(l *labels.Table) { l.Name = "../x" },
		"is no name":               func(l *labels.Table) { l.Name = "Truth" },
		"labelled twice":           func(l *labels.Table) { l.Labels[1].SampleID = 3 },
		`the value "maybe" is none of ["lie" "truth"]`: func(l *labels.Table) { l.Labels[1].Value = "maybe" },
		"the value is empty":                           func(l *labels.Table) { l.Labels[1].Value = "" },
		"the confidence is 1.5":                        func(l *labels.Table) { l.Labels[1].Confidence = pointer(1.5) },
		"the confidence is NaN":                        func(l *labels.Table) { l.Labels[1].Confidence = pointer(math.NaN()) },
		"not UTF-8":                                    func(l *labels.Table) { l.Labels[1].Note = pointer("\xff") },
		"no sample has this id":                        func(l *labels.Table) { l.Labels[1].SampleID = -1 },
		`the source is "guess"`:                        func(l *labels.Table) { l.Source = "guess" },
		"no JSON object":                               func(l *labels.Table) { l.How = json.RawMessage("1") },
		"the labels are of another run":                func(l *labels.Table) { l.Run = strings.Repeat("0", 64) },
	} {
		table := labelTable(t, dir, "truth")
		change(&table)
		_, err := labels.Write(nil, dir, table)
		assert.ErrorContains(t, err, what)
	}
	assert.Zero(t, verified(t, dir).Labels)
	noLeftovers(t, dir)
}

func TestNoLabelsWhileARunIsWritten(t *testing.T) {
	w := create(t, Config{Manifest: wholeManifest("all", "response")})
	defer w.Close()
	writeWholeSample(t, w, 0, 5)
	require.NoError(t, w.Commit())
	var locked *disk.LockedError
	require.ErrorAs(t, labels.CheckFolder(w.cfg.Dir), &locked)
	_, err := labels.Write(nil, w.cfg.Dir, labelTable(t, w.cfg.Dir, "truth"))
	require.ErrorAs(t, err, &locked)
	finish(t, w, rundir.Interrupted)
	_, err = labels.Write(nil, w.cfg.Dir, labelTable(t, w.cfg.Dir, "truth"))
	require.NoError(t, err)
	assert.Equal(t, 1, verified(t, w.cfg.Dir).Labels)

	// Going on with the run leaves them alone.
	w, err = Resume(Config{Dir: w.cfg.Dir, Manifest: wholeManifest("all", "response"), Columns: columns, Rows: 4})
	require.NoError(t, err)
	require.NoError(t, w.StartGroup(1, 1))
	for id := 1; id < 4; id++ {
		writeWholeSample(t, w, id, 5)
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	assert.Equal(t, 1, verified(t, w.cfg.Dir).Labels)
}

func TestALabellingThatDidNotEndIsPassedOver(t *testing.T) {
	dir := plannedRun(t, nil)
	name := rundir.LabelPath("truth", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+disk.PartSuffix), []byte(arrowfile.Head), 0o666))
	list, err := labels.List(dir)
	require.NoError(t, err)
	assert.Empty(t, list)
	assert.Zero(t, verified(t, dir).Labels)
	_, err = labels.Write(nil, dir, labelTable(t, dir, "truth"))
	require.NoError(t, err)
	noLeftovers(t, dir)
	assert.Equal(t, 1, verified(t, dir).Labels)
}

// fullDisk refuses the n-th write.
type fullDisk struct {
	disk.OS
	left *int
}

type fullFile struct {
	disk.File
	left *int
}

func (f fullDisk) Create(path string) (disk.File, error) {
	file, err := f.OS.Create(path)
	return fullFile{file, f.left}, err
}

func (f fullFile) Write(b []byte) (int, error) {
	if *f.left--; *f.left < 0 {
		return 0, errors.New("no space")
	}
	return f.File.Write(b)
}

func TestAFullDiskLeavesNoLabels(t *testing.T) {
	dir := plannedRun(t, nil)
	for n := 0; ; n++ {
		left := n
		_, err := labels.Write(fullDisk{left: &left}, dir, labelTable(t, dir, "truth"))
		if err == nil {
			require.Greater(t, n, 3)
			break
		}
		require.ErrorContains(t, err, "no space")
		noLeftovers(t, dir)
		require.Zero(t, verified(t, dir).Labels)
	}
}

func TestVerifyFindsDamagedLabels(t *testing.T) {
	whole, other := plannedRun(t, nil), wholeRun(t, []int{5, 4, 7})
	_, err := labels.Write(nil, whole, labelTable(t, whole, "truth"))
	require.NoError(t, err)
	_, err = labels.Write(nil, other, labelTable(t, other, "truth"))
	name := rundir.LabelPath("truth", 1)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(whole, name))
	require.NoError(t, err)
	others, err := os.ReadFile(filepath.Join(other, name))
	require.NoError(t, err)
	beyond := labelTable(t, whole, "beyond")
	beyond.Labels[0].SampleID = 9
	for what, change := range map[string]func(dir string) error{
		name + ": is of another run": func(dir string) error { return os.WriteFile(filepath.Join(dir, name), others, 0o666) },
		"labels-lie-0001.arrow: schema: capture.labels: is version 1 of \"truth\"": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "labels-lie-0001.arrow"), text, 0o666)
		},
		name + ": is no whole Arrow file": func(dir string) error { return os.Truncate(filepath.Join(dir, name), 100) },
		name + ": is not a plain file": func(dir string) error {
			os.Remove(filepath.Join(dir, name))
			return os.Symlink(filepath.Join(whole, name), filepath.Join(dir, name))
		},
		"labels-beyond-0001.arrow: sample 9: is labelled; the run has no such sample": func(dir string) error {
			_, err := labels.Write(nil, dir, beyond)
			return err
		},
		"labels-truth-00001.arrow: is not of this run": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "labels-truth-00001.arrow"), text, 0o666)
		},
		"labels-truth-0002.arrow: schema: is a table of \"samples\", not of labels": func(dir string) error {
			b, err := os.ReadFile(filepath.Join(dir, samples0))
			require.NoError(t, err)
			return os.WriteFile(filepath.Join(dir, "labels-truth-0002.arrow"), b, 0o666)
		},
	} {
		dir := copyRun(t, whole)
		require.NoError(t, change(dir))
		v, err := verify.Run(context.Background(), dir, true)
		require.NoError(t, err)
		require.NotEmpty(t, v.Problems, what)
		assert.Contains(t, v.Problems[0].String(), what)
	}
}

// Every bit of a label table that a reader looks at is held against its checksum, or
// is found otherwise.
func TestAFlippedBitInLabelsIsFoundOrChangesNothing(t *testing.T) {
	dir := plannedRun(t, nil)
	_, err := labels.Write(nil, dir, labelTable(t, dir, "truth"))
	require.NoError(t, err)
	want, err := labels.Read(dir, "truth", 1)
	require.NoError(t, err)
	path := filepath.Join(dir, rundir.LabelPath("truth", 1))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	found := 0
	for at := range text {
		damaged := append([]byte{}, text...)
		damaged[at] ^= 1 << (at % 8)
		require.NoError(t, os.WriteFile(path, damaged, 0o666))
		got, err := labels.Read(dir, "truth", 1)
		if err != nil {
			var damage *disk.DamageError
			require.ErrorAs(t, err, &damage)
			found++
			continue
		}
		require.Equal(t, want, got, "byte %d", at)
	}
	assert.Greater(t, found, len(text)/4)
}
