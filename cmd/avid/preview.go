//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/element/avidwebrtcsink"
	"avid/models/datasets"
	"avid/models/redact"
	"avid/models/zones"
	"avid/runtime/cameras"
	"avid/runtime/preview"
)

// previewFlags are the flags of avid preview.
type previewFlags struct {
	filterFlags
	liveFlags
	inputsFlag
	publishFlags
	secretFlags
	models          []string
	titles, paths   []string
	server          preview.Config
	mediaIPs        string
	codec           string
	rate            float64
	loop, noBrowser bool
	command         *cobra.Command
}

func newPreview() *cobra.Command { return newPreviewOf(&previewFlags{server: preview.DefaultConfig()}) }

// newPreviewOf is avid preview with its flags in f.
func newPreviewOf(f *previewFlags) *cobra.Command {
	c := &cobra.Command{
		Use:   "preview {INPUT… | --inputs FILE} -m cam.avid",
		Short: "Show cameras or videos live in a browser",
		Long: `Serves a page that shows each input live, with outlines around what is
irregular, the score of the last minutes and the events with a picture each. An
input is an address (rtsp://…), a capture device (/dev/video0), a video file or
a folder of pictures. A camera that fails is tried again until Ctrl-C; what can
never work, such as a file that is not a video, ends the preview. What is shown of a
camera is never older than two seconds: where this machine is too slow for it,
frames are dropped and counted.

One bundle serves all inputs, or -m is given once for each. The page is at
http://127.0.0.1:8889/ and, on a desktop, opens by itself; other machines see it
with --listen and a token, which they are asked for.

Page, terminal and addresses call a file by its name and what comes from the
network camera1, camera2 and so on in order, never by its address; --title and
--path name them otherwise, and so do names in a file for --inputs. ps shows the
command line to every user of the machine: passwords of cameras are better kept in
such a file, the token in a --token-file or in AVID_TOKEN.`,
		Example: `  avid preview rtsp://camera/1 -m cam.avid
  avid preview --inputs cameras.txt -m cam.avid         # lines such as Door=rtsp://user:password@camera/1
  avid preview /dev/video0 -m cam.avid --listen 0.0.0.0:8889 --token-file token.txt
  avid preview rtsp://door/1 rtsp://yard/1 -m door.avid -m yard.avid --title Door --title Yard
  avid preview rtsp://far.example/1 -m cam.avid --transport tcp --latency 1000
  avid preview demo/walkway.mp4 -m demo/walkway.avid --loop`,
		Args: f.inputArgs(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			f.command = c
			inputs, err := f.inputs(c, args)
			if err != nil {
				return err
			}
			return f.run(c.Context(), inputs)
		},
	}
	fl := c.Flags()
	fl.StringArrayVarP(&f.models, "model", "m", nil, "bundle of the camera (.avid), or several with semicolons between, of which the picture chooses one; once for all inputs, or once for each")
	fl.StringVar(&f.server.Listen, "listen", f.server.Listen, "address of the page; 0.0.0.0:8889 for all of this machine's")
	f.secretFlags.add(c)
	fl.BoolVar(&f.server.Insecure, "insecure", false, "let others than this machine watch without a token")
	fl.StringVar(&f.server.TLSCert, "tls-cert", "", "certificate chain (PEM) for https")
	fl.StringVar(&f.server.TLSKey, "tls-key", "", "private key (PEM) of that certificate")
	fl.StringVar(&f.server.STUNServer, "stun-server", "", "stun:host:port, for viewers beyond this network")
	fl.StringVar(&f.mediaIPs, "media-ips", "", "addresses of this machine to send media from, joined by commas; none: that of --listen, or all where that is loopback or 0.0.0.0")
	fl.IntVar(&f.server.MaxViewers, "max-viewers", f.server.MaxViewers, "most viewers at once; a page counts as one for each input")
	fl.StringVar(&f.codec, "codec", "auto", "auto, h264 or vp8")
	fl.StringArrayVar(&f.titles, "title", nil, "what the page calls the inputs, once for each; none: by their files, or camera1, camera2 …")
	fl.StringArrayVar(&f.paths, "path", nil, "the inputs' names in addresses, http://…/PATH, once for each; none: after their files, or camera1, camera2 …")
	fl.Float64Var(&f.rate, "rate", datasets.DefaultRate, "frames/s of a folder of pictures")
	fl.BoolVar(&f.loop, "loop", false, "show files and folders again and again")
	fl.BoolVar(&f.noBrowser, "no-browser", false, "do not open the page")
	f.inputsFlag.add(c)
	f.publishFlags.add(c)
	f.liveFlags.add(c)
	f.filterFlags.add(c, "none")
	// Completion and marks fail for a flag that is not there only.
	_ = c.MarkFlagRequired("model")
	_ = c.MarkFlagFilename("model", "avid")
	_ = c.RegisterFlagCompletionFunc("codec", cobra.FixedCompletions(cameras.Codecs, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// prepare checks all that can be checked before a pipeline is made.
func (f *previewFlags) prepare(inputs []input) error {
	if n := len(f.models); n != 1 && n != len(inputs) {
		return fmt.Errorf("%s and %s: give -m once, or once for each input", plural(n, "bundle"), plural(len(inputs), "input"))
	}
	if n := len(f.titles); n != 0 && n != len(inputs) {
		return fmt.Errorf("%s and %s: give --title once for each input, or not at all", plural(n, "title"), plural(len(inputs), "input"))
	}
	if err := f.checkPaths(inputs); err != nil {
		return err
	}
	if err := f.liveFlags.check(); err != nil {
		return err
	}
	if !slices.Contains(cameras.Codecs, f.codec) {
		return fmt.Errorf("--codec %q: want one of %s", f.codec, strings.Join(cameras.Codecs, ", "))
	}
	for _, m := range f.models {
		if err := f.filterFlags.check(m); err != nil {
			return err
		}
	}
	if err := f.readSecrets(f.command, &f.server); err != nil {
		return err
	}
	f.server.MediaIPs = avidwebrtcsink.SplitList(f.mediaIPs)
	if err := f.server.Validate(); err != nil {
		return err
	}
	for _, in := range inputs {
		if _, err := inputClip(in.Path, datasets.Range{}, f.rate); err != nil {
			return err
		}
	}
	return nil
}

// checkPaths checks the names of --path.
func (f *previewFlags) checkPaths(inputs []input) error {
	if n := len(f.paths); n != 0 && n != len(inputs) {
		return fmt.Errorf("%s and %s: give --path once for each input, or not at all", plural(n, "path"), plural(len(inputs), "input"))
	}
	for i, path := range f.paths {
		switch {
		case !preview.ValidPath(path):
			return fmt.Errorf("--path %q: want 1 to 64 of A-Z a-z 0-9 . _ -, but no name of the server's own, such as metrics", path)
		case slices.Contains(f.paths[:i], path):
			return fmt.Errorf("--path %q: it is given twice", path)
		}
	}
	return nil
}

// run serves the page until each input has ended, or ctx has.
func (f *previewFlags) run(ctx context.Context, inputs []input) (err error) {
	all, names, err := f.cameras(inputs)
	if err != nil {
		return err
	}
	// What fails for good ends the others: a page that lacks an input unnoticed
	// is worse than none.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d := &duty{server: f.server, out: f.command.OutOrStdout(), errOut: f.command.ErrOrStderr(), endWith: stop,
		nameOf: func(c cameras.Camera) string { return names[c.Name] }}
	if d.send, err = f.open(f.command, d.say); err != nil {
		return err
	}
	defer d.send.Finish(d.say)
	if err := d.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	fmt.Fprintf(d.out, "%s at %s, Ctrl-C ends\n", plural(len(inputs), "input"), d.host.URL)
	if !f.noBrowser {
		openBrowser(d.host.URL)
	}
	d.apply(all)
	d.keep.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// openBrowser opens the page where there is a desktop with a browser; where
// there is none, the printed address has to do. The token is not in the address,
// which ps would show: the page asks for it.
func openBrowser(address string) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	c := exec.Command("xdg-open", address)
	c.Env = withoutSecrets(os.Environ())
	if c.Start() == nil {
		go func() { _ = c.Wait() }() // it only tells that the browser was told
	}
}

// cameras are the inputs as a file for avid serve would have them, and what the
// terminal calls each. It checks all that can be checked before a pipeline is made.
func (f *previewFlags) cameras(inputs []input) (all []cameras.Camera, names map[string]string, err error) {
	if err := f.prepare(inputs); err != nil {
		return nil, nil, err
	}
	hidden, err := zones.Read(f.zones)
	if err != nil {
		return nil, nil, err
	}
	titles, paths := f.titles, f.paths
	if len(titles) == 0 {
		titles = titlesOf(inputs)
	}
	if len(paths) == 0 {
		paths = pathsOf(inputs)
	}
	names = map[string]string{}
	for i, path := range paths {
		names[path] = f.nameOf(inputs, i, titles[i])
		all = append(all, cameras.Camera{
			Name: path, Title: titles[i], Input: cameras.Address(inputs[i].Path), Model: f.models[min(i, len(f.models)-1)],
			Live: f.isLive, Latency: time.Duration(f.latency) * time.Millisecond, Transport: f.transport, Rate: f.rate, Loop: f.loop, Codec: f.codec,
			FalseAlarmsPerDay: f.perDay, Alpha: f.alpha, Zeta: f.zeta, Device: f.device, DeviceOption: f.tuning, Overlay: f.overlay, Opacity: f.opacity,
			Zones: hidden,
		})
	}
	return all, names, nil
}

// nameOf is what an input is called on the terminal: by its title first where it
// has one of its own, or where another input is the same. Of an address it has
// the host.
func (f *previewFlags) nameOf(inputs []input, i int, title string) string {
	in := inputs[i]
	name := redact.Address(in.Path)
	twice := slices.Contains(inputs[:i], in) || slices.Contains(inputs[i+1:], in)
	if title == name || len(f.titles) == 0 && in.Name == "" && !twice && !isNetwork(in.Path) {
		return name
	}
	return title + " (" + name + ")"
}

// pathsOf names the inputs in addresses: after their titles, in small letters,
// with a number where an input before has that name.
func pathsOf(inputs []input) []string {
	titles := inputTitles(inputs)
	for i, title := range titles {
		titles[i] = slug(title)
	}
	return unique(titles, "%s-%d")
}

// longestSlug leaves room for a number in a path of 64 letters.
const longestSlug = 56

// slug makes an input's title fit for an address.
func slug(title string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(title) {
		if b.Len() == longestSlug {
			break
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteRune(c)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
			b.WriteByte('-')
		}
	}
	s := strings.Trim(b.String(), "-")
	switch {
	case s == "":
		return "live"
	case !preview.ValidPath(s): // a name of the server's own
		return s + "-1"
	}
	return s
}
