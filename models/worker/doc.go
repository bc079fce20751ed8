// Package worker is what a `capture worker` process and the programs that use it say
// to each other beside llama.cpp's RPC protocol: who the worker is, and that it is
// still alive. Both protocols use one port. A client that begins with Greeting is
// answered here; one that begins as llama.cpp's RPC clients do is passed on to
// llama.cpp's own server, which listens on loopback.
//
// A program that wants to use a worker calls [Greet], looks at its [Info], then connects
// llama.cpp (models.AddWorker), and watches [Watch.Lost]. A worker runs a [Server] beside
// models.ServeRPC.
//
// llama.cpp's protocol has no way to ask who a server is working for, no timeout, and
// no answer when versions differ but the end of the process. Hence this one. Like
// llama.cpp's, it has no authentication and no encryption: networks that are not trusted
// are no place for it.
package worker

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"intentprobe/capture/hint"
)

// Greeting is the first line of a client that wants to know who the worker is. The
// worker answers with one line of JSON, an Info, and then a Beat for as long as the
// client listens. Its first byte is none of llama.cpp's RPC commands.
const Greeting = "capture-worker/1\n"

// Beat is what a worker that is alive writes every BeatEvery.
const (
	Beat      = "+\n"
	BeatEvery = time.Second
)

// rpcHello is the byte with which llama.cpp's RPC clients begin (RPC_CMD_HELLO).
const rpcHello = 14

// Info is what a worker says of itself.
type Info struct {
	Version  string   `json:"version"`  // of capture
	Engine   string   `json:"engine"`   // version of llama.cpp
	Ggml     string   `json:"ggml"`     // version of ggml
	RPC      string   `json:"rpc"`      // version of ggml's RPC protocol
	Options  string   `json:"options"`  // how its engine was built
	Features []string `json:"features"` // what its CPU code was compiled for
	Threads  int      `json:"threads"`
	Devices  []Device `json:"devices"`
	Serving  string   `json:"serving,omitempty"` // address of the client that it works for now
}

// Device is a device that a worker offers, in the order of its RPC server.
type Device struct {
	Name        string `json:"name"`        // on the worker: "CPU", "CUDA0"
	Description string `json:"description"` // of the hardware
	Backend     string `json:"backend"`
	Driver      string `json:"driver,omitempty"`
	MemoryFree  uint64 `json:"memory_free"` // bytes, when it was asked
	MemoryTotal uint64 `json:"memory_total"`
}

// wrong is the error of something that is wrong with a worker, and what to do next, as
// hint.With takes it.
func wrong(endpoint, reason string, advice ...any) error {
	return hint.With(fmt.Errorf("worker %s: %s", endpoint, reason), advice...)
}

// CheckEndpoint refuses what is not HOST:PORT. llama.cpp's client takes host names and
// IPv4 addresses.
func CheckEndpoint(endpoint string) error {
	host, port, err := net.SplitHostPort(endpoint)
	n, perr := strconv.Atoi(port)
	if err != nil || perr != nil || host == "" || n < 1 || n > 65535 || net.ParseIP(host) != nil && net.ParseIP(host).To4() == nil {
		return wrong(endpoint, "is not HOST:PORT with a name or an IPv4 address", "for example ", hint.Key("engine.rpc"), " 127.0.0.1:50052; ", hint.Command{"worker"}, " prints its own")
	}
	return nil
}
