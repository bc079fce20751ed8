package storage

import (
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

// crashFS is a file system whose power is cut after so many operations. It keeps
// no more than POSIX promises: what was written to a file lasts once the file was
// synced, and what was created, renamed or removed in a folder lasts once that
// folder was synced. Of all else, crash keeps any part, in sectors of any choice.
//
// What the process sees meanwhile is real files below the folder; Sync and SyncDir
// are of the model alone.
type crashFS struct {
	disk.OS
	root string // all that is modelled lies in it

	mu      sync.Mutex
	left    int64             // operations until the power is cut
	nodes   map[string]*inode // as the process sees them
	safe    map[string]*inode // as they last
	changes []change          // of folders, not synced yet, in order
}

// inode is a file or, with folder, a folder.
type inode struct {
	folder bool
	safe   []byte
	size   int64
	writes []unsynced // not synced yet
}

type unsynced struct {
	at   int64
	text []byte
}

// change is what was done to a name in a folder: node got it, or, where it is
// nil, nobody has it any longer. A rename also takes the name from.
type change struct {
	name, from string
	node       *inode
}

var errPower = errors.New("the power was cut")

// crashAfter gives a file system over a folder, all of which is safe, and cuts the
// power at an operation, which may get through in part.
func crashAfter(t testing.TB, root string, operations int64) *crashFS {
	f := &crashFS{root: root, left: operations, nodes: map[string]*inode{}}
	require.NoError(t, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		node := &inode{folder: info.IsDir()}
		if !node.folder {
			node.safe, err = os.ReadFile(path)
			node.size = int64(len(node.safe))
		}
		f.nodes[path] = node
		return err
	}))
	f.safe = map[string]*inode{}
	for path, node := range f.nodes {
		f.safe[path] = node
	}
	return f
}

// operation counts one: false for the first value once the power is gone, an
// error once it fails.
func (f *crashFS) operation() (happens bool, err error) {
	f.left--
	if f.left < 0 {
		err = errPower
	}
	return f.left >= -1, err
}

func (f *crashFS) change(c change) {
	f.changes = append(f.changes, c)
	if c.from != "" {
		delete(f.nodes, c.from)
	}
	if f.nodes[c.name] = c.node; c.node == nil {
		delete(f.nodes, c.name)
	}
}

func (f *crashFS) MkdirAll(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	happens, err := f.operation()
	if happens {
		var missing []string
		for at := dir; f.nodes[at] == nil; at = filepath.Dir(at) {
			missing = append(missing, at)
		}
		for _, at := range slices.Backward(missing) {
			f.change(change{name: at, node: &inode{folder: true}})
		}
		return errors.Join(err, f.OS.MkdirAll(dir))
	}
	return err
}

func (f *crashFS) Create(path string) (disk.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	happens, err := f.operation()
	if !happens {
		return nil, err
	}
	node := &inode{} // a file that was there loses its bytes with its name
	f.change(change{name: path, node: node})
	file, ferr := f.OS.Create(path)
	if err = errors.Join(err, ferr); err != nil {
		return nil, err
	}
	return &crashFile{file, f, node}, nil
}

func (f *crashFS) Open(path string) (disk.Source, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.operation(); err != nil {
		return nil, err
	}
	return f.OS.Open(path)
}

func (f *crashFS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	happens, err := f.operation()
	if happens {
		f.change(change{name: to, from: from, node: f.nodes[from]})
		return errors.Join(err, f.OS.Rename(from, to))
	}
	return err
}

func (f *crashFS) Remove(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	happens, err := f.operation()
	if happens {
		rerr := f.OS.Remove(path)
		if rerr == nil {
			f.change(change{name: path})
		} else if err == nil {
			err = rerr
		}
	}
	return err
}

func (f *crashFS) SyncDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.operation(); err != nil {
		return err
	}
	var left []change
	for _, c := range f.changes {
		if filepath.Dir(c.name) == filepath.Clean(dir) {
			c.apply(f.safe)
		} else {
			left = append(left, c)
		}
	}
	f.changes = left
	return nil
}

func (c change) apply(nodes map[string]*inode) {
	if c.from != "" && nodes[c.from] == c.node {
		delete(nodes, c.from)
	}
	if nodes[c.name] = c.node; c.node == nil {
		delete(nodes, c.name)
	}
}

type crashFile struct {
	disk.File
	fs   *crashFS
	node *inode
}

func (f *crashFile) Write(b []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	happens, err := f.fs.operation()
	if !happens {
		return 0, err
	}
	f.node.writes = append(f.node.writes, unsynced{f.node.size, slices.Clone(b)})
	f.node.size += int64(len(b))
	n, werr := f.File.Write(b)
	return n, errors.Join(err, werr)
}

func (f *crashFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.fs.operation(); err != nil {
		return err
	}
	for _, w := range f.node.writes {
		f.node.safe = w.onto(f.node.safe)
	}
	f.node.writes = nil
	return nil
}

func (w unsynced) onto(text []byte) []byte {
	end := int(w.at) + len(w.text)
	if end > len(text) {
		text = append(text, make([]byte, end-len(text))...)
	}
	copy(text[w.at:], w.text)
	return text
}

// sector is what a disk writes whole or not at all, small so that little files
// have many.
const sector = 64

// crash writes to another folder what a power cut may leave: all that is safe, and
// of all else each change and each sector with a probability.
func (f *crashFS) crash(t testing.TB, to string, keep float64, rng *rand.Rand) {
	nodes := map[string]*inode{}
	for path, node := range f.safe {
		nodes[path] = node
	}
	for _, c := range f.changes {
		if rng.Float64() < keep {
			c.apply(nodes)
		}
	}
	for path, node := range nodes {
		if node.folder || !f.reachable(nodes, path) {
			continue
		}
		text := slices.Clone(node.safe)
		for _, w := range node.writes {
			for i := 0; i < len(w.text); i += sector {
				if rng.Float64() < keep {
					text = unsynced{w.at + int64(i), w.text[i:min(i+sector, len(w.text))]}.onto(text)
				}
			}
		}
		name := to + strings.TrimPrefix(path, f.root)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
		require.NoError(t, os.WriteFile(name, text, 0o666))
	}
}

// reachable says whether the folders above a file lasted.
func (f *crashFS) reachable(nodes map[string]*inode, path string) bool {
	for at := filepath.Dir(path); at != f.root; at = filepath.Dir(at) {
		if nodes[at] == nil {
			return false
		}
	}
	return true
}
