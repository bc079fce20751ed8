package rundir

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"

	"intentprobe/storage/disk"
)

// JournalName is the file that says, while a run is not complete, what the run is
// and which of its groups are whole.
const JournalName = "journal.jsonl"

// maxJournal bounds the memory that a damaged journal can ask for.
const maxJournal = 1 << 30

// Journal is what the journal of a run says.
type Journal struct {
	Manifest *Manifest // of the run as it began, without files and counts
	Groups   []Group   // in order of their numbers
}

// Entry is a line of the journal: the first says what the run is, each other one
// that a group is whole, or that a partial one is about to be replaced.
type Entry struct {
	Run   *Manifest `json:"run,omitempty"`
	Group *Group    `json:"group,omitempty"`
	Drop  *int      `json:"drop,omitempty"`
}

// line is an entry with the sha256 of its text.
type line struct {
	SHA256 string          `json:"sha256"`
	Entry  json.RawMessage `json:"entry"`
}

// Text gives the line of the entry, with its checksum.
func (e Entry) Text() ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	text, err := json.Marshal(line{hex.EncodeToString(sum[:]), body})
	return append(text, '\n'), err
}

func parseEntry(text []byte) (e Entry, err error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return e, err
	}
	if sum := sha256.Sum256(l.Entry); hex.EncodeToString(sum[:]) != l.SHA256 {
		return e, errors.New("its sha256 is another")
	}
	return e, json.Unmarshal(l.Entry, &e)
}

// ReadJournal reads the journal of a run directory. A last line that was cut short
// is passed over: what it was to say was never reported. An error that satisfies
// os.IsNotExist means that there is none; with any other, the journal holds what
// could be read, and its manifest may be nil.
func ReadJournal(dir string) (*Journal, error) {
	path := filepath.Join(dir, JournalName)
	f, err := disk.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxJournal {
		return &Journal{}, &disk.FileError{Path: path, Err: errors.New("is larger than any journal, or cannot be read")}
	}
	j, line, err := ParseJournal(f)
	if err != nil {
		err = &disk.FileError{Path: path, Line: line, Err: err}
	}
	return j, err
}

// ParseJournal reads a journal. With an error comes the line that it is about, 0 where
// that is no single one.
func ParseJournal(f io.Reader) (j *Journal, at int, err error) {
	groups := map[int]Group{}
	j = &Journal{}
	in := bufio.NewReaderSize(f, 1<<16)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			break // the end, or a line that was cut short
		}
		if err != nil {
			j.Groups = inOrder(groups)
			return j, 0, err
		}
		e, err := parseEntry(bytes.TrimSuffix(text, []byte("\n")))
		if err == nil && (e.Run != nil) != (n == 1) {
			err = errors.New("the first line, and no other, says what the run is")
		}
		if err == nil && e.Run != nil {
			if err = checkFormat("", e.Run.FormatVersion); err == nil {
				err = e.Run.Check()
			}
		}
		if err == nil && e.Group != nil {
			err = e.Group.check(j.Manifest)
		}
		if err != nil {
			if _, end := in.Peek(1); n > 1 && end == io.EOF {
				break // cut short within a block of the disk
			}
			j.Groups = inOrder(groups)
			return j, n, err
		}
		if e.Run != nil {
			j.Manifest = e.Run
		}
		if e.Group != nil {
			groups[e.Group.Number] = *e.Group
		}
		if e.Drop != nil {
			delete(groups, *e.Drop)
		}
	}
	if j.Groups = inOrder(groups); j.Manifest == nil {
		return j, 0, errors.New("does not say what the run is")
	}
	return j, 0, nil
}

func inOrder(groups map[int]Group) []Group {
	out := make([]Group, 0, len(groups))
	for _, g := range groups {
		out = append(out, g)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Number < out[j].Number })
	return out
}

// check refuses what would lead a reader astray.
func (g *Group) check(m *Manifest) error {
	if len(g.Files) != 2 || g.Number < 0 || g.Files[0].Name != GroupFile("samples", g.Number) || g.Files[1].Name != GroupFile("activations", g.Number) {
		return fmt.Errorf("group %d has other files than its own", g.Number)
	}
	if n := len(g.Overflows()); n != 0 && n != len(m.Hooks) || g.Samples < 0 || g.Rows < 0 {
		return fmt.Errorf("group %d has impossible counts", g.Number)
	}
	return nil
}

// JournalWriter is the journal of a run under way.
type JournalWriter struct {
	fs   disk.FS
	Path string
	file disk.File

	bytes int64
	end   []byte // of what was written
}

// BeginJournal writes what is known so far and gives the file its name; it stays
// open for what is to come.
func BeginJournal(fs disk.FS, dir string, m *Manifest, groups []Group) (*JournalWriter, error) {
	j := &JournalWriter{fs: fs, Path: filepath.Join(dir, JournalName)}
	entries := []Entry{{Run: m}}
	for i := range groups {
		entries = append(entries, Entry{Group: &groups[i]})
	}
	var err error
	if j.file, err = fs.Create(j.Path + disk.PartSuffix); err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err == nil {
			err = j.write(e)
		}
	}
	if err == nil {
		err = j.file.Sync()
	}
	if err == nil {
		err = disk.CheckEnd(fs, j.Path+disk.PartSuffix, j.bytes, j.end)
	}
	if err == nil {
		err = fs.Rename(j.Path+disk.PartSuffix, j.Path)
	}
	if err != nil {
		j.Close()
		fs.Remove(j.Path + disk.PartSuffix)
		return nil, err
	}
	return j, fs.SyncDir(dir)
}

func (j *JournalWriter) write(e Entry) error {
	text, err := e.Text()
	if err != nil {
		return err
	}
	n, err := j.file.Write(text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	j.bytes += int64(n)
	j.end = text[max(0, len(text)-disk.EndBytes):]
	return err
}

// Add says that a group is whole; it is, for good, once Add returns.
func (j *JournalWriter) Add(g Group) error { return j.sync(Entry{Group: &g}) }

// Drop says that the files of a group that is partial are about to be replaced.
func (j *JournalWriter) Drop(number int) error { return j.sync(Entry{Drop: &number}) }

func (j *JournalWriter) sync(e Entry) error {
	if err := j.write(e); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	return disk.CheckEnd(j.fs, j.Path, j.bytes, j.end)
}

// Close closes the file; it may be called again.
func (j *JournalWriter) Close() {
	if j.file != nil {
		j.file.Close()
		j.file = nil
	}
}

// CanResume says whether a run directory has a journal to resume from.
func CanResume(dir string) bool { return disk.Exists(dir, JournalName) }
