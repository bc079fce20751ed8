package disk

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// LockName is the file that the writer of a run holds locked. The lock is the
// operating system's and ends with the process that holds it, however that ends;
// the file may stay behind and means nothing by itself.
const LockName = "lock"

// Holder is the process that writes a run.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// LockedError says that another process writes the run.
type LockedError struct {
	Dir    string
	Holder Holder // as far as it could be read
}

// Error names the folder and who holds it.
func (e *LockedError) Error() string {
	by := "another process"
	if e.Holder.PID > 0 {
		by = fmt.Sprintf("process %d on %s, since %s", e.Holder.PID, e.Holder.Host, e.Holder.Since.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s is being written by %s", e.Dir, by)
}

// Hint says what to do next.
func (e *LockedError) Hint() string {
	return "wait for it, end it, or choose another folder; reading is always possible"
}

// Lock is the lock of a folder that this process holds.
type Lock struct {
	path   string
	file   *flock.Flock
	folder os.FileInfo // that the file lies in
}

// TakeLock locks a run directory for this process. The error is a *LockedError or
// comes from the file system.
func TakeLock(dir string) (*Lock, error) {
	path := filepath.Join(dir, LockName)
	if err := plainLock(path); err != nil {
		return nil, err
	}
	for {
		l := &Lock{path: path, file: flock.New(path)}
		ok, err := l.file.TryLock()
		if err != nil {
			return nil, fmt.Errorf("cannot lock %s: %w", dir, err)
		}
		if !ok {
			return nil, &LockedError{dir, readHolder(path)}
		}
		if l.current() {
			if l.folder, err = os.Stat(dir); err != nil {
				l.Release()
				return nil, fmt.Errorf("cannot lock %s: %w", dir, err)
			}
			host, _ := os.Hostname()
			text, _ := json.Marshal(Holder{os.Getpid(), host, time.Now().UTC().Truncate(time.Second)}) // plain data: cannot fail
			os.WriteFile(path, append(text, '\n'), 0o666)                                              // for people alone
			return l, nil
		}
		l.file.Close() // its holder ended and removed it in between
	}
}

// plainLock refuses what is no lock: a link in a run that came from elsewhere would
// be written through.
func plainLock(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file; remove it if no process writes the run", path)
	}
	return nil
}

// current says whether the locked file still is the one of that name.
func (l *Lock) current() bool {
	held, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(l.path)
	return err == nil && os.SameFile(held, named)
}

func readHolder(path string) (h Holder) {
	if text, err := os.ReadFile(path); err == nil {
		json.Unmarshal(text, &h)
	}
	return h
}

// Release removes the file, unless it is another process's by then, and ends the lock:
// whoever waits for the old file finds that it is no longer current.
func (l *Lock) Release() {
	if l == nil {
		return
	}
	if l.current() {
		os.Remove(l.path)
	}
	l.file.Close()
}

// CheckLock gives a *LockedError where another process writes the run.
func CheckLock(dir string) error {
	path := filepath.Join(dir, LockName)
	if _, err := os.Lstat(path); err != nil {
		return nil
	}
	if err := plainLock(path); err != nil {
		return err
	}
	l := flock.New(path)
	if ok, err := l.TryRLock(); err == nil && !ok {
		return &LockedError{dir, readHolder(path)}
	}
	return l.Close()
}
