package capture

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"intentprobe/capture/hint"
	"intentprobe/models"
	"intentprobe/models/worker"
)

// connected is a worker that a session uses.
type connected struct {
	*worker.Watch
	link    *models.Worker
	devices []device
}

// connect greets the workers of a run and makes their devices known.
func (s *Session) connect(ctx context.Context) error {
	e := &s.Spec.Engine
	silence := time.Duration(e.RPCTimeout) * time.Second
	endpoints := e.RPC
	if s.elsewhere != nil {
		endpoints = s.elsewhere
	}
	for i, endpoint := range endpoints {
		if slices.Contains(endpoints[:i], endpoint) {
			return hint.Usage(fmt.Errorf("engine.rpc names the worker %s twice", endpoint), "name each once")
		}
		w, err := greet(ctx, endpoint, silence)
		if err != nil {
			return err
		}
		s.workers = append(s.workers, connected{Watch: w})
		go func() {
			if err, ok := <-w.Lost(); ok && s.options.Lost != nil {
				s.options.Lost(err)
			}
		}()
		c := &s.workers[i]
		if c.link, err = models.AddWorker(w.Address()); err != nil {
			return err
		}
		for k, d := range c.link.Devices {
			hardware := w.Info.Devices[min(k, len(w.Info.Devices)-1)]
			d.MemoryFree, d.MemoryTotal = hardware.MemoryFree, hardware.MemoryTotal
			d.Driver = hardware.Driver
			c.devices = append(c.devices, device{
				Device: d, hardware: hardware.Backend + ": " + hardware.Description, worker: endpoint,
				engine: fmt.Sprintf("llama.cpp %s (ggml %s), %s, %s", w.Info.Engine, w.Info.Ggml, w.Info.Options, strings.Join(w.Info.Features, " ")),
			})
		}
	}
	return nil
}

// greet asks a worker whether it is there, of this version, and free.
func greet(ctx context.Context, endpoint string, silence time.Duration) (*worker.Watch, error) {
	for try := 0; ; try++ {
		w, err := worker.Greet(ctx, endpoint, silence)
		if err != nil {
			return nil, err
		}
		err = CheckWorker(endpoint, &w.Info)
		if err == nil {
			return w, nil
		}
		w.Close()
		// What this program used before may not be closed yet on the other side.
		if w.Info.Serving == "" || try == 5 {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// CheckWorker refuses a worker that would end llama.cpp's process, compute otherwise
// than this program does, or keep it waiting.
func CheckWorker(endpoint string, is *worker.Info) error {
	here, err := models.EngineBuild()
	if err != nil {
		return err
	}
	switch {
	case is.RPC != models.RPCVersion || is.Engine != here.Version || is.Ggml != here.Ggml:
		return hint.With(fmt.Errorf("worker %s is of another version: it has llama.cpp %s (ggml %s, RPC %s), this program has %s (ggml %s, RPC %s)",
			endpoint, is.Engine, is.Ggml, is.RPC, here.Version, here.Ggml, models.RPCVersion), "start a worker of the same version of capture there")
	case len(is.Devices) == 0:
		return hint.With(fmt.Errorf("worker %s offers no device", endpoint), hint.Command{"doctor"}, " there says what is wrong")
	case is.Serving != "":
		return hint.With(fmt.Errorf("worker %s works for another client (%s)", endpoint, is.Serving), "wait until that has ended, or start another worker at another port")
	}
	return nil
}

// disconnect lets go of the workers.
func (s *Session) disconnect() {
	for _, w := range s.workers {
		w.Close()
		if w.link != nil {
			w.link.Close()
		}
	}
	s.workers = nil
}
