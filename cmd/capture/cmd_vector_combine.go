package main

import (
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/vector"
	"intentprobe/storage/disk"
)

func vectorCombineCommand() *cobra.Command {
	var (
		c   vector.Combination
		out outFlags
	)
	cmd := &cobra.Command{
		Use:   "combine FILE[#NAME]... --how HOW --out FILE",
		Short: "Combine directions: sum, mean, difference, subspace, or all in one file",
		Long: `Combine directions of one or more files. FILE stands for all directions in it, FILE#NAME
for one. With --name all of them become one direction; without it, those that have the
same name in each file do, such as the points of a model.

  --how collect        put them into one file, as they are
  --how sum, mean      add them, or take their mean; with --unit, of norm 1 each
  --how difference     the first without the second
  --how orthogonalise  the first without what lies in the span of the others
  --how subspace       an orthonormal basis of their span

Directions of different models, templates, adapters or points are refused; --force combines
them, and the file says so.
` + exitHelp,
		Example: `  capture vector combine lie.safetensors intent.safetensors --out all.safetensors
  capture vector combine lie.safetensors#blocks.3.hook_resid_post intent.safetensors \
      --how subspace --name both --out both.safetensors`,
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.checkDirections(); err != nil {
				return err
			}
			meta, directions, err := vector.Combine(args, c)
			if err != nil {
				return err
			}
			if _, err := vector.Write(disk.OS{}, out.path, meta, directions); err != nil {
				return err
			}
			for _, f := range meta.Forced {
				say(cmd.ErrOrStderr(), "capture: warning: %s\n", f)
			}
			shown, err := vector.Show([]string{out.path})
			if err != nil {
				return err
			}
			return printDirections(cmd.OutOrStdout(), shown)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.How, "how", vector.Collect, "how: "+strings.Join(vector.Combinations, ", "))
	f.StringVar(&c.Name, "name", "", "name of the result (default: one direction for each name that all files have)")
	f.BoolVar(&c.Unit, "unit", false, "divide each direction by its norm before")
	f.BoolVar(&c.Force, "force", false, "combine directions of different models, templates, adapters or points")
	out.add(cmd)
	cmd.RegisterFlagCompletionFunc("how", cobra.FixedCompletions(vector.Combinations, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
