package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"intentprobe/models"
	"intentprobe/models/worker"
)

func workerCommand() *cobra.Command {
	var (
		listen, devices        string
		network, cache, asJSON bool
		nThreads               int
	)
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Lend this machine's devices to runs on other machines",
		Long: `Serve this machine's accelerators, or its CPU where it has none, to one
"capture run --rpc HOST:PORT" after the other, so that models run that are larger
than one machine. Below is llama.cpp's RPC server. It has NO authentication and no
encryption: whoever reaches the port can use, read and crash this process. It
listens on loopback; across machines, use an SSH tunnel
(ssh -L 50052:127.0.0.1:50052 HOST), or a network of your own with --network.
` + exitHelp,
		Example: `  capture worker                               # 127.0.0.1:50052
  capture worker --listen 192.168.7.2:50052 --network`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkListen(listen, network); err != nil {
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
			if nThreads == 0 {
				nThreads = threads()
			}
			return serve(cmd, l, chosen, nThreads, cache, asJSON)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&listen, "listen", "127.0.0.1:50052", "address to listen at")
	f.BoolVar(&network, "network", false, "allow an address that is not loopback: there is no authentication")
	f.StringVar(&devices, "device", "", "devices to lend, as capture doctor names them: CUDA0,CUDA1 (default: all accelerators, else the CPU)")
	f.IntVar(&nThreads, "threads", 0, "CPU threads (default: as many as this process may use)")
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
func workerDevices(names string) ([]models.Device, error) {
	all := models.Devices()
	var out, cpu []models.Device
	var known []string
	for _, d := range all {
		known = append(known, d.Name)
		switch {
		case names != "":
		case d.Accelerator():
			out = append(out, d)
		case d.Kind == "cpu":
			cpu = append(cpu, d)
		}
	}
	if names == "" && len(out) == 0 {
		return cpu, nil
	}
	if names == "" {
		return out, nil
	}
	for _, name := range strings.Split(names, ",") {
		found := false
		for _, d := range all {
			if d.Name == name {
				out, found = append(out, d), true
			}
		}
		if !found {
			return nil, &usageError{fmt.Errorf("--device names %q, which is not there", name), "use " + strings.Join(known, ", ")}
		}
	}
	return out, nil
}

// serve answers at l until the command's context ends.
func serve(cmd *cobra.Command, l net.Listener, devices []models.Device, nThreads int, cache, asJSON bool) error {
	stdout, err := ownStdout()
	if err != nil {
		return err
	}
	backend, err := freeLoopback()
	if err != nil {
		return err
	}
	folder := ""
	if cache {
		dir, err := models.CacheDir()
		if err != nil {
			return err
		}
		folder = filepath.Join(dir, "rpc")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return err
		}
	}
	var names []string
	for _, d := range devices {
		names = append(names, d.Name)
	}
	failed := make(chan error, 1)
	go func() { failed <- models.ServeRPC(backend, names, nThreads, folder) }()
	if err := reachable(cmd.Context(), backend, failed); err != nil {
		return err
	}
	build := models.EngineBuild()
	info := func() worker.Info {
		return worker.Info{
			Version: version + suffix(commit), Engine: build.Version, Ggml: build.Ggml, RPC: models.RPCVersion,
			Options: build.Options, Features: build.Features, Threads: nThreads, Devices: lent(devices),
		}
	}
	say(cmd.ErrOrStderr(), "capture: worker listens at %s and lends %s; Ctrl-C ends it\n", l.Addr(), strings.Join(names, ", "))
	if asJSON {
		if err := printJSON(stdout, struct {
			Listen string `json:"listen"`
			worker.Info
		}{l.Addr().String(), info()}); err != nil {
			return err
		}
	}
	s := worker.Server{Info: info, Backend: backend, Log: func(what, client string) {
		say(cmd.ErrOrStderr(), "capture: client %s %s\n", client, what)
	}}
	return s.Serve(cmd.Context(), l)
}

// lent says of devices what a client wants to know, with their memory as it is now.
func lent(devices []models.Device) (out []worker.Device) {
	now := models.Devices()
	for _, d := range devices {
		for _, n := range now {
			if n.Name == d.Name {
				d = n
			}
		}
		out = append(out, worker.Device{Name: d.Name, Description: d.Description, Backend: d.Backend, Driver: d.Driver, MemoryFree: d.MemoryFree, MemoryTotal: d.MemoryTotal})
	}
	return out
}

// ownStdout keeps stdout for results: llama.cpp's server prints to it, and what it
// prints is dropped from now on. Its errors go to stderr.
func ownStdout() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	if err := dup2(int(null.Fd()), 1); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "stdout"), nil
}

// freeLoopback gives an address of this machine alone at which nothing listens.
func freeLoopback() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// reachable waits until llama.cpp's server listens.
func reachable(ctx context.Context, backend string, failed <-chan error) error {
	for {
		conn, err := net.Dial("tcp4", backend)
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
