package main

import "intentprobe/storage/rundir"

func open(dir string) (*rundir.Run, []rundir.Sample, error) {
	run, err := rundir.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	samples, err := run.Samples()
	return run, samples, err
}

func hookNames(run *rundir.Run) (names []string) {
	for _, h := range run.Manifest.Hooks {
		names = append(names, h.Name)
	}
	return names
}

func lastPromptRow(run *rundir.Run, s rundir.Sample, points []string) ([][]float32, error) {
	a, err := run.Read(s, points...)
	if err != nil {
		return nil, err
	}
	at := int(s.PromptTokens) - 1
	out := make([][]float32, len(points))
	for i := range points {
		width := len(a.Values[i]) / len(a.Rows)
		out[i] = a.Values[i][at*width : (at+1)*width]
	}
	return out, nil
}
