package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/models/report"
)

func newReport() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "report cam.avid [-o cam.html]",
		Short: "Write a page that says how far a bundle can be relied on",
		Long: `Writes a page of HTML that says what a bundle learnt from, how training went, how
many false alarms it promises and had, what it would mark, where it has seen
nothing move, and whether more footage would help. The page loads nothing from
elsewhere; it shows pictures of the camera, so keep it as you keep the footage.`,
		Example: `  avid report cam.avid
  avid report cam.avid -o /tmp/cam.html`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions([]string{"avid"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := openRelied(c, args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + ".html"
			}
			if err := checkNamed(out, "a page", ".html", args[0]); err != nil {
				return err
			}
			if err := replaceFile(out, func(w io.Writer) error { return report.Write(w, b, time.Local) }); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "wrote %s\n%s\n", out, b.Manifest.Quality())
			return nil
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "page to write; none: the bundle's name with .html, beside it")
	return c
}
