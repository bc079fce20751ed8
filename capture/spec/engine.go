package spec

import (
	"fmt"
	"slices"

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
	KVType         string `key:"kv_type" json:"kv_type"` // of the KV cache: auto, or one of KVTypes

	GPULayers   Layers    `key:"gpu_layers" json:"gpu_layers"`               // on accelerators and workers
	Device      []string  `key:"device" json:"device,omitempty"`             // which of them, by name; empty: all
	SplitMode   string    `key:"split_mode" json:"split_mode"`               // layer, row, none
	TensorSplit []float32 `key:"tensor_split" json:"tensor_split,omitempty"` // how much of the model each device takes
	MainGPU     int       `key:"main_gpu" json:"main_gpu"`                   // number of the device that takes all, where split_mode is none
	RPC         []string  `key:"rpc" json:"rpc,omitempty"`                   // HOST:PORT of workers
	RPCTimeout  int       `key:"rpc_timeout" json:"rpc_timeout"`             // seconds in which a worker must show that it is alive

	Adapters []Adapter `key:"adapters" json:"adapters,omitempty" list:"texts"` // LoRA, of the whole run
}

// WeightModes, KVTypes and SplitModes are what the keys of these names take beside
// as-is and auto, in llama.cpp's words.
var (
	WeightModes = []string{"f32", "f16", "bf16", "q8_0", "q4_0"}
	KVTypes     = []string{"f16", "f32", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"}
	SplitModes  = []string{"none", "layer", "row"}
)

// quantised says whether a type of KVTypes is a quantised one, which needs flash attention.
func quantised(kv string) bool { return !slices.Contains([]string{"f16", "f32", "bf16"}, kv) }

// CacheType is the element type of the KV cache.
func (e *Engine) CacheType() string {
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

// CheckDevices checks the keys about devices as far as that needs no device, and refuses
// two keys of which one would have no effect.
func (e *Engine) CheckDevices() error {
	if e.GPULayers < AllLayers || e.GPULayers > 1<<16 {
		return hint.Usage(fmt.Errorf("engine.gpu_layers is %d", int(e.GPULayers)), "use a number of layers from 0 on, auto or all")
	}
	if quantised(e.CacheType()) && e.FlashAttn == "off" {
		return hint.Usage(fmt.Errorf("engine.kv_type %s needs flash attention, and engine.flash_attn is off", e.KVType), "use kv_type f16, bf16 or f32")
	}
	if e.CacheType() == "f32" && e.FlashAttn == "on" {
		because, advice := "engine.kv_type is f32", "leave engine.flash_attn out, or set engine.kv_type to f16"
		if e.KVType != "f32" {
			because = "engine.weights is f32, which keeps keys and values in f32"
		}
		return hint.Usage(fmt.Errorf("engine.flash_attn is on, and %s: flash attention would round them to float16", because), advice)
	}
	if e.MainGPU > 0 && e.SplitMode != "none" {
		return hint.Usage(fmt.Errorf("engine.main_gpu is %d, and engine.split_mode is %s: the model is divided between all devices", e.MainGPU, e.SplitMode), "set engine.split_mode to none, or choose with engine.device")
	}
	sum := float32(0)
	for _, share := range e.TensorSplit {
		sum += share
		if !(share >= 0) || share > 1<<16 {
			return hint.Usage(fmt.Errorf("engine.tensor_split holds %v", share), "name how much of the model each device takes, for example 3,1")
		}
	}
	if len(e.TensorSplit) > 0 && sum == 0 {
		return hint.Usage(fmt.Errorf("engine.tensor_split gives nothing to any device"), "name how much of the model each device takes, for example 3,1; ", hint.Key("engine.gpu_layers"), " 0 keeps to the CPU")
	}
	return nil
}
