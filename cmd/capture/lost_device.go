package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"intentprobe/capture"
	"intentprobe/capture/hint"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// runFolder is the folder of the run that is under way.
var runFolder atomic.Pointer[string]

// begun notes the folder of a run, for the case that it is lost.
func begun(dir string) { runFolder.Store(&dir) }

// aborted is what llama.cpp would have ended the process with.
type aborted string

func (e aborted) Error() string { return "llama.cpp cannot go on: " + string(e) }

func (e aborted) Hint() string {
	return "look at the device and its driver (`capture doctor`), or run with --gpu-layers 0"
}

// watchDevices ends the program when llama.cpp would end the process: the call into llama.cpp never returns then. What was committed of a run
// is on the disk, and `capture resume` goes on.
func watchDevices() {
	aborts, err := models.CatchAborts()
	if err != nil {
		return
	}
	go func() {
		text := <-aborts
		time.Sleep(2 * time.Second) // a worker that is lost is reported by its name
		endAtOnce(aborted(text))
	}()
}

// ending lets one error end the program.
var ending sync.Once

// endAtOnce reports an error after which nothing can go on, and ends the program.
func endAtOnce(err error) {
	ending.Do(func() {
		err = resumable(err)
		say(os.Stderr, "\n") // after a progress bar
		reportError(os.Stderr, err)
		os.Exit(exitCode(err))
	})
}

// around is what this program does for the sessions that it opens: files that it sees for
// the first time are tried in a child process, and a lost worker ends it.
func around() capture.Options { return capture.Options{Trial: tryInChild, Lost: endAtOnce} }

// resumable adds how to go on with the run that is under way, if there is one.
func resumable(err error) error {
	dir := runFolder.Load()
	if dir == nil {
		return err
	}
	if _, serr := os.Stat(filepath.Join(*dir, rundir.JournalName)); serr != nil {
		return err
	}
	next := fmt.Sprintf("go on with `capture resume %s`, which keeps what was finished", *dir)
	if first := hint.Of(err, phrase); first != "" {
		next = first + "; then " + next
	}
	return &lostRun{err, next}
}
