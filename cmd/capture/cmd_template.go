package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/dataset"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

func templateCommand() *cobra.Command {
	var (
		messages, now, bos, eos, name string
		vars                          []string
		noGeneration, goesOn          bool
	)
	cmd := &cobra.Command{
		Use:   "template MODEL|FILE --messages FILE.json",
		Short: "Print the text that a chat template makes of messages, to the byte",
		Long: `Render messages with the chat template of a model, or of a file that contains one, as
Hugging Face's apply_chat_template does, and print the text as it is: no line break is
added. Only the head of a model's file is read.

FILE.json has a list of messages ({role, content}, and whatever other keys the template
knows), or a row of a data set as ` + "`capture run`" + ` reads it: an object with "messages",
and "tools" and "documents" if there are any. The text ends with what opens the
assistant's answer. --no-generation-prompt leaves that out. --continue leaves the last
message open instead, so that its text can be continued, as ` + "`capture run`" + ` does if the
last message is the assistant's.

--var sets a variable of the template; its value is JSON (true, 3, "x", [1]) or else
text. For a FILE, bos_token is <s> and eos_token </s> unless --bos and --eos are given;
a model has its own.
` + exitHelp,
		Example: `  capture template smollm2-135m-instruct --messages messages.json
  capture template smollm2-135m-instruct --messages messages.json --no-generation-prompt`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeModels,
		RunE: func(cmd *cobra.Command, args []string) error {
			if messages == "" {
				return &usageError{fmt.Errorf("no messages"), "usage: " + cmd.UseLine()}
			}
			row, err := dataset.ReadConversation(messages)
			if err != nil {
				return err
			}
			given, err := templateVars(vars)
			if err != nil {
				return err
			}
			tools := row.Tools
			if tools == nil {
				tools = given["tools"]
			}
			source, tokens, err := capture.FindTemplate(args[0], name, tools)
			if err != nil {
				return err
			}
			for name, flag := range map[string]string{"bos_token": "bos", "eos_token": "eos"} {
				if cmd.Flags().Changed(flag) {
					tokens[name] = map[string]string{"bos": bos, "eos": eos}[flag]
				}
			}
			in := chat.Input{Generation: !noGeneration && !goesOn, Continue: goesOn, Tokens: tokens, Now: time.Now(), Vars: given}
			in.Messages, in.Tools, in.Documents = row.Messages, row.Tools, row.Documents
			if now != "" {
				if in.Now, err = spec.ParseNow(now); err != nil {
					return err
				}
			}
			template, err := chat.NewTemplate(source)
			if err != nil {
				return &usageError{fmt.Errorf("%s: %w", args[0], err), "mend the template, or name another"}
			}
			out, err := template.Render(in)
			if err != nil {
				return &usageError{fmt.Errorf("%s: %w", messages, err), "change the messages, or set what the template asks for with --var"}
			}
			if what := prompt.Ignored(source, row); what != "" {
				say(cmd.ErrOrStderr(), "capture: warning: %s: %s, of which the chat template knows nothing; `capture run` refuses them\n", messages, what)
			}
			_, err = io.WriteString(cmd.OutOrStdout(), out.Text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&messages, "messages", "", "file with the messages, as JSON")
	f.StringVar(&name, "template-name", "", "one of the model's named templates, for example tool_use")
	f.StringArrayVar(&vars, "var", nil, "a variable of the template, `name=value` (repeatable)")
	f.StringVar(&now, "now", "", "the `time` of the template's clock, 2026-01-02 or 2026-01-02 15:04:05 (default now)")
	f.BoolVar(&noGeneration, "no-generation-prompt", false, "leave out what opens the assistant's answer")
	f.BoolVar(&goesOn, "continue", false, "leave the last message open")
	f.StringVar(&bos, "bos", "", "the `text` of bos_token")
	f.StringVar(&eos, "eos", "", "the `text` of eos_token")
	return cmd
}

// templateVars reads name=value: a value that is JSON as that, any other as text.
func templateVars(sets []string) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for _, set := range sets {
		name, value, ok := strings.Cut(set, "=")
		if !ok || name == "" {
			return nil, &usageError{fmt.Errorf("--var %q is not name=value", set), "for example --var enable_thinking=false"}
		}
		var err error
		if out[name], err = spec.ReadVariable("--var "+name, value); err != nil {
			return nil, err
		}
	}
	return out, nil
}
