package main

import (
	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/spec"
)

// reopenFlags are the flags of commands that load again what a run was made from.
type reopenFlags struct {
	model    string
	adapters []string
	rpc      []string
	threads  spec.Auto
	layers   spec.Layers
	device   []string
}

func (o *reopenFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "the model file, where it is no longer found by itself")
	f.StringArrayVar(&o.adapters, "adapter", nil, "an adapter of the run, where it is no longer found by itself: `file` (repeatable, in the order of the run)")
	f.Var(namesFlag(&o.rpc), "rpc", "where the workers of the run are now, HOST:PORT,... in the order of the run, if not at the same addresses")
	f.TextVar(&o.threads, "threads", spec.Auto(0), "CPU `threads`, if not as many as the run had: a number, or auto, as many as this process may use")
	f.TextVar(&o.layers, "gpu-layers", spec.AutoLayers, "`layers` to put on accelerators and workers, if not as many as the run had: a number, auto or all")
	f.Var(namesFlag(&o.device), "device", "devices to put layers on, if not those of the run; none keeps to the CPU")
	f.Lookup("threads").DefValue, f.Lookup("gpu-layers").DefValue = "", ""
	cmd.RegisterFlagCompletionFunc("model", completeModels)
}

// options says what was asked for.
func (o *reopenFlags) options(cmd *cobra.Command) capture.ReopenOptions {
	opt := capture.ReopenOptions{Model: o.model, Adapters: o.adapters, RPC: o.rpc, Tool: tool(), Threads: o.threads, Device: o.device, Options: around()}
	if cmd.Flags().Changed("threads") && o.threads == 0 {
		opt.Threads = spec.Auto(capture.DefaultThreads())
	}
	if cmd.Flags().Changed("gpu-layers") {
		opt.GPULayers = &o.layers
	}
	return opt
}
