package main

import (
	"github.com/spf13/cobra"

	"intentprobe/capture/spec"
	"intentprobe/models"
)

// adapterFlags is --adapter of commands that look at a model.
type adapterFlags []string

func (a *adapterFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar((*[]string)(a), "adapter", nil, "LoRA adapter of the model, as GGUF: `FILE` or FILE:SCALE (repeatable)")
}

// read reads what stands in the flags.
func (a adapterFlags) read() (out []models.Adapter, err error) {
	engine := spec.Default().Engine
	for _, text := range a {
		engine.Adapters = append(engine.Adapters, spec.ReadAdapter(text))
	}
	for _, one := range engine.Adapters {
		if err := one.CheckFile(one.File); err != nil {
			return nil, err
		}
		out = append(out, models.Adapter{Path: one.File, Scale: float32(one.Scale)})
	}
	return out, engine.CheckAdapters()
}
