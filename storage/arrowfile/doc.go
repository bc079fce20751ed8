// Package arrowfile reads and writes Arrow IPC files (also called Feather version 2).
//
// A File is read without trust in what it says of itself: nothing outside of it is
// touched, and no more memory is asked for than a small multiple of what is read. Open
// reads a whole file, OpenCut one that was cut short, as far as its record batches are
// whole. A Scanner goes through a file once, front to back, and takes its sha256 on the
// way.
//
// # Three ways to read a column
//
// All walk the nodes and buffers of a record batch in the same way (type walk). They are
// three because each promises what the others cannot:
//
//   - BatchReader checks every value of a batch: how many are null, that offsets begin at
//     0, that text is UTF-8. It reads front to back, so that a Scanner can feed it, and
//     long columns of text in pieces: no array of them is in memory.
//   - File.Array gives some rows of a column as an Arrow array, which owns its memory. It
//     starts in the middle of buffers, and so cannot count nulls or check what lies
//     before these rows.
//   - File.ReadColumn reads rows of a fixed size into memory of the caller's, with no copy
//     between the file and there. It refuses nulls.
//
// A Writer writes a file with Arrow's own library, under a temporary name until it is
// whole. It knows nothing of runs: their schemas are those of package rundir.
package arrowfile
