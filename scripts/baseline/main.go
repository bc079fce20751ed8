// Command baseline computes baselines' features and the online code of labels from data that
// are given, for the tests that hold them against scikit-learn and NumPy:
//
//	baseline < job.json > features.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"intentprobe/capture/probe/baseline"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/nested"
	"intentprobe/storage/rundir"
)

func main() {
	if len(os.Args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: baseline < job.json > features.json")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "baseline:", err)
		os.Exit(1)
	}
}

// job is samples with texts, and rows whose labels are coded.
type job struct {
	Group    []string    `json:"group"`
	Prompt   []string    `json:"prompt"`
	Answer   []string    `json:"answer"`
	Positive []bool      `json:"positive"`
	X        [][]float32 `json:"x"`
	C        float64     `json:"c"`
	Seed     uint64      `json:"seed"`
}

// table is a baseline's features.
type table struct {
	Kind    string      `json:"kind"`
	Columns []string    `json:"columns"`
	Rows    [][]float32 `json:"rows"`
}

func run(in io.Reader, out io.Writer) error {
	var j job
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return err
	}
	var items []baseline.Item
	for i := range j.Group {
		items = append(items, baseline.Item{Group: j.Group[i], Sample: &rundir.Sample{Prompt: j.Prompt[i], Response: j.Answer[i]}})
	}
	tables := map[string]table{}
	all, _ := baseline.All(items)
	for _, b := range all {
		rows, err := read(b.Space.Rows)
		if err != nil {
			return err
		}
		tables[b.Name] = table{b.Kind, b.Columns, rows}
	}
	code, err := baseline.CodeLength(context.Background(), nested.Cases{Positive: j.Positive, Group: j.Group},
		[]nested.Space{{Name: "x", Rows: dense(j.X)}}, []nested.Candidate{{Method: nested.Method{Kind: nested.Logistic, C: j.C, Scale: true}}}, j.Seed, nested.Options{})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{"baselines": tables, "code": code.CodeLength, "cells": code.Cell, "ends": code.Ends})
}

func read(rows fit.Rows) (out [][]float32, err error) {
	err = rows.Each(context.Background(), func(b *fit.Block) error {
		for i := range b.Y {
			out = append(out, append([]float32{}, b.X[i*rows.Width():(i+1)*rows.Width()]...))
		}
		return nil
	})
	return out, err
}

// dense are rows in memory.
type dense [][]float32

func (d dense) Width() int { return len(d[0]) }

func (d dense) Each(_ context.Context, do func(*fit.Block) error) error {
	b := &fit.Block{Y: make([]int8, len(d)), Fold: make([]int8, len(d))}
	for _, row := range d {
		b.X = append(b.X, row...)
	}
	return do(b)
}
