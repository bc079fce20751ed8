package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWriting asks the system to begin writing bytes of a file to the disk, and
// does not wait for it. Where that fails, syncing has it all to do.
func startWriting(f *os.File, from, n int64) {
	unix.SyncFileRange(int(f.Fd()), from, n, unix.SYNC_FILE_RANGE_WRITE)
}
