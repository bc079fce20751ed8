package main

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// systemLibraries are those that the binaries may leave to the system: the C and
// the C++ library.
var systemLibraries = []string{"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}

// floors are the versions of symbols that tell how old a system may be.
var floors = []string{"GLIBC_", "GLIBCXX_"}

// binary is what an executable or a library asks of the system it runs on.
type binary struct {
	path    string
	machine string
	needed  []string          // libraries
	search  []string          // where it looks for them
	newest  map[string]string // of floors: the newest version that it asks for
}

// check fails where an unpacked archive could not run elsewhere: a library that
// is neither in it nor the system's, a path that leads out of it, a newer C
// library than promised, a path of the builder in the code. The limits are such as
// GLIBC_2.34. It prints what is needed.
func check(w io.Writer, folder string, limits, paths []string) error {
	binaries, err := readBinaries(folder)
	if err != nil {
		return err
	}
	if len(binaries) == 0 {
		return fmt.Errorf("%s holds no program and no library", folder)
	}
	var faults []error
	newest := map[string]string{}
	for _, b := range binaries {
		faults = append(faults, b.faults(folder)...)
		for _, floor := range floors {
			asked := b.newest[floor]
			if newerVersion(asked, newest[floor]) {
				newest[floor] = asked
			}
			for _, limit := range limits {
				if promised, ok := strings.CutPrefix(limit, floor); ok && newerVersion(asked, promised) {
					faults = append(faults, fmt.Errorf("%s asks for %s%s, promised is %s", b.path, floor, asked, limit))
				}
			}
		}
		if b.machine != binaries[0].machine {
			faults = append(faults, fmt.Errorf("%s is for %s, %s for %s", b.path, b.machine, binaries[0].path, binaries[0].machine))
		}
		text, err := os.ReadFile(b.path)
		if err != nil {
			return err
		}
		for _, path := range paths {
			if at := bytes.Index(text, []byte(path)); at >= 0 {
				end := min(at+80, len(text))
				faults = append(faults, fmt.Errorf("%s names a path of the machine it was built on: %q", b.path, text[at:end]))
			}
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	asks := ""
	for _, floor := range floors {
		if newest[floor] != "" {
			asks += ", " + floor + newest[floor]
		}
	}
	_, err = fmt.Fprintf(w, "%d binaries for %s%s\n", len(binaries), binaries[0].machine, asks)
	return err
}

// faults lists what a binary needs that neither the archive nor a system has.
func (b binary) faults(folder string) (out []error) {
	for _, name := range b.needed {
		inside := filepath.Join(folder, "lib", "capture", filepath.Base(name))
		if _, err := os.Stat(inside); err != nil && !slices.Contains(systemLibraries, name) && !strings.HasPrefix(name, "/usr/lib/") && !strings.HasPrefix(name, "/System/") {
			out = append(out, fmt.Errorf("%s needs %s, which is not in the archive", b.path, name))
		}
	}
	for _, dir := range b.search {
		if !slices.Contains([]string{"$ORIGIN", "$ORIGIN/../lib/capture", "@loader_path", "@executable_path/../lib/capture"}, dir) {
			out = append(out, fmt.Errorf("%s looks for libraries in %s", b.path, dir))
		}
	}
	return out
}

func readBinaries(folder string) (out []binary, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		b, err := readELF(path)
		if errors.As(err, new(*elf.FormatError)) || errors.Is(err, io.EOF) {
			b, err = readMachO(path)
			if errors.As(err, new(*macho.FormatError)) || errors.Is(err, io.EOF) {
				return nil // no binary
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, b)
		return nil
	})
	return out, err
}

func readELF(path string) (b binary, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	b = binary{path: path, machine: "linux " + strings.TrimPrefix(f.Machine.String(), "EM_"), newest: map[string]string{}}
	if b.needed, err = f.ImportedLibraries(); err != nil {
		return b, err
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		found, err := f.DynString(tag)
		if err != nil {
			return b, err
		}
		for _, list := range found {
			b.search = append(b.search, strings.Split(list, ":")...)
		}
	}
	needs, err := f.DynamicVersionNeeds()
	if err != nil {
		return b, err
	}
	for _, n := range needs {
		for _, dep := range n.Needs {
			for _, floor := range floors {
				if version, ok := strings.CutPrefix(dep.Dep, floor); ok && newerVersion(version, b.newest[floor]) {
					b.newest[floor] = version
				}
			}
		}
	}
	return b, nil
}

func readMachO(path string) (b binary, err error) {
	f, err := macho.Open(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	b = binary{path: path, machine: "darwin " + strings.TrimPrefix(f.Cpu.String(), "Cpu")}
	if b.needed, err = f.ImportedLibraries(); err != nil {
		return b, err
	}
	for _, load := range f.Loads {
		if r, ok := load.(*macho.Rpath); ok {
			b.search = append(b.search, r.Path)
		}
	}
	return b, nil
}

// newerVersion says whether the dotted numbers a are above b; anything is above "".
func newerVersion(a, b string) bool {
	if a == "" || b == "" {
		return a != ""
	}
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m > n
		}
	}
	return len(x) > len(y)
}
