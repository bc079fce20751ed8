package capture

import "intentprobe/capture/spec"

// Spec says what a run is to do; package spec has its parts and reads it from files.
type Spec = spec.Spec

// DefaultSpec gives a spec in which every key has its default.
var DefaultSpec = spec.Default
