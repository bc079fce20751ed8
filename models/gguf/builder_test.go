package gguf

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// pair is a metadata value to write: uint32, int32, uint16, float32, string,
// []string, []int32, []float32, or raw bytes with the number of their type.
type pair struct {
	key   string
	value any
}

type raw struct {
	kind uint32
	data []byte
}

// matrix is a tensor of float32 to write.
type matrix struct {
	name  string
	shape []uint64
}

// model is a GGUF file to write; zero fields are those of a whole one.
type model struct {
	version          uint32
	values           []pair
	tensors          []matrix
	nValues, nTensor *uint64
}

func whole() model {
	return model{
		values: []pair{
			{"general.architecture", "llama"}, {"general.name", "small"}, {"general.file_type", uint32(0)}, {"llama.block_count", uint32(2)},
			{"llama.embedding_length", uint32(8)}, {"llama.context_length", uint32(64)}, {"llama.attention.head_count", uint32(2)},
			{"llama.attention.head_count_kv", []int32{1, 2}}, {"llama.rope.dimension_count", uint32(4)},
			{"tokenizer.ggml.tokens", []string{"a", "b", "", "[c]", ""}}, {"tokenizer.ggml.scores", []float32{1, 2, 3, 4, 5}},
			{"tokenizer.ggml.token_type", []int32{1, 1, 1, 3, 1}}, {"tokenizer.ggml.bos_token_id", uint32(4)},
		},
		tensors: []matrix{{"token_embd.weight", []uint64{8, 5}}, {"output_norm.weight", []uint64{7}}, {"output.weight", []uint64{8, 5, 1, 1}}},
	}
}

// set replaces or adds a value.
func (m model) set(key string, value any) model {
	values := append([]pair(nil), m.values...)
	for i := range values {
		if values[i].key == key {
			values[i].value = value
			m.values = values
			return m
		}
	}
	m.values = append(values, pair{key, value})
	return m
}

func (m model) bytes() []byte {
	var out bytes.Buffer
	put := func(v any) { binary.Write(&out, binary.LittleEndian, v) }
	text := func(s string) {
		put(uint64(len(s)))
		out.WriteString(s)
	}
	count := func(given *uint64, n int) {
		if given == nil {
			put(uint64(n))
		} else {
			put(*given)
		}
	}
	out.WriteString("GGUF")
	if m.version == 0 {
		m.version = 3
	}
	put(m.version)
	count(m.nTensor, len(m.tensors))
	count(m.nValues, len(m.values))
	for _, p := range m.values {
		text(p.key)
		switch v := p.value.(type) {
		case uint16:
			put(Uint16)
			put(v)
		case uint32:
			put(Uint32)
			put(v)
		case int32:
			put(Int32)
			put(v)
		case uint64:
			put(Uint64)
			put(v)
		case string:
			put(String)
			text(v)
		case []string:
			put([]Kind{Array, String})
			put(uint64(len(v)))
			for _, s := range v {
				text(s)
			}
		case []int32:
			put([]Kind{Array, Int32})
			put(uint64(len(v)))
			put(v)
		case []float32:
			put([]Kind{Array, Float32})
			put(uint64(len(v)))
			put(v)
		case raw:
			put(v.kind)
			out.Write(v.data)
		default:
			panic(p.key)
		}
	}
	offset, sizes := uint64(0), []uint64(nil)
	for _, t := range m.tensors {
		text(t.name)
		put(uint32(len(t.shape)))
		put(t.shape)
		put(uint32(0))
		put(offset)
		size := uint64(4)
		for _, n := range t.shape {
			size *= n
		}
		size = (size + 31) / 32 * 32
		offset += size
		sizes = append(sizes, size)
	}
	for _, size := range sizes {
		out.Write(make([]byte, (32-out.Len()%32)%32))
		if size < 1<<20 {
			out.Write(make([]byte, size))
		}
	}
	return out.Bytes()
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func phantom(t testing.TB) []byte {
	b, err := os.ReadFile("../phantom/phantom.gguf")
	require.NoError(t, err)
	return b
}
