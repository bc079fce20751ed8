package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/spec"
	"intentprobe/models"
)

func workerCommand() *cobra.Command {
	var (
		listen                 string
		devices                []string
		network, cache, asJSON bool
		wanted                 spec.Auto
	)
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Lend this machine's devices to runs on other machines",
		Long: `Lend this machine's accelerators, or its CPU if it has none, to "capture run --rpc
HOST:PORT", one run at a time, so that models can run that are larger than one machine.
This is llama.cpp's RPC server. It has NO authentication and no encryption: whoever
reaches the port can use, read and crash this process. It listens on loopback. Across
machines, use an SSH tunnel (ssh -L 50052:127.0.0.1:50052 HOST), or a network of your
own with --network.
` + exitHelp,
		Example: `  capture worker                               # 127.0.0.1:50052
  capture worker --listen 192.168.7.2:50052 --network`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkListen(listen, network); err != nil {
				return err
			}
			warnOfVariables(cmd)
			threads, err := threadsOr(wanted)
			if err != nil {
				return err
			}
			chosen, err := workerDevices(devices)
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp4", listen)
			if err != nil {
				return &usageError{fmt.Errorf("listen at %s: %w", listen, errors.Unwrap(err)), "choose another --listen HOST:PORT; port 0 takes any that is free"}
			}
			if network {
				say(cmd.ErrOrStderr(), "capture: warning: anyone who reaches %s can use, read and crash this worker: it has no authentication\n", l.Addr())
			}
			return serve(cmd, l, chosen, threads, cache, asJSON)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&listen, "listen", "127.0.0.1:50052", "address to listen on")
	f.BoolVar(&network, "network", false, "allow an address that is not loopback: there is no authentication")
	f.Var(namesFlag(&devices), "device", "devices to lend, as capture doctor names them: CUDA0,CUDA1 (default: all accelerators, else the CPU)")
	f.TextVar(&wanted, "threads", spec.Auto(0), "CPU `threads`: a number, or auto, as many as this process may use")
	f.BoolVar(&cache, "cache", false, "keep the weights that clients send on this machine's disk, for the next time")
	f.BoolVar(&asJSON, "json", false, "print what the worker is as JSON, when it listens")
	return cmd
}

// checkListen refuses an address that others can reach, unless that is wanted.
func checkListen(listen string, network bool) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return &usageError{fmt.Errorf("--listen %q is not HOST:PORT", listen), "for example --listen 127.0.0.1:50052"}
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() || network {
		return nil
	}
	return &usageError{fmt.Errorf("--listen %s can be reached from other machines, and a worker has no authentication", listen),
		"use an SSH tunnel to 127.0.0.1, or add --network if all of that network is yours"}
}

// workerDevices gives the devices that a worker lends.
func workerDevices(names []string) ([]models.Device, error) {
	all, err := models.Devices()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		out := slices.DeleteFunc(slices.Clone(all), func(d models.Device) bool { return !d.Accelerator() })
		if len(out) == 0 {
			out = slices.DeleteFunc(all, func(d models.Device) bool { return d.Kind != "cpu" })
		}
		return out, nil
	}
	var out []models.Device
	for _, name := range names {
		at := deviceAt(all, name)
		if at < 0 {
			var known []string
			for _, d := range all {
				known = append(known, d.Name)
			}
			return nil, &usageError{fmt.Errorf("--device names %q, which is not there", name), "use " + strings.Join(known, ", ")}
		}
		out = append(out, all[at])
	}
	return out, nil
}
