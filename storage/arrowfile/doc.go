// Package arrowfile reads and writes Arrow IPC files (also called Feather version 2).
//
// A File is read without trust in what it says of itself: nothing outside of it is
// touched, and no more memory is asked for than a small multiple of what is read. Open
// reads a whole file, OpenCut one that was cut short, as far as its record batches are
// whole. Of a column, Array gives rows as an Arrow array, ReadColumn and ReadFloats
// their bytes and numbers. A Scanner goes through a file once, front to back, and takes
// its sha256 on the way; a BatchReader checks the columns of a record batch that come
// from either.
//
// A Writer writes a file with Arrow's own library, under a temporary name until it is
// whole. It knows nothing of runs: their schemas are those of package rundir.
package arrowfile
