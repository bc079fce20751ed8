package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/capture/page"
	"intentprobe/storage/disk"
)

// studyAndModels tells the study's file, if there is one, from the models that are named.
func studyAndModels(args []string) (file string, models []string, err error) {
	for _, arg := range args {
		ending := strings.ToLower(filepath.Ext(arg))
		switch {
		case ending != ".yaml" && ending != ".yml":
			models = append(models, arg)
		case file != "":
			return "", nil, &usageError{fmt.Errorf("%s and %s: one study is asked at a time", file, arg), "leave one out"}
		default:
			file = arg
		}
	}
	return file, models, nil
}

// climbEach climbs the ladder with each model in a folder of its own. What is asked of all of
// them is checked before anything runs.
func climbEach(cmd *cobra.Command, base capture.Spec, flags *intentFlags, names []string) (*intent.Models, error) {
	bases, err := modelFolders(base, names)
	if err != nil {
		return nil, err
	}
	var studies []*intent.Study
	for i := range bases {
		of := *flags // a study completes them
		s, err := of.study(cmd, &bases[i])
		if err != nil {
			return nil, err
		}
		studies = append(studies, s)
	}
	all := &intent.Models{Program: version}
	for i, base := range bases {
		say(cmd.ErrOrStderr(), "capture: model %d of %d: %s\n", i+1, len(bases), base.Model)
		r, err := climb(cmd, base, studies[i], flags.size.Seed, controlIn(base.Out, true))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", base.Model, err)
		}
		if err := keepReport(r, base.Out); err != nil {
			return nil, err
		}
		all.Add(filepath.Base(base.Out), r)
	}
	return all, keepModels(all, base.Out)
}

// judgeEach judges what lies in the folders of several models.
func judgeEach(cmd *cobra.Command, dir string) (*intent.Models, error) {
	all := &intent.Models{Program: version}
	for _, folder := range intent.Folders(dir) {
		of := filepath.Join(dir, folder)
		r, err := judgeIntent(cmd.Context(), of, controlIn(of, false))
		if err != nil {
			return nil, err
		}
		all.Add(folder, r)
	}
	return all, nil
}

// severalIn says whether a folder has no plan of its own.
func severalIn(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, intent.DeclarationName))
	return errors.Is(err, fs.ErrNotExist) && len(intent.Folders(dir)) > 0
}

// keepModels writes what came of several models beside their folders.
func keepModels(all *intent.Models, dir string) error {
	var text bytes.Buffer
	if err := printJSON(&text, all); err != nil {
		return err
	}
	if err := disk.WriteWhole(disk.OS{}, filepath.Join(dir, intent.ReportName), text.Bytes()); err != nil {
		return err
	}
	return writeModelsPage(filepath.Join(dir, intent.PageName), all)
}

func writeModelsPage(path string, all *intent.Models) error {
	return writePage(path, func(w io.Writer) error { return page.WriteIntentModels(w, all) })
}

// showModels prints a line for each model.
func showModels(cmd *cobra.Command, all *intent.Models, asJSON bool) error {
	w := cmd.OutOrStdout()
	if asJSON {
		return printJSON(w, all)
	}
	head := []string{"model", "verdict", "rung"}
	for n := range all.Rungs() {
		head = append(head, fmt.Sprint(n))
	}
	var rows [][]string
	for _, m := range all.Models {
		rows = append(rows, slices.Concat([]string{m.Folder, string(m.Verdict.Word), fmt.Sprint(m.Verdict.Rung)}, m.Outcomes()))
	}
	if err := printTable(w, head, rows); err != nil {
		return err
	}
	for _, m := range all.Models {
		say(w, "\n%s: %s\n%s\n", m.Folder, m.Sentence, m.Verdict.Because)
		sayList(w, "what would change it", m.Verdict.Change)
	}
	return nil
}
