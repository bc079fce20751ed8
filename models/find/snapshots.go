package find

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// snapshots collects the files of a Hugging Face cache: a repository lies in
// models--ORG--REPO/snapshots/REVISION, a folder for each revision that was fetched,
// and refs/main holds the newest that was fetched of its main branch.
type snapshots map[string][]snapshot // by repository and file

type snapshot struct {
	Found
	repo, revision, file string
	main                 bool
}

// add takes a file that lies in a snapshot, and says whether it does.
func (s snapshots) add(root, rel string, f Found) bool {
	parts := strings.Split(rel, "/")
	for i := 0; i+3 < len(parts); i++ {
		name, ok := strings.CutPrefix(parts[i], "models--")
		if !ok || parts[i+1] != "snapshots" {
			continue
		}
		repo := strings.ReplaceAll(name, "--", "/")
		refs := filepath.Join(append(append([]string{root}, parts[:i+1]...), "refs", "main")...)
		newest, _ := os.ReadFile(refs) // a cache that was copied may have none
		file := strings.Join(parts[i+3:], "/")
		key := repo + "\n" + file
		s[key] = append(s[key], snapshot{f, repo, parts[i+2], file, strings.TrimSpace(string(newest)) == parts[i+2]})
		return true
	}
	return false
}

// chosen names the files. The file of the main branch's newest revision is named as
// any other, those of further revisions by these: ORG/REPO@REVISION/FILE. Where that
// revision has no such file the others are named both ways.
func (s snapshots) chosen() (out []Found) {
	for _, list := range s {
		main := slices.IndexFunc(list, func(f snapshot) bool { return f.main })
		for i := range list {
			f := list[i].Found
			at := func(revision string) string { return plainName(list[i].repo + "@" + revision + "/" + list[i].file) }
			switch revision := list[i].revision; {
			case main < 0 || main == i:
				f.names = append(suffixes(plainName(list[i].repo+"/"+list[i].file)), at(revision[:min(8, len(revision))]), at(revision))
			case f.is(&list[main].Found):
				continue
			default:
				f.names = []string{at(revision[:min(8, len(revision))]), at(revision)}
			}
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Found) int { return strings.Compare(a.Path, b.Path) }) // maps have no order
	return out
}
