package rundir

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// labelName matches names of label tables: lower case, since two names that differ
// in nothing else would be one file on some file systems.
var labelName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_-]{0,63}$`)

// LabelFileName matches the names of label tables' files.
var LabelFileName = regexp.MustCompile(`^labels-([a-z0-9_][a-z0-9_-]{0,63})-(\d{4,9})\.arrow$`)

// CheckLabelName says whether a label table may have a name.
func CheckLabelName(name string) error {
	if !labelName.MatchString(name) {
		return fmt.Errorf("%q is no name of a label table: a to z, 0 to 9, _ and -, at most 64 of them", name)
	}
	return nil
}

// LabelPath gives the name of a label table's file.
func LabelPath(name string, version int32) string {
	return fmt.Sprintf("labels-%s-%04d.arrow", name, version)
}

// ParseLabelPath gives name and version of the table that a file has by its name.
func ParseLabelPath(file string) (name string, version int32, ok bool) {
	match := LabelFileName.FindStringSubmatch(file)
	if match == nil {
		return "", 0, false
	}
	n, _ := strconv.Atoi(match[2]) // at most nine digits
	return match[1], int32(n), n > 0 && LabelPath(match[1], int32(n)) == file
}

// LabelFile is a label table's file, by its name.
type LabelFile struct {
	File, Name string
	Version    int32
}

// LabelFiles gives the files of a folder that have a label table's name, in order of
// names and versions.
func LabelFiles(dir string) (out []LabelFile, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if name, version, ok := ParseLabelPath(e.Name()); ok {
			out = append(out, LabelFile{e.Name(), name, version})
		}
	}
	slices.SortFunc(out, func(a, b LabelFile) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return int(a.Version) - int(b.Version)
	})
	return out, nil
}
