package storage

import (
	"math"

	"github.com/x448/float16"
)

// Row is what a captured token carries beside its activations.
type Row struct {
	Position  int32
	TokenID   int32
	Token     string // valid UTF-8
	Phase     int8   // index into Phases
	Role      int8   // index into Roles
	Generated bool
	Logprob   float32  // NaN is written as null
	Entropy   float32  // likewise
	Spans     []string // names of the declared spans that the token lies in
}

// Sample is one row of the samples table. The writer fills in SampleID, File,
// FirstRow and Rows.
type Sample struct {
	SampleID       int64    `json:"sample_id"`
	PromptID       string   `json:"prompt_id"`
	Sample         int32    `json:"sample"`
	Label          *string  `json:"label"`
	Group          *string  `json:"group"`
	Split          *string  `json:"split"`
	Pair           *string  `json:"pair"`
	ParentSampleID *int64   `json:"parent_sample_id"`
	Prompt         string   `json:"prompt"` // rendered text
	Response       string   `json:"response"`
	FinishReason   string   `json:"finish_reason"` // stop, length, given
	PromptTokens   int32    `json:"prompt_tokens"`
	ResponseTokens int32    `json:"response_tokens"`
	Seed           *int64   `json:"seed"`    // null where nothing was drawn
	Logprob        *float64 `json:"logprob"` // sum over the response, nats
	File           string   `json:"file"`
	FirstRow       int64    `json:"first_row"`
	Rows           int64    `json:"rows"`
	Meta           string   `json:"meta"` // JSON text
}

// table is rows in columns, as Arrow wants them. Activations lie row after row
// in one byte slice a point, which becomes the Arrow buffer as it is.
type table struct {
	sampleID []int64
	rows     []Row
	points   [][]byte
	rowBytes int // of one point
	dtype    DType
}

func newTable(points, width int, dtype DType) *table {
	return &table{points: make([][]byte, points), rowBytes: width * dtype.Bytes(), dtype: dtype}
}

func (t *table) len() int { return len(t.rows) }

// add copies one row; vectors[i] is the activation at point i, overflows[i]
// counts its finite values that become infinite as float16.
func (t *table) add(sampleID int64, row Row, vectors [][]float32, overflows []int64) {
	t.sampleID = append(t.sampleID, sampleID)
	t.rows = append(t.rows, row)
	for i, v := range vectors {
		if t.dtype == Float16 {
			overflows[i] += t.addHalf(i, v)
		} else {
			t.points[i] = append(t.points[i], floatBytes(v)...)
		}
	}
}

// addHalf rounds to nearest even, and counts what float16 cannot hold.
func (t *table) addHalf(i int, v []float32) (overflows int64) {
	for _, x := range v {
		h := float16.Fromfloat32(x)
		if h.IsInf(0) && !math.IsInf(float64(x), 0) {
			overflows++
		}
		bits := h.Bits()
		t.points[i] = append(t.points[i], byte(bits), byte(bits>>8))
	}
	return overflows
}

// take moves the rows of another table behind these.
func (t *table) take(other *table) {
	t.sampleID = append(t.sampleID, other.sampleID...)
	t.rows = append(t.rows, other.rows...)
	for i := range t.points {
		t.points[i] = append(t.points[i], other.points[i]...)
	}
	other.reset()
}

// reset empties the table and keeps its memory.
func (t *table) reset() {
	t.sampleID, t.rows = t.sampleID[:0], t.rows[:0]
	for i := range t.points {
		t.points[i] = t.points[i][:0]
	}
}

// truncate keeps the first n rows.
func (t *table) truncate(n int) {
	t.sampleID, t.rows = t.sampleID[:n], t.rows[:n]
	for i := range t.points {
		t.points[i] = t.points[i][:n*t.rowBytes]
	}
}
