package arrowfile

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

type aRow struct {
	Name  string   `json:"name"`
	Note  *string  `json:"note,omitempty"`
	N     int64    `json:"n"`
	Small int32    `json:"small"`
	Yes   bool     `json:"yes"`
	Mean  *float64 `json:"mean"`
	Raw   float64  `json:"raw"`
}

func TestWriteRowsGivesBackWhatWasWritten(t *testing.T) {
	note, mean := "ä", -0.5
	var rows []aRow
	for i := range rowsInBatch + 3 { // two record batches
		r := aRow{Name: "a", N: int64(i), Small: int32(-i), Yes: i%2 == 0, Raw: math.Pi}
		if i%3 == 0 {
			r.Note, r.Mean = &note, &mean
		}
		rows = append(rows, r)
	}
	path := filepath.Join(t.TempDir(), "rows.arrow")
	require.NoError(t, WriteRows(disk.OS{}, path, rows, "capture.table", "rows"))
	f, err := Open(disk.OS{}, path)
	require.NoError(t, err)
	defer f.Close()
	table, _ := f.Schema().Metadata().GetValue("capture.table")
	require.Equal(t, "rows", table)
	require.EqualValues(t, len(rows), f.Rows())
	require.Len(t, f.Batches(), 2)
	at := 0
	for i := range f.Batches() {
		r, err := f.Record(i)
		require.NoError(t, err)
		for j := range int(r.NumRows()) {
			want := rows[at]
			require.Equal(t, want.Name, r.Column(0).(*array.String).Value(j))
			require.Equal(t, want.Note == nil, r.Column(1).IsNull(j))
			require.Equal(t, want.N, r.Column(2).(*array.Int64).Value(j))
			require.Equal(t, want.Small, r.Column(3).(*array.Int32).Value(j))
			require.Equal(t, want.Yes, r.Column(4).(*array.Boolean).Value(j))
			require.Equal(t, want.Mean == nil, r.Column(5).IsNull(j))
			require.InDelta(t, math.Pi, r.Column(6).(*array.Float64).Value(j), 0)
			at++
		}
		r.Release()
	}
}

func TestWriteRowsRefusesWhatIsNoColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.arrow")
	require.ErrorContains(t, WriteRows(disk.OS{}, path, []struct{ N int }{{1}}), "N of")
	_, err := os.Stat(path)
	require.True(t, os.IsNotExist(err))
}
