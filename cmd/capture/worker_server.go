package main

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"intentprobe/models"
	"intentprobe/models/worker"
)

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
		if err := models.InCache("rpc", func(dir string) error {
			folder = dir
			return os.MkdirAll(dir, 0o777)
		}); err != nil {
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
	build, err := models.EngineBuild()
	if err != nil {
		return err
	}
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
	if err := s.Serve(cmd.Context(), l); cmd.Context().Err() == nil {
		return err
	}
	say(cmd.ErrOrStderr(), "capture: worker ended (%v)\n", context.Cause(cmd.Context()))
	return nil // it did what it was asked to
}

// lent says of devices what a client wants to know, with their memory as it is now.
func lent(devices []models.Device) (out []worker.Device) {
	now, _ := models.Devices() // they were listed before, so there is no error
	for _, d := range devices {
		if at := deviceAt(now, d.Name); at >= 0 {
			d = now[at]
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

// deviceAt finds a device by its name, -1 where it is not there.
func deviceAt(devices []models.Device, name string) int {
	return slices.IndexFunc(devices, func(d models.Device) bool { return d.Name == name })
}
