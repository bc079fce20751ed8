package main

import (
	"github.com/spf13/cobra"

	"intentprobe/capture/vector"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

func vectorImportCommand() *cobra.Command {
	var (
		shift int
		out   outFlags
	)
	cmd := &cobra.Command{
		Use:   "import FILE.gguf --out FILE",
		Short: "Read a control vector of llama.cpp",
		Long: `Read a control vector of llama.cpp (GGUF). Its tensor direction.N is added to the output
of block N, counted from 0: it becomes the direction blocks.N.hook_resid_post.

llama.cpp's own cvector-generator gives what it takes at the output of block N the name
direction.N+1, so that its vectors act one block late; repeng and capture do not. A file
that was written by that generator is told by the type of controlvector.layer_count, and
a warning says so; --shift -1 puts its directions where they were taken.
` + exitHelp,
		Example: `  capture vector import lie.gguf --out again.safetensors
  capture vector import lie.gguf --shift -1 --out moved.safetensors`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.checkDirections(); err != nil {
				return err
			}
			in, err := vector.ImportControl(args[0], shift)
			if err != nil {
				return err
			}
			if _, err := vector.Write(disk.OS{}, out.path, in.Meta, in.Directions); err != nil {
				return err
			}
			switch e := cmd.ErrOrStderr(); {
			case in.OneLate && shift == 0:
				say(e, "capture: warning: the file is written as llama.cpp's cvector-generator writes them, whose direction.N was taken at the output of block N-1: llama.cpp applies it one block late, and so does this import; --shift -1 puts each where it was taken\n")
			case !in.OneLate && shift != 0:
				say(e, "capture: warning: the file is not written as llama.cpp's cvector-generator writes them; without --shift its directions are where llama.cpp applies them\n")
			}
			say(cmd.OutOrStdout(), "%s  %s, %s to %s\n", out.path, plural.Count(len(in.Directions), "direction"), in.Directions[0].Name, in.Directions[len(in.Directions)-1].Name)
			return nil
		},
	}
	cmd.Flags().IntVar(&shift, "shift", 0, "add this to the numbers of the blocks; -1 for files of llama.cpp's cvector-generator")
	out.add(cmd)
	return cmd
}

func vectorExportCommand() *cobra.Command {
	var out outFlags
	cmd := &cobra.Command{
		Use:   "export FILE --out FILE.gguf",
		Short: "Write a control vector for llama.cpp (--control-vector)",
		Long: `Write directions as a control vector of llama.cpp (GGUF): blocks.N.hook_resid_post becomes
direction.N, which llama.cpp adds to the output of block N, counted from 0. Block 0 cannot
be steered there, and is left out with a warning. Statistics, bias and what the file says of itself are left out, and
llama.cpp does not check the model.
` + exitHelp,
		Example: `  capture vector export lie.safetensors --out lie.gguf`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check("a control vector", ".gguf"); err != nil {
				return err
			}
			f, err := vector.Read(args[0])
			if err != nil {
				return err
			}
			written, err := vector.ExportControl(disk.OS{}, out.path, f)
			if err != nil {
				return err
			}
			if written < len(f.Names) {
				say(cmd.ErrOrStderr(), "capture: warning: the direction of block 0 was left out: llama.cpp cannot steer it\n")
			}
			say(cmd.OutOrStdout(), "%s  %s\n", out.path, plural.Count(written, "direction"))
			return nil
		},
	}
	out.add(cmd)
	return cmd
}
