package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/models/compare"
	"avid/runtime/state"
)

// Endings of bundles beside the one that is on duty, and of what belongs to them.
const (
	nextEnding     = ".next.avid"     // that is to take its place
	previousEnding = ".previous.avid" // that had it
	comparedEnding = ".compare.json"  // what came of a comparison
	pageEnding     = ".compare.html"  // and its page
	stateEnding    = ".state"         // of a training, behind the bundle's name
)

// beside is the file of another ending beside a bundle.
func beside(bundle, ending string) string { return strings.TrimSuffix(bundle, ".avid") + ending }

// promoteFlags are the flags of avid promote.
type promoteFlags struct {
	to          string
	back, force bool
}

func newPromote() *cobra.Command {
	var f promoteFlags
	c := &cobra.Command{
		Use:   "promote {NAME.next.avid | --back NAME.avid}",
		Short: "Put a new bundle in the place of the present one",
		Long: `Puts NAME.next.avid in the place of NAME.avid, which is kept as NAME.previous.avid.
A filter that watches its bundle, as those of avid serve do, takes the new one
between two frames. It is refused where avid compare has not held these two bundles
against each other, or found the new one worse. --back undoes it: the previous bundle
takes its place again, and the new one is NAME.next.avid as before.`,
		Example: `  avid promote yard.next.avid
  avid promote yard.next.avid --to yard.avid
  avid promote --back yard.avid`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.back {
				return f.undo(c, args[0])
			}
			return f.promote(c, args[0])
		},
		ValidArgsFunction: cobra.FixedCompletions([]string{"avid"}, cobra.ShellCompDirectiveFilterFileExt),
	}
	fl := c.Flags()
	fl.StringVar(&f.to, "to", "", "bundle whose place it takes; none: NAME.avid of NAME.next.avid")
	fl.BoolVar(&f.back, "back", false, "undo the last one")
	fl.BoolVar(&f.force, "force", false, "put it in place although avid compare was not run or speaks against it")
	c.MarkFlagsMutuallyExclusive("back", "to")
	c.MarkFlagsMutuallyExclusive("back", "force")
	return c
}

// errPromote says that a bundle does not take the place of another.
var errPromote = errors.New("not promoted")

// promote puts a bundle in its place.
func (f *promoteFlags) promote(c *cobra.Command, path string) error {
	to := f.to
	if base, ok := strings.CutSuffix(path, nextEnding); ok && to == "" {
		to = base + ".avid"
	}
	if to == "" {
		return fmt.Errorf("%w: %s does not end in %s, so name the bundle whose place it takes (--to)", errPromote, path, nextEnding)
	}
	if err := checkBundleOutput(to, path); err != nil {
		return err
	}
	next, err := openRelied(c, path)
	if err != nil {
		return err
	}
	verdict := judgePromotion(path, to, next)
	if verdict != nil && !f.force {
		return fmt.Errorf("%w: %w; --force does it all the same", errPromote, verdict)
	}
	if verdict != nil {
		c.PrintErrf("warning: %v\n", verdict)
	}
	if err := takePlace(path, to); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s has taken the place of %s, which is kept as %s (avid promote --back %s)\n", path, to, beside(to, previousEnding), to)
	return nil
}

// judgePromotion says what speaks against putting a bundle in the place of another; nil:
// nothing.
func judgePromotion(path, to string, next *bundle.Bundle) error {
	present, err := openBundle(to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there is nothing that it could be worse than
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(beside(path, comparedEnding))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has not been compared with %s (avid compare)", path, to)
	}
	if err != nil {
		return err
	}
	result, err := compare.Parse(text)
	if err != nil {
		return err
	}
	if result.New.Hash != next.Hash() || result.Old.Hash != present.Hash() {
		return fmt.Errorf("%s is of other bundles than %s and %s: compare them again (avid compare)", beside(path, comparedEnding), path, to)
	}
	if against := result.Against(); len(against) > 0 {
		return fmt.Errorf("%s against %s: %s", path, to, strings.Join(against, "; "))
	}
	return nil
}

// takePlace puts a bundle in the place of another, which is kept. Whenever it is killed,
// there is a whole bundle in that place.
func takePlace(path, to string) error {
	for _, ending := range []string{"", stateEnding} {
		if err := copyFile(to+ending, beside(to, previousEnding)+ending); err != nil {
			return err
		}
	}
	return moveBundle(path, to)
}

// undo puts the previous bundle back in its place.
func (f *promoteFlags) undo(c *cobra.Command, to string) error {
	if err := goBack(to); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s is the previous one again; what was there is %s\n", to, beside(to, nextEnding))
	return nil
}

// goBack puts the previous bundle in the place of the present one, which is the next one
// then. The error wraps errPromote where it cannot.
func goBack(to string) error {
	previous, next := beside(to, previousEnding), beside(to, nextEnding)
	if _, err := openBundle(previous); err != nil {
		return fmt.Errorf("%w: nothing to go back to: %w", errPromote, err)
	}
	if _, err := os.Stat(next); err == nil {
		return fmt.Errorf("%w: %s is there, and would be lost: promote, move or delete it first", errPromote, next)
	}
	for _, ending := range []string{"", stateEnding} {
		if err := copyFile(to+ending, next+ending); err != nil {
			return err
		}
	}
	return moveBundle(previous, to)
}

// moveBundle moves a bundle and the state of its training over another's, also to another
// disk.
func moveBundle(from, to string) error {
	if err := copyFile(from, to); err != nil {
		return err
	}
	if err := copyFile(from+stateEnding, to+stateEnding); err != nil {
		return err
	}
	return errors.Join(state.Remove(from+stateEnding), os.Remove(from))
}

// copyFile copies a file over another, whole or not at all; where there is none, the other
// goes.
func copyFile(from, to string) error {
	f, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return state.Remove(to)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return replaceFile(to, func(w io.Writer) error { _, err := io.Copy(w, f); return err })
}
