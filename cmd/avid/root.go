package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"avid/models/redact"
)

// errMissing is the end of `avid doctor` when something needed is not there:
// it was already told.
var errMissing = errors.New("something needed is missing")

// run executes the command line and gives the exit status: 0 done, 1 failed. All
// that a command prints goes through redact, its help aside.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	clean, cleanErr := redact.NewWriter(out), redact.NewWriter(errOut)
	root := newRoot()
	root.SetArgs(completable(args))
	root.SetOut(clean)
	root.SetErr(cleanErr)
	hide(root, args...)
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		// Our own words: an example of --token is no secret.
		root.SetOut(out)
		help(c, args)
	})
	tellStops(root)
	started := watchStart(root)
	c, err := root.ExecuteContextC(ctx)
	if err != nil && !errors.Is(err, errMissing) {
		fmt.Fprintf(cleanErr, "avid: %s\n", inWords(ctx, err))
		if !*started {
			fmt.Fprintln(cleanErr, usageHint(c))
		}
	}
	if flushed := errors.Join(clean.Flush(), cleanErr.Flush()); err != nil || flushed != nil {
		return 1
	}
	return 0
}

// hide keeps addresses back in all that a command prints.
func hide(c *cobra.Command, addresses ...string) {
	for _, to := range []io.Writer{c.OutOrStdout(), c.ErrOrStderr()} {
		if w, ok := to.(*redact.Writer); ok {
			for _, a := range addresses {
				w.Hide(a)
			}
		}
	}
}

// completable is a command line without the secrets in it, where a shell asks how
// it may go on: cobra writes such lines to the standard error and to a file
// (BASH_COMP_DEBUG_FILE), and no answer depends on them.
func completable(args []string) []string {
	if len(args) == 0 || args[0] != cobra.ShellCompRequestCmd && args[0] != cobra.ShellCompNoDescRequestCmd {
		return args
	}
	shown := make([]string, len(args))
	for i, a := range args {
		shown[i] = redact.Address(a)
	}
	return shown
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "avid",
		Short: "Find what does not belong in the video of a fixed camera",
		Long: `avid learns the ordinary footage of a fixed camera, with nothing labelled, and
then marks what is unusual there. A camera's model is one file, its bundle
(.avid), which this tool makes and the GStreamer element avidfilter uses.` + about,
		Example:           firstSteps + "\n\n" + words,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	addTrust(root)
	root.AddGroup(&cobra.Group{ID: "work", Title: "Learn and watch:"}, &cobra.Group{ID: "look", Title: "Measure and look:"})
	for _, c := range []struct {
		group string
		cmd   *cobra.Command
	}{
		{"work", newTrain()}, {"work", newCalibrate()}, {"work", newLearn()}, {"work", newRun()}, {"work", newReplay()}, {"work", newPreview()}, {"work", newServe()}, {"work", newPromote()}, {"work", newConvert()}, {"work", newSign()}, {"work", newToken()}, {"work", newSynth()},
		{"look", newEval()}, {"look", newInspect()}, {"look", newReport()}, {"look", newCompare()}, {"look", newBench()}, {"look", newDoctor()},
	} {
		c.cmd.GroupID = c.group
		root.AddCommand(c.cmd)
	}
	return root
}

// words are those that the help of the commands uses.
const words = `Words:
  bundle            the model of one camera, one file (.avid)
  ordinary footage  what is learnt from: everything in it counts as normal
  I, the inpainter  the network that repaints a picture the way the place usually looks
  D, the detector   the network that says for each region how normal it is
  score             how irregular the oddest region of a frame is
  zeta, threshold   the score from which on a frame counts, set by false alarms a day
  alpha             how much a pixel must differ from what I paints, to be marked
  mask              the pixels that I and D both call irregular
  event             irregular frames without a longer break
  held back         footage that training did not see, for tests and thresholds
(docs/first-week.md begins with a camera of your own.)`

// version is the module's version, with the revision where the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
