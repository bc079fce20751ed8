package main

import (
	"context"
	"errors"
	"os"
	"syscall"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage"
)

// The exit codes, the same for every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitResumable   = 3
	exitDamaged     = 4
	exitInterrupted = 130
)

const exitHelp = `
Exit status:
  0    done
  1    failed
  2    wrong usage: a flag, the spec, the prompts, a hook point
  3    stopped (SIGTERM, SIGHUP, a full disk, a lost worker or device), or the run is
       not finished and must be; ` + "`capture resume`" + ` continues it
  4    damaged data
  130  interrupted (Ctrl-C), or stopped before anything was written; ` + "`capture resume`" + `
       continues it
`

// exitCode maps an error to the program's exit code: the one place that does.
func exitCode(err error) int {
	var (
		wrongCommand *usageError
		wrongSpec    *hint.UsageError
		unknownPoint *hooks.UnknownPointError
		absentPoint  *hooks.AbsentPointError
		wrongLayer   *hooks.LayerError
		damaged      *damagedError
		damagedFile  *storage.DamageError
	)
	var (
		signalled *signalError
		stopped   *endedEarly
		written   *storage.WriteError
		going     *storage.NotFinishedError
		shards    *storage.MergeError
		lost      *lostRun
	)
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitDone
	case errors.Is(err, storage.ErrGone):
		return exitFailed
	case errors.As(err, &stopped) && (errors.As(err, &signalled) && signalled.Signal != os.Interrupt || errors.As(err, &written)):
		return exitResumable
	case errors.As(err, &going), errors.As(err, &lost):
		return exitResumable
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &wrongCommand), errors.As(err, &wrongSpec), errors.As(err, &unknownPoint), errors.As(err, &absentPoint), errors.As(err, &wrongLayer), errors.As(err, &shards):
		return exitUsage
	case errors.As(err, &damaged), errors.As(err, &damagedFile):
		return exitDamaged
	}
	return exitFailed
}
