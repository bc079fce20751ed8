package capture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"intentprobe/capture/hint"
)

// Engine says how llama.cpp runs the model.
type Engine struct {
	Batch          Auto   `key:"batch" json:"batch"`                     // sequences decoded at once; 0 is auto
	Threads        Auto   `key:"threads" json:"threads"`                 // 0 is auto
	Ctx            int    `key:"ctx" json:"ctx"`                         // tokens of context a sample may use; 0 is what the samples need
	Weights        string `key:"weights" json:"weights"`                 // as-is, f32, f16, bf16, q8_0, q4_0
	FlashAttn      string `key:"flash_attn" json:"flash_attn"`           // auto, on, off
	BatchInvariant bool   `key:"batch_invariant" json:"batch_invariant"` // decode each sample alone
	MemoryCheck    bool   `key:"memory_check" json:"memory_check"`
	KVType         string `key:"kv_type" json:"kv_type"` // of the KV cache: auto, or one of models.KVTypes

	GPULayers   Layers    `key:"gpu_layers" json:"gpu_layers"`               // on accelerators and workers
	Device      []string  `key:"device" json:"device,omitempty"`             // which of them, by name; empty: all
	SplitMode   string    `key:"split_mode" json:"split_mode"`               // layer, row, none
	TensorSplit []float32 `key:"tensor_split" json:"tensor_split,omitempty"` // how much of the model each device takes
	MainGPU     int       `key:"main_gpu" json:"main_gpu"`                   // number of the device that takes all, where split_mode is none
	RPC         []string  `key:"rpc" json:"rpc,omitempty"`                   // HOST:PORT of workers
	RPCTimeout  int       `key:"rpc_timeout" json:"rpc_timeout"`             // seconds in which a worker must show that it is alive
}

// kvType is the element type of the KV cache.
func (e *Engine) kvType() string {
	switch {
	case e.KVType != "auto" && e.KVType != "":
		return e.KVType
	case e.Weights == "f32":
		return "f32"
	}
	return "f16"
}

// checkLayers wants a number of layers, auto or all.
func (e *Engine) checkLayers() error {
	if e.GPULayers >= AllLayers && e.GPULayers <= 1<<16 {
		return nil
	}
	return hint.Usage(fmt.Errorf("engine.gpu_layers is %d", int(e.GPULayers)), "use a number from 0 to 65536, auto or all")
}

// Layers is a number of layers, or one of two words for it.
type Layers int

// AutoLayers are as many layers as fit, AllLayers all of a model.
const (
	AutoLayers Layers = -1
	AllLayers  Layers = -2
)

func (n Layers) String() string {
	switch n {
	case AutoLayers:
		return "auto"
	case AllLayers:
		return "all"
	}
	return strconv.Itoa(int(n))
}

// MarshalText writes a number, "auto" or "all".
func (n Layers) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalJSON writes a number, "auto" or "all".
func (n Layers) MarshalJSON() ([]byte, error) {
	if n < 0 {
		return json.Marshal(n.String())
	}
	return json.Marshal(int(n))
}

// UnmarshalJSON reads a number, "auto" or "all".
func (n *Layers) UnmarshalJSON(text []byte) error { return n.UnmarshalText(bytes.Trim(text, `"`)) }

// UnmarshalText reads a number, "auto" or "all".
func (n *Layers) UnmarshalText(text []byte) error {
	switch string(text) {
	case "auto":
		*n = AutoLayers
	case "all":
		*n = AllLayers
	default:
		i, err := strconv.Atoi(string(text))
		if err != nil || i < 0 || i > 1<<16 {
			return fmt.Errorf("%q is neither a number of layers from 0 on nor \"auto\" nor \"all\"", text)
		}
		*n = Layers(i)
	}
	return nil
}
