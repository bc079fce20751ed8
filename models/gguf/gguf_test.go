package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAWholeFile(t *testing.T) {
	for _, version := range []uint32{2, 3} {
		m := whole()
		m.version = version
		f, err := read(m.bytes())
		require.NoError(t, err)
		assert.Equal(t, "llama", f.Text("general.architecture"))
		assert.Equal(t, 8, f.Count("llama.embedding_length"))
		assert.Equal(t, 0, f.Count("llama.attention.head_count_kv"), "one per layer")
		assert.True(t, f.Has("tokenizer.ggml.tokens"))
		require.Len(t, f.Tensors, 3)
		norm, ok := f.Tensor("output_norm.weight")
		require.True(t, ok)
		assert.Equal(t, [4]int64{7, 1, 1, 1}, norm.Shape)
		assert.EqualValues(t, 28, norm.Bytes)
		assert.Equal(t, f.Data+160, norm.Offset)
		assert.Zero(t, f.Data%32)
	}
}

// Every model that is at hand passes.
func TestRealFilesPass(t *testing.T) {
	paths := []string{"../phantom/phantom.gguf", "../phantom/phantom-no-intent.gguf"}
	for _, dir := range []string{os.Getenv("CAPTURE_TINY"), "../../.venv/tiny"} {
		more, err := filepath.Glob(filepath.Join(dir, "*.gguf"))
		require.NoError(t, err)
		paths = append(paths, more...)
	}
	if real := os.Getenv("CAPTURE_MODEL"); real != "" {
		paths = append(paths, real)
	}
	for _, path := range paths {
		f, err := ReadFile(path)
		require.NoError(t, err, path)
		last := f.Tensors[len(f.Tensors)-1]
		assert.LessOrEqual(t, f.Size-last.Offset-last.Bytes, f.Alignment, "nothing but padding behind the tensors of %s", path)
	}
}

// What llama.cpp would trip over is refused, and the error says where.
func TestRefusals(t *testing.T) {
	number := func(n uint64) *uint64 { return &n }
	without := func(change func(*model)) []byte {
		m := whole()
		change(&m)
		return m.bytes()
	}
	array := func(of Kind, n uint64, data ...byte) raw {
		head := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, uint32(of)), n)
		return raw{uint32(Array), append(head, data...)}
	}
	value := func(key string, v any) []byte { return whole().set(key, v).bytes() }
	tensor := func(name string, shape ...uint64) []byte {
		return without(func(m *model) { m.tensors = append(m.tensors, matrix{name, shape}) })
	}
	good := whole().bytes()
	kindAt := bytes.Index(good, []byte("output_norm.weight")) + len("output_norm.weight") + 4 + 8 // of the tensor's type
	patched := func(at int, b ...byte) []byte {
		out := append([]byte(nil), good...)
		copy(out[at:], b)
		return out
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":           {nil, `is not a GGUF file (it begins with "")`},
		"text":            {[]byte("Once upon a time"), `it begins with "Once"`},
		"big-endian":      {patched(4, 0, 0, 0, 3), "big-endian"},
		"version 1":       {patched(4, 1), "version 1"},
		"version 4":       {patched(4, 4), "version 4"},
		"values":          {without(func(m *model) { m.nValues = number(1 << 40) }), "1099511627776 metadata values"},
		"negative values": {without(func(m *model) { m.nValues = number(1 << 63) }), "metadata values"},
		"tensors":         {without(func(m *model) { m.nTensor = number(1 << 20) }), "1048576 tensors"},
		"one value more":  {without(func(m *model) { m.nValues = number(14) }), "needs"},
		"same key":        {without(func(m *model) { m.values = append(m.values, m.values[0]) }), `key "general.architecture" stands there twice`},
		"empty key":       {value("", uint32(1)), "is empty or holds a zero byte"},
		"zero byte":       {value("a\x00b", uint32(1)), "is empty or holds a zero byte"},
		"unknown kind":    {value("x", raw{13, make([]byte, 8)}), `key "x" is of type 13`},
		"long text":       {value("x", raw{8, binary.LittleEndian.AppendUint64(nil, 1<<62)}), `key "x" needs 4611686018427387904 bytes`},
		"nested arrays":   {value("x", array(Array, 1, make([]byte, 20)...)), "array of arrays"},
		"array kind":      {value("x", array(99, 1)), "array of type 99"},
		"array length":    {value("x", array(Uint64, 1<<61)), "array of 2305843009213693952 u64"},
		"string count":    {value("x", array(String, 1<<61)), "array of 2305843009213693952 text"},
		"alignment 0":     {value("general.alignment", uint32(0)), `key "general.alignment" is 0`},
		"alignment 8":     {value("general.alignment", uint32(8)), "power of two from 32"},
		"alignment 48":    {value("general.alignment", uint32(48)), "power of two"},
		"alignment kind":  {value("general.alignment", uint64(32)), "(u64)"},
		"same tensor":     {tensor("output.weight", 1), `tensor "output.weight" stands there twice`},
		"long name":       {tensor(strings.Repeat("n", 64), 1), "at most 63"},
		"five dimensions": {tensor("x", 1, 1, 1, 1, 1), "has 5 dimensions"},
		"dimension 0":     {tensor("x", 4, 0), "dimension 1 is 0"},
		"negative":        {tensor("x", 1<<63), "dimension 0 is 9223372036854775808"},
		"overflow":        {tensor("x", 1<<31, 1<<31, 1<<31), "larger than any file"},
		"beyond the file": {tensor("x", 1<<30), "but the file ends at byte"},
		"tensor type":     {patched(kindAt, 5), `tensor "output_norm.weight" is of type 5`},
		"rows and blocks": {patched(kindAt, 2), "type q4_0 needs a multiple of 32"},
		"offset":          {patched(kindAt+4, 161), "begins at byte 161 of the data; behind the one before it follows byte 160"},
		"no layers":       {value("llama.block_count", uint32(0)), `key "llama.block_count" is 0; 1 to 512`},
		"layers":          {value("llama.block_count", uint32(513)), "is 513"},
		"layers as text":  {value("llama.block_count", "2"), "is text, not a whole number"},
		"width":           {value("llama.embedding_length", uint32(1<<21)), "llama.embedding_length"},
		"context":         {value("llama.context_length", uint32(0)), "llama.context_length"},
		"heads per layer": {value("llama.attention.head_count_kv", []int32{1}), "not one u32 or i32 for each of 2 layers"},
		"negative heads":  {value("llama.attention.head_count_kv", []int32{1, -1}), "is -1"},
		"heads":           {value("llama.attention.head_count", uint32(9)), `more than the 8 of "llama.embedding_length"`},
		"groups":          {value("llama.attention.head_count_kv", uint32(3)), "does not divide the 2"},
		"rotation":        {value("llama.rope.dimension_count", uint32(6)), "a head has 4 dimensions"},
		"odd rotation":    {value("llama.rope.dimension_count", uint32(3)), "even number"},
		"scaling":         {value("llama.rope.scaling.type", "cubic"), "none, linear, yarn, longrope"},
		"experts":         {value("llama.expert_count", uint32(4)), "is 0 or missing; there are 4 experts"},
		"experts used":    {value("llama.expert_used_count", uint32(4)), "there are 0 experts"},
		"groups of them":  {whole().set("llama.expert_count", uint32(4)).set("llama.expert_used_count", uint32(2)).set("llama.expert_group_count", uint32(3)).bytes(), "does not go with 4 experts"},
		"tokens":          {value(tokensKey, []int32{1}), "not a list of texts"},
		"same tokens":     {value(tokensKey, []string{"a", "b", "c", "d", "b"}), `tokens 1 and 4 are both "b"`},
		"an empty's name": {value(tokensKey, []string{"", "b", "c", "d", "[EMPTY_0]"}), "tokens 0 and 4"},
		"scores":          {value("tokenizer.ggml.scores", []float32{1}), "has 1 elements"},
		"scores as text":  {value("tokenizer.ggml.scores", []string{"a", "b", "c", "d", "e"}), "not an array of f32"},
		"token types":     {value("tokenizer.ggml.token_type", []int32{1, 2}), "has 2 elements"},
		"bos":             {value("tokenizer.ggml.bos_token_id", "x"), "is text, not a token's number"},
		"embedding rows":  {value(tokensKey, []string{"a", "b", "c", "d"}), "lists 4 tokens"},
		"embedding width": {value("llama.embedding_length", uint32(16)), "rows of 8"},
		"split's type":    {value("split.no", uint32(0)), `key "split.no" is u32, not u16`},
		"eos": {without(func(m *model) {
			m.values = append(m.values, pair{"tokenizer.ggml.eos_token_id", int32(1)})
		}), "is i32, not a token's number"},
		"tokens in C":      {value(tokensKey, []string{"a", "b", "c\x00d", "c", "e"}), `tokens 2 and 3 are both "c"`},
		"bytes missing":    {value("tokenizer.ggml.model", "llama"), "no token for the byte 0x00"},
		"expert used kind": {value("llama.expert_used_count", "x"), "is text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.file)
			var ours *Error
			require.ErrorAs(t, err, &ours)
			assert.Contains(t, err.Error(), c.want)
			assert.NotEmpty(t, ours.Hint())
		})
	}
}

// A file that ends early is refused wherever it ends, with a place.
func TestCutFiles(t *testing.T) {
	file := whole().bytes()
	last := len(file) - 32 // the tensor's own bytes reach to here at least
	for n := range last {
		_, err := read(file[:n])
		var ours *Error
		require.ErrorAs(t, err, &ours, "cut at %d of %d", n, len(file))
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("planted") }

func TestErrorsOfTheDiskAreNotTheFiles(t *testing.T) {
	_, err := Read(failing{}, 1000)
	require.EqualError(t, err, "planted")
	file := whole().bytes()
	_, err = Read(bytes.NewReader(file[:200]), int64(len(file)))
	require.ErrorContains(t, err, "is being written")
}

func TestModelsInSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, m model) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, m.bytes(), 0o666))
		return path
	}
	first := whole().set("split.count", uint16(2)).set("split.no", uint16(0))
	path := write("m-00001-of-00002.gguf", first)
	_, err := ReadModel(path)
	require.ErrorContains(t, err, "m-00002-of-00002.gguf")
	second := write("m-00002-of-00002.gguf", model{values: []pair{{"split.no", uint16(1)}}, tensors: []matrix{{"x", []uint64{4}}}})
	_, err = ReadModel(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(second, 100))
	_, err = ReadModel(path)
	require.ErrorContains(t, err, "file ends at byte 100")
	_, err = ReadModel(write("other.gguf", first))
	require.ErrorContains(t, err, "does not end in -00001-of-00002.gguf")
	_, err = ReadModel(write("m.gguf", first.set("split.no", uint16(1))))
	require.ErrorContains(t, err, "is part 2 of a model in 2 files")
}
