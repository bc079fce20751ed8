package decode

import (
	"intentprobe/models"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Sink takes what a run decodes: the rows of captured tokens and the finished samples. A
// Runner knows no other output. WriterSink writes run directories, MemorySink keeps rows,
// or reductions of each sample, as Go values.
//
// A Runner calls its sink from one goroutine, in this order:
//
//   - Start, once, before all else.
//   - For each group: StartGroup, then Begin or BeginHeld for each sample in the order
//     of their ids, and the methods of the SampleSinks that these give; then Commit.
//   - Where ctx ends or a decode fails in a group: Abandon instead of Commit, and
//     nothing after it.
//   - Where the decoded values turn out to be wrong (Runner.Sound): Discard instead of
//     Commit, and nothing after it.
//
// Several samples are open at a time, and they may end in another order than they began
// in. All samples of a group have ended when Commit is called.
//
// An error of any method but Discard ends the run, and Runner.Run gives it back. Within
// a group the Runner then calls Abandon, and nothing else: an error that a sink has once
// may be one that it keeps, so that Abandon gives it again and keeps nothing. Errors of
// Start, StartGroup and Commit are not followed by Abandon. The Runner never closes a
// sink: whoever made it does that.
type Sink interface {
	// Start says what the rows of the run hold: one value after another for each column.
	Start(columns []arrowfile.Column) error

	// StartGroup begins a group. first is the id of its first sample; the others count on.
	StartGroup(number int, first int64) error

	// Begin opens the next sample. rows is how many rows it will have, negative where
	// that is not known yet. Each row that is reserved is added.
	Begin(rows int) SampleSink

	// BeginHeld opens the next sample, of which rows may be dropped after they were
	// filled: it is known only later which of them are selected.
	BeginHeld() SampleSink

	// Commit ends a group whose samples have all ended. What it holds is kept from now on.
	Commit() error

	// Abandon ends a group early. Of the samples that have ended the sink keeps what it
	// can; those that have not are dropped, and no memory is lent any more.
	Abandon() error

	// Discard drops the group: cause says why its values are not to be kept. It gives the
	// error that the run ends with, cause or one that wraps it.
	Discard(cause error) error
}

// SampleSink takes the rows of one sample, oldest first, and then the sample.
//
// The memory of a row is the sink's. Reserve lends it, the engine fills it in place, and
// Add, Hold or Drop gives it back. Several rows may be lent at a time, of one sample and
// of several; the first lent is the first given back. The Runner writes only to memory
// that is lent to it, and reads none that it gave back.
type SampleSink interface {
	// ID is the sample's id.
	ID() int64

	// Reserve lends the memory of the next row. It is pinned, so that its address may be
	// given to C, and large enough for every column, laid out as models.Target says.
	Reserve() (models.Target, error)

	// Hold gives back the oldest row that is lent, filled. It waits for Add or Drop. Only
	// of a sample that BeginHeld opened.
	Hold() error

	// Add keeps the oldest row that is held or, where none is, the oldest that is lent;
	// its values are there. row is what the token carries beside them.
	Add(row rundir.Row) error

	// Drop throws away the row that Add would keep. Only of a sample that BeginHeld opened.
	Drop() error

	// End closes the sample. Every row was added or dropped. The sink fills in SampleID,
	// File, FirstRow, Rows and ReducedTokens, as far as they mean anything in it.
	End(sample rundir.Sample) error
}
