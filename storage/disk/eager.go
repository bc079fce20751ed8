package disk

import "os"

// eagerStep is after how many bytes they are sent to the disk.
const eagerStep = 8 << 20

// eagerFile is a file that goes to the disk while it is written, so that little is
// left to do when it is synced. It promises nothing before that.
type eagerFile struct {
	*os.File
	end, sent int64
}

func (f *eagerFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.end += int64(n)
	if f.end-f.sent >= eagerStep {
		startWriting(f.File, f.sent, f.end-f.sent)
		f.sent = f.end
	}
	return n, err
}
