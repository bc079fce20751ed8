package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/studyfile"
	"intentprobe/models"
	"intentprobe/models/phantom/intents"
)

// study is what is asked of a model, whose spec it completes.
func (i *intentFlags) study(cmd *cobra.Command, base *capture.Spec) (*intent.Study, error) {
	world := i.outcome != "" || i.subspaces != "" || strings.HasPrefix(base.Model, intents.Prefix)
	switch {
	case world && i.file != "":
		return nil, &usageError{fmt.Errorf("%s, and the phantoms' world", i.file), "name a chat model for a study of your own, and no --outcome or --subspaces"}
	case world:
		return i.world(base)
	}
	f := studyfile.Chat()
	if i.file != "" {
		var err error
		if f, err = studyfile.Read(i.file); err != nil {
			return nil, err
		}
	}
	if err := chatModel(base); err != nil {
		return nil, err
	}
	if !cmd.Flags().Changed("wordings") {
		i.size.Wordings = f.Wordings
	}
	s, err := f.Study(i.size)
	if err != nil {
		return nil, err
	}
	if n := len(s.Families(false)); n < ladder.Fewest {
		say(cmd.ErrOrStderr(), "capture: %d families; fewer than %d show nothing, whatever the figures are\n", n, ladder.Fewest)
	}
	return s, nil
}

// chatModel refuses a model of which messages cannot be asked.
func chatModel(base *capture.Spec) error {
	path, err := capture.SpecModel(base)
	if err != nil {
		return err
	}
	if base.Chat.Template != "auto" && base.Chat.Template != "none" {
		return nil // a template's file
	}
	facts, err := models.ReadChat(path)
	if err != nil {
		return err
	}
	if base.Chat.Template == "none" || !facts.HasTemplate() {
		return &usageError{fmt.Errorf("model %q has no chat template, and the study asks a chat model", base.Model), "name one with a template, or give it one with --chat FILE; a model of the phantoms' world is asked about that with --outcome"}
	}
	return nil
}

// world is the study of the phantoms' world.
func (i *intentFlags) world(base *capture.Spec) (*intent.Study, error) {
	if i.outcome == "" {
		i.outcome = intents.Outcomes[0]
	}
	base.Chat.Template = "none"
	if _, err := capture.SpecModel(base); err != nil {
		return nil, err
	}
	file := i.subspaces
	switch {
	case file != "":
		var err error
		if file, err = filepath.Abs(file); err != nil {
			return nil, err
		}
	case strings.HasPrefix(base.Model, intents.Prefix):
		file = filepath.Join(base.Out, "subspaces.safetensors")
		if err := writeIntentSubspaces(file); err != nil {
			return nil, err
		}
	}
	return intent.Phantoms(i.outcome, i.size, file)
}

func intentStudyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "study",
		Short:   "Print the study that is shipped for chat models, to begin one of your own with",
		Long:    "Print the YAML of the study that `capture intent` asks chat models (docs/intent.md).\n" + exitHelp,
		Example: `  capture intent study > mine.yaml`,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(studyfile.ChatText())
			return err
		},
	}
}
