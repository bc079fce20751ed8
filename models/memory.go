package models

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
)

// MemoryError says that something does not fit into memory. Mostly that is found before
// it is tried: Linux hands out memory that it does not have and kills the process later.
type MemoryError struct {
	What            string
	Need, Available uint64 // bytes
	RanOut          bool   // it was tried, and the system did not give it
}

func (e *MemoryError) Error() string {
	if e.RanOut {
		return fmt.Sprintf("memory ran out: %s needs %d bytes, which the system did not give", e.What, e.Need)
	}
	return fmt.Sprintf("%s needs about %.1f GiB of memory, %.1f GiB are available", e.What, gib(e.Need), gib(e.Available))
}

// tooLarge is the error of what is not tried.
func tooLarge(what string, need, available uint64) error {
	return hint.With(&MemoryError{What: what, Need: need, Available: available},
		"use a smaller quantisation, a smaller ", hint.Key("engine.ctx"), " or ", hint.Key("engine.batch"), ", put layers on another machine (",
		hint.Command{"worker"}, " there, ", hint.Key("engine.rpc"), " here), or close other programs; with ", hint.Key("engine.memory_check"), " false it is tried all the same")
}

// ranOut is the error of what was tried.
func ranOut(what string, need uint64) error {
	return hint.With(&MemoryError{What: what, Need: need, Available: AvailableMemory(), RanOut: true},
		"use a smaller ", hint.Key("engine.batch"), " or fewer ", hint.Key("capture.hooks"), ", close other programs, or raise the limit on this process's memory")
}

func gib(n uint64) float64 { return float64(n) / (1 << 30) }

func checkMemory(what string, need uint64) error {
	if available := AvailableMemory(); need > available {
		return tooLarge(what, need, available)
	}
	return nil
}

// AvailableMemory gives the bytes this process may still take: the kernel's
// estimate, or less where a control group limits it. Where neither is known it
// gives the largest number, so that nothing is refused.
func AvailableMemory() uint64 {
	available := uint64(math.MaxUint64)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for _, line := range strings.Split(string(text), "\n") {
			if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
				if kib, err := strconv.ParseUint(strings.Fields(rest)[0], 10, 64); err == nil {
					available = kib << 10
				}
			}
		}
	}
	for _, group := range []struct{ limit, used string }{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		limit, err1 := readNumber(group.limit)
		used, err2 := readNumber(group.used)
		if err1 == nil && err2 == nil && limit > used {
			available = min(available, limit-used)
		}
	}
	return available
}

func readNumber(path string) (uint64, error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
}
