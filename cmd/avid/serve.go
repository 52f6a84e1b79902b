//go:build !nogst

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"avid/runtime/cameras"
	"avid/runtime/preview"
	"avid/runtime/record"
	"avid/runtime/secret"
)

// serveFlags are the flags of avid serve.
type serveFlags struct {
	check     bool
	noBrowser bool
	file      string
	command   *cobra.Command
}

func newServe() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve CAMERAS.yaml",
		Short: "Judge the cameras of a file for months, and show them on a page",
		Long: `Judges the cameras of a file for as long as it runs, and serves the page that shows
them (docs/serve.md has the file). A camera that fails is tried again until it is
back, and the others go on. The file is read again when it changes and on SIGHUP:
cameras are added, removed and started anew while the others run. A file with
mistakes changes nothing: each mistake is printed with its line.

Bundles are watched too: one that was trained or calibrated anew takes the place of
the old one between two frames, and one that cannot be opened is refused with a warning.`,
		Example: `  avid serve cameras.yaml
  avid serve --check cameras.yaml     # says what is wrong in it, and where`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.command, f.file = c, args[0]
			if f.check {
				return f.report()
			}
			return f.run(c.Context())
		},
		ValidArgsFunction: cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt),
	}
	c.Flags().BoolVar(&f.check, "check", false, "only say what is wrong in the file")
	c.Flags().BoolVar(&f.noBrowser, "no-browser", false, "do not open the page")
	return c
}

// fileRules are what a file of cameras is held to.
var fileRules = cameras.Rules{
	Env: os.LookupEnv, Name: preview.ValidPath,
	Server: func(s cameras.Server) error {
		if err := serverOf(s).Validate(); err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), preview.ErrConfig.Error()+": "))
		}
		return nil
	},
	Defaults: cameras.Server{Listen: preview.DefaultConfig().Listen, MaxViewers: preview.DefaultConfig().MaxViewers},
	State:    stateFolder(),
}

// serverOf are the page's settings in the form that its server takes.
func serverOf(s cameras.Server) preview.Config {
	return preview.Config{Listen: s.Listen, Token: s.Token, Insecure: s.Insecure, TLSCert: s.TLSCert, TLSKey: s.TLSKey, STUNServer: s.STUNServer,
		TURNServers: s.TURNServers, MediaIPs: s.MediaIPs, MaxViewers: s.MaxViewers}
}

// load reads the file, and opens the bundles in it.
func (f *serveFlags) load() (cameras.Config, error) {
	config, err := cameras.Load(f.file, fileRules)
	if err != nil {
		return config, err
	}
	hide(f.command, secretsOf(config)...)
	var mistakes []error
	for _, c := range config.Cameras {
		filter := filterOf(c)
		if err := filter.check(c.Model); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: camera %q: %w", f.file, config.Lines[c.Name], c.Name, err))
		}
	}
	if config.Recordings != nil {
		if _, err := recordingsOf(config.Recordings); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: recordings: %w", f.file, err))
		}
	}
	return config, errors.Join(mistakes...)
}

// secretsOf are the addresses of a file, which may have passwords in them.
func secretsOf(c cameras.Config) []string {
	all := append([]string{}, c.Server.TURNServers...)
	for _, a := range c.Publish {
		all = append(all, string(a))
	}
	for _, one := range c.Cameras {
		all = append(all, string(one.Input))
	}
	return all
}

// report says what is wrong in the file, or what it has.
func (f *serveFlags) report() error {
	config, err := f.load()
	if err != nil {
		return err
	}
	f.warnOpen(config)
	fmt.Fprintf(f.command.OutOrStdout(), "%s: %s, page at %s, no mistakes\n", f.file, plural(len(config.Cameras), "camera"), config.Server.Listen)
	return nil
}

// warnOpen tells of files with secrets that everybody may read.
func (f *serveFlags) warnOpen(config cameras.Config) {
	for _, path := range config.Files[1:] {
		if read, err := secret.Read(path); err == nil {
			warnOpen(f.command, read)
		}
	}
}

// run is on duty until ctx ends.
func (f *serveFlags) run(ctx context.Context) (err error) {
	// From the start: who is told that it is ready may send one at once, which would end it.
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	config, seen, err := f.look([]string{f.file})
	if err != nil {
		return err
	}
	f.warnOpen(config)
	d := &duty{file: f.file, server: serverOf(config.Server), out: f.command.OutOrStdout(), errOut: f.command.ErrOrStderr()}
	if err := d.changes.open(config.State); err != nil {
		return err
	}
	if d.routes, err = openRoutes(config, d.fromAfar(), d.say); err != nil {
		return err
	}
	defer d.routes.close(d.say)
	if d.store, err = openStore(config, d.say); err != nil {
		return err
	}
	if d.store != nil {
		defer func() { err = errors.Join(err, d.store.Close()) }()
	}
	if d.train, err = openRetrainer(d, config.State); err != nil {
		return err
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	defer d.train.start(ctx)()
	if err := d.host.Admit(config.Users); err != nil {
		return err
	}
	d.apply(config.Cameras)
	fmt.Fprintf(d.out, "%s at %s, Ctrl-C ends\n", plural(len(config.Cameras), "camera"), d.host.URL)
	if !f.noBrowser {
		openBrowser(d.host.URL)
	}
	manager(d, daemon.SdNotifyReady)
	defer manager(d, daemon.SdNotifyStopping)
	f.follow(ctx, d, again, config, seen)
	return nil
}

// manager tells systemd how it is, where that has started this process (sd_notify(3)).
func manager(d *duty, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		d.tell("systemd does not hear: %v", err)
	}
}

// lookEach is how often the files are looked at. They are read rather than watched,
// which works over networks, and where a file is replaced by a link's new target.
const lookEach = 2 * time.Second

// follow applies what changes in the files, which again asks for, until ctx ends.
func (f *serveFlags) follow(ctx context.Context, d *duty, again <-chan os.Signal, config cameras.Config, seen []byte) {
	tick := time.NewTicker(lookEach)
	defer tick.Stop()
	began := config
	for {
		// A look that does not come back is what the watchdog is for.
		manager(d, daemon.SdNotifyWatchdog)
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-again:
			asked = true
		case <-tick.C:
		}
		if !asked && bytes.Equal(fingerprint(config.Files), seen) {
			continue
		}
		read, now, err := f.look(config.Files)
		if seen = now; err != nil {
			d.tell("what was on duty stays so:\n%v", err)
			continue
		}
		config = read
		f.warnFixed(d, began, config)
		if err := d.host.Admit(config.Users); err != nil {
			d.tell("the users of before stay: %v", err)
		}
		f.announce(d, config, asked)
	}
}

// look loads the file, with the fingerprint that the known files had no later: what changes
// while it is read, or while avid starts, is seen by the next look. nil: others belong to
// it now, which are to be looked at once more.
func (f *serveFlags) look(known []string) (cameras.Config, []byte, error) {
	seen := fingerprint(known)
	config, err := f.load()
	if err == nil && !slices.Equal(known, config.Files) {
		seen = nil
	}
	return config, seen, err
}

// announce applies the cameras and tells of what has changed.
func (f *serveFlags) announce(d *duty, config cameras.Config, asked bool) {
	change := d.apply(config.Cameras)
	for _, of := range []struct {
		what  string
		names []string
	}{{"added", change.Started}, {"removed", change.Stopped}, {"started anew", change.Replaced}} {
		if len(of.names) > 0 {
			d.tell("%s: %s", of.what, strings.Join(of.names, ", "))
			asked = false
		}
	}
	if asked {
		d.tell("%s read again: nothing has changed", f.file)
	}
}

// warnFixed tells of settings that a running server does not take.
func (f *serveFlags) warnFixed(d *duty, began, now cameras.Config) {
	for _, of := range []struct {
		what       string
		began, now any
	}{
		{"the page (listen, token, tls, viewers, servers)", began.Server, now.Server}, {"publish", began.Publish, now.Publish},
		{"recordings", began.Recordings, now.Recordings}, {"state", began.State, now.State},
	} {
		if !reflect.DeepEqual(of.began, of.now) {
			d.tell("the settings of %s have changed: they are taken when avid serve is started again", of.what)
		}
	}
}

// recordingsOf are the settings of recordings in the form that a store takes.
func recordingsOf(r *cameras.Recordings) (record.Config, error) {
	flags := recordFlags{mode: r.Mode, pre: r.PreRoll, post: r.PostRoll, segment: r.Segment, keep: r.KeepDays, keepEvents: r.KeepEventDays,
		maxSize: r.MaxSize, minShare: r.MinFree}
	return flags.config()
}

// openStore opens the store of a file of cameras; nil where it has none.
func openStore(c cameras.Config, tell func(text string)) (*record.Store, error) {
	if c.Recordings == nil {
		return nil, nil
	}
	config, err := recordingsOf(c.Recordings)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	return record.Open(c.Recordings.Folder, config, record.Options{Note: func(text string) { tell("warning: " + text) }})
}

// fingerprint is what the files have in them.
func fingerprint(files []string) []byte {
	sum := sha256.New()
	for _, path := range files {
		text, err := os.ReadFile(path)
		fmt.Fprintf(sum, "%q %v %d\n", path, err, len(text))
		sum.Write(text)
	}
	return sum.Sum(nil)
}
