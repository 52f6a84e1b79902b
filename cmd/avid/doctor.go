package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

// finding is what avid doctor found out about one thing.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"` // without it the tool or the filter does not work
	Found  string `json:"found"`  // what is there
	Detail string `json:"detail,omitempty"`
	Mend   string `json:"mend,omitempty"` // how to get what is not
}

func newDoctor() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is missing on this machine and how to mend it",
		Long: `Looks for what avid needs: GStreamer and its elements, the plugin, ONNX Runtime,
devices. Exit status 1 says that something needed is missing.`,
		Example: `  avid doctor
  avid doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all := examine()
			if asJSON {
				enc := json.NewEncoder(c.OutOrStdout())
				enc.SetIndent("", "  ")
				if err := enc.Encode(all); err != nil {
					return err
				}
			} else {
				printFindings(c.OutOrStdout(), all)
			}
			for _, f := range all {
				if f.Needed && !f.OK {
					return errMissing
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return c
}

func printFindings(out io.Writer, all []finding) {
	missing := 0
	for _, f := range all {
		sign := "ok     "
		if !f.OK && f.Needed {
			sign = "MISSING"
			missing++
		} else if !f.OK {
			sign = "absent "
		}
		fmt.Fprintf(out, "%s  %-22s %s\n", sign, f.Name, f.Found)
		if !f.OK && f.Mend != "" {
			fmt.Fprintf(out, "%9s%-22s -> %s\n", "", "", f.Mend)
		}
	}
	if missing == 0 {
		fmt.Fprintln(out, "\nnothing needed is missing")
	} else {
		fmt.Fprintf(out, "\n%d needed things are missing\n", missing)
	}
}

// examine looks at everything, needed things first.
func examine() []finding {
	all := []finding{{Name: "processor", OK: true, Found: fmt.Sprintf("%d cores, %s", runtime.NumCPU(), runtime.GOARCH)}}
	all = append(all, gstreamer()...)
	return append(all, onnxRuntime()...)
}
