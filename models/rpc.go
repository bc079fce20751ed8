package models

/*
#include <stdlib.h>
#include "ggml-rpc.h"
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"intentprobe/capture/hint"
)

// RPCVersion is the version of the protocol that this engine's RPC backend was
// compiled with.
var RPCVersion = fmt.Sprintf("%d.%d.%d", C.RPC_PROTO_MAJOR_VERSION, C.RPC_PROTO_MINOR_VERSION, C.RPC_PROTO_PATCH_VERSION)

// Worker is an RPC server of llama.cpp that this process is connected to.
type Worker struct {
	Devices []Device // in the server's order

	link C.ggml_backend_t // keeps the connection, which llama.cpp closes when nothing uses it
}

// Close gives up the connection, which ends when the last model on the worker is closed.
func (w *Worker) Close() { C.ggml_backend_free(w.link) }

// AddWorker connects to llama.cpp's RPC server at ADDRESS:PORT; its devices stand in
// Devices from then on. Ask package worker first whether it is there and of this
// version: llama.cpp ends the process where it is not.
func AddWorker(endpoint string) (*Worker, error) {
	if err := start(); err != nil {
		return nil, err
	}
	cendpoint := C.CString(endpoint)
	defer C.free(unsafe.Pointer(cendpoint))
	w := &Worker{}
	n := int(C.cap_rpc_add(cendpoint, &w.link))
	if n < 0 {
		return nil, noRPC()
	}
	devices, err := Devices()
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		if d.Backend == "RPC" && d.Description == endpoint {
			w.Devices = append(w.Devices, d)
		}
	}
	if len(w.Devices) != n || n == 0 {
		return nil, fmt.Errorf("worker %s: llama.cpp sees %d devices and registered %d", endpoint, n, len(w.Devices))
	}
	return w, nil
}

// ServeRPC runs llama.cpp's RPC server at HOST:PORT on these devices, for one client
// after the other. It has no authentication, and does not return where it can run.
// cache is a folder for weights that clients send again, or empty.
func ServeRPC(endpoint string, devices []string, threads int, cache string) error {
	if err := start(); err != nil {
		return err
	}
	runtime.LockOSThread()
	cendpoint := C.CString(endpoint)
	var ccache *C.char
	if cache != "" {
		ccache = C.CString(cache)
	}
	names := cStrings(devices)
	C.cap_rpc_serve(cendpoint, ccache, C.int(threads), &names[0], C.int(len(devices)))
	if _, has := Backends()["RPC"]; !has {
		return noRPC()
	}
	return fmt.Errorf("llama.cpp's RPC server at %s could not start", endpoint)
}

func noRPC() error {
	return hint.With(errors.New("this engine has no RPC backend, so it knows no workers"), "use the pinned engine (make build), or a llama.cpp built with GGML_RPC=ON")
}
