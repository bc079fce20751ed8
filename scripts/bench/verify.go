package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"

	"intentprobe/storage/verify"
)

// verify checks a run of 1 GiB, and takes the sha256 of the same files.
func (b *bench) verify() error {
	run := filepath.Join(b.dir, "verified")
	bytes, err := writeRun(run, 4, (1<<28)/rowBytes)
	if err != nil {
		return err
	}
	hashed := func() error {
		paths, err := filepath.Glob(filepath.Join(run, "*.arrow"))
		for _, path := range paths {
			err = errors.Join(err, hash(path))
		}
		return err
	}
	checked := func() error {
		v, err := verify.Run(context.Background(), run, false)
		if err == nil && !v.OK {
			err = errors.New(v.Problems[0].String())
		}
		return err
	}
	return compare("verify", b.pairs, float64(bytes)/(1<<20), "MiB/s", nil, hashed, checked, "sha256", "verify")
}

func hash(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyBuffer(onlyWriter{sha256.New()}, onlyReader{f}, make([]byte, 1<<20))
	return err
}

// These hide the ways around the buffer.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
