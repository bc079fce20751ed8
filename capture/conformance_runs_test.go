package capture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/models"
	"intentprobe/storage"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// process is one of those that write a run, or a shard of it, one after another.
type process struct {
	dir   string
	shard *rundir.Shard // nil: the whole run
	model *models.Model
	micro int
	stop  int   // decodes until it is interrupted; 0: never
	dies  int64 // operations of its files until it is killed; 0: never
}

// make writes the run of a session in one of the ways in which a run comes about:
// by one process, or in shards that are merged; each goes to its end, or is
// interrupted or killed and gone on with; its layers are here or on a worker.
func (c *conformance) make(s *Session, micro int, first bool) {
	shards := 1
	if groups := s.Prepared.Plan().Groups(); groups > 1 && (first || c.draw.IntN(3) == 0) {
		shards = c.draw.between(2, min(groups, 3))
	}
	var dirs []string
	for i := 1; i <= shards; i++ {
		p := process{dir: s.Spec.Out, model: c.model, micro: micro}
		if shards > 1 {
			p.dir, p.shard = fmt.Sprintf("%s-%d", s.Spec.Out, i), &rundir.Shard{Index: i, Of: shards}
		}
		if remote := c.onWorker(first && i == shards); remote != nil {
			p.model = remote
			c.tried["workers"]++
		}
		dirs = append(dirs, p.dir)
		c.write(s, p, first, i == shards)
	}
	if shards > 1 {
		_, err := storage.Merge(context.Background(), dirs, storage.MergeOptions{Out: s.Spec.Out, FS: disk.Unsynced{}})
		require.NoError(c, err)
		c.tried["shards"]++
	}
}

// write lets processes write a run until it is complete. The first is interrupted or
// killed, and so may be the next; which, is drawn, but for a model's first run, of which
// the last shard is killed and the others are interrupted.
func (c *conformance) write(s *Session, p process, first, last bool) {
	kill := c.draw.IntN(3) == 0
	if first {
		kill = last
	}
	if kill {
		p.dies = int64(c.draw.between(8, 40))
	} else {
		p.stop = c.draw.between(2, 8)
	}
	if first {
		p.stop = min(p.stop, 2) // every shard decodes twice
	}
	for ends := c.draw.between(1, 2); !c.run(s, p); {
		if _, err := rundir.OpenRecorded(p.dir); err == nil && p.dies > 0 {
			c.tried["killed"]++
		} else if err == nil {
			c.tried["resumed"]++
		}
		if ends--; ends <= 0 {
			p.stop, p.dies = 0, 0
		} else if p.dies > 0 {
			p.dies += int64(c.draw.between(1, 40)) // further on
		}
	}
}

// onWorker gives the model with some of its layers, or all, on a worker, or nil, where
// that is drawn and need not be.
func (c *conformance) onWorker(must bool) *models.Model {
	if !must && c.draw.IntN(3) > 0 {
		return nil
	}
	if c.remote == nil {
		worker, err := lendCPU()
		require.NoError(c, err)
		layers := c.draw.between(1, c.model.Facts().Layers+1)
		c.remote, err = models.Load(c.Context(), c.path, models.LoadOptions{Placement: models.Placement{Layers: layers, Devices: []string{worker.Devices[0].Name}}})
		require.NoError(c, err)
		c.Cleanup(c.remote.Close)
	}
	return c.remote
}

// lendCPU serves this process's CPU by RPC, as a worker does.
var lendCPU = sync.OnceValues(func() (*models.Worker, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	l.Close()
	go models.ServeRPC(address, []string{"CPU"}, 1, "")
	for {
		conn, err := net.Dial("tcp4", address)
		if err == nil {
			conn.Close()
			return models.AddWorker(address)
		}
		time.Sleep(10 * time.Millisecond)
	}
})

// mortalFS is the file system as a process sees it that is killed at an operation: a
// write gets through in part, and nothing that comes after it does.
type mortalFS struct {
	disk.Unsynced
	left atomic.Int64
}

var errKilled = errors.New("the process was killed")

func (f *mortalFS) step() error {
	if f.left.Add(-1) < 0 {
		return errKilled
	}
	return nil
}

func (f *mortalFS) Create(path string) (disk.File, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	file, err := f.Unsynced.Create(path)
	return &mortalFile{file, f}, err
}

func (f *mortalFS) Rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Unsynced.Rename(from, to)
}

func (f *mortalFS) Remove(path string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Unsynced.Remove(path)
}

type mortalFile struct {
	disk.File
	fs *mortalFS
}

func (f *mortalFile) Write(b []byte) (int, error) {
	if err := f.fs.step(); err != nil {
		if f.fs.left.Load() == -1 {
			f.File.Write(b[:len(b)/2])
		}
		return 0, err
	}
	return f.File.Write(b)
}

// openWriter begins the run of a process or goes on with it; nil where it is complete
// already.
func (d *decoding) openWriter(p process, fs disk.FS) (*storage.Writer, *rundir.Manifest, error) {
	record, err := rundir.OpenRecorded(p.dir)
	if err == nil && record.Manifest.Status == rundir.Complete { // killed while it removed the journal
		return nil, record.Manifest, storage.Clear(p.dir)
	}
	if err == nil {
		cfg := d.storage(p.dir, record.Manifest)
		cfg.FS = fs
		w, err := storage.Resume(cfg)
		return w, record.Manifest, err
	}
	m := d.manifest(rundir.Tool{Version: "test"})
	m.Shard = p.shard
	cfg := d.storage(p.dir, m)
	cfg.Overwrite, cfg.FS, cfg.Dataset = true, fs, d.Prepared.Dataset.Text() // what was killed before there was a journal is begun again
	w, err := storage.Create(cfg)
	return w, m, err
}
