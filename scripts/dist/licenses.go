package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// linked is what `go list -deps -json` says of a package that is linked in.
type linked struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// noticeName matches the files in which a module states its terms.
var noticeName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|copyright)([-._].*)?$`)

// source matches what is code all the same: license.go.
var source = regexp.MustCompile(`(?i)\.(go|s|c|h|py|sh)$`)

// collectLicenses copies the licences of Go and of every module that capture
// links, for the platform that GOOS and GOARCH name, into a folder a module.
func collectLicenses(dir string) error {
	packages, err := linkedPackages("./cmd/capture")
	if err != nil {
		return err
	}
	files := map[string][]string{} // module path: its files
	for _, p := range packages {
		if p.Module == nil || p.Module.Main {
			continue
		}
		name := p.Module.Path + "@" + p.Module.Version
		if files[name] == nil {
			files[name] = []string{}
		}
		// A package may have terms of its own, in any folder up to the module's.
		for folder := p.Dir; strings.HasPrefix(folder, p.Module.Dir); folder = filepath.Dir(folder) {
			found, err := notices(folder)
			if err != nil {
				return err
			}
			if folder == p.Module.Dir && len(found) == 0 {
				found = termsInReadme(folder)
			}
			for _, f := range found {
				if !slices.Contains(files[name], f) {
					files[name] = append(files[name], f)
				}
				if err := copyNotice(f, p.Module.Dir, filepath.Join(dir, filepath.FromSlash(p.Module.Path))); err != nil {
					return err
				}
			}
		}
	}
	for name, found := range files {
		if len(found) == 0 {
			return fmt.Errorf("%s is linked in and has no licence file", name)
		}
	}
	if len(files) == 0 {
		return errors.New("no module is linked in: not the whole program was listed")
	}
	return goLicense(dir)
}

func linkedPackages(pattern string) (out []linked, err error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module", pattern)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	for {
		var p linked
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
}

// notices lists the files of one folder that state terms.
func notices(folder string) (out []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && noticeName.MatchString(e.Name()) && !source.MatchString(e.Name()) {
			out = append(out, filepath.Join(folder, e.Name()))
		}
	}
	return out, nil
}

// termsInReadme gives the README of a module that has its licence there.
func termsInReadme(folder string) []string {
	file := filepath.Join(folder, "README.md")
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "Permission is hereby granted") {
		return nil
	}
	return []string{file}
}

func copyNotice(file, root, dir string) error {
	name, err := filepath.Rel(root, file)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	target := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	return os.WriteFile(target, text, 0o666)
}

// goLicense copies the licence of Go itself, whose runtime and library are in
// every program.
func goLicense(dir string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	home := strings.TrimSpace(string(root))
	found, err := notices(home)
	if err == nil && len(found) == 0 { // Debian puts it elsewhere
		found, err = notices("/usr/share/doc/golang-go")
	}
	if err != nil || len(found) == 0 {
		return fmt.Errorf("no licence of Go in %s: %w", home, errors.Join(err, os.ErrNotExist))
	}
	for _, f := range found {
		if err := copyNotice(f, filepath.Dir(f), filepath.Join(dir, "go")); err != nil {
			return err
		}
	}
	return nil
}
