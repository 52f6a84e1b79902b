package cameras

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"avid/models/datasets"
	"avid/models/zones"
	"avid/runtime/access"
)

// largest bounds a file of cameras, bytes; mostCameras their number.
const (
	largest     = 1 << 20
	mostCameras = 1000
	mostViewers = 1000 // as runtime/preview takes
)

// Load reads a file of cameras. The errors are those of reading it and *MistakesError.
func Load(path string, rules Rules) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return Config{}, err
	}
	if len(text) > largest {
		return Config{}, &MistakesError{path, []Mistake{{0, fmt.Sprintf("it is larger than %d bytes", largest)}}}
	}
	return Parse(text, path, rules)
}

// Parse reads the text of a file of cameras; path is the file's. The error is *MistakesError.
func Parse(text []byte, path string, rules Rules) (Config, error) {
	r := &reader{folder: filepath.Dir(path), rules: rules, mistakes: MistakesError{File: path}, files: []string{path}}
	c := Config{Server: rules.Defaults, State: rules.State, Lines: map[string]int{}}
	if root := r.root(text); root != nil {
		r.config(root, &c)
	}
	c.Files = r.files
	return c, r.mistakes.err()
}

// root is the one document of a text.
func (r *reader) root(text []byte) *yaml.Node {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var document, another yaml.Node
	if err := d.Decode(&document); errors.Is(err, io.EOF) {
		r.mistakes.All = append(r.mistakes.All, Mistake{0, "it is empty; want cameras, as docs/serve.md shows"})
		return nil
	} else if err != nil {
		r.mistakes.All = append(r.mistakes.All, syntax(err))
		return nil
	}
	if err := d.Decode(&another); !errors.Is(err, io.EOF) {
		r.mistakes.All = append(r.mistakes.All, Mistake{another.Line, "it has more than one document; want one"})
		return nil
	}
	if circular(&document, map[*yaml.Node]bool{}) {
		r.mistakes.All = append(r.mistakes.All, Mistake{0, "an alias in it stands for what it is in itself"})
		return nil
	}
	return document.Content[0]
}

// circular tells whether an alias stands within what it stands for. seen has the nodes
// that were looked at, true while what is in them is.
func circular(n *yaml.Node, seen map[*yaml.Node]bool) bool {
	if within, done := seen[n]; done {
		return within
	}
	seen[n] = true
	if n.Kind == yaml.AliasNode && circular(n.Alias, seen) {
		return true
	}
	for _, c := range n.Content {
		if circular(c, seen) {
			return true
		}
	}
	seen[n] = false
	return false
}

// syntax is what the parser says, with its line.
func syntax(err error) Mistake {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, what, ok := strings.Cut(rest, ": "); ok {
			if line, err := strconv.Atoi(number); err == nil {
				return Mistake{line, "no YAML: " + what}
			}
		}
	}
	return Mistake{0, "no YAML: " + text}
}

// config reads the whole file.
func (r *reader) config(n *yaml.Node, c *Config) {
	base := DefaultCamera()
	var defaults, all, users *yaml.Node
	s := &c.Server
	if !r.mapping(n, "the file", keys{
		"listen":     func(n *yaml.Node) { r.text(n, "listen", &s.Listen) },
		"token":      func(n *yaml.Node) { r.secret(n, "token", &s.Token) },
		"token-file": func(n *yaml.Node) { r.secretFile(n, "token-file", &s.Token) },
		"insecure":   func(n *yaml.Node) { r.truth(n, "insecure", &s.Insecure) },
		"tls-cert":   func(n *yaml.Node) { r.existing(n, "tls-cert", &s.TLSCert) },
		"tls-key":    func(n *yaml.Node) { r.existing(n, "tls-key", &s.TLSKey) },
		"stun-server": func(n *yaml.Node) {
			r.text(n, "stun-server", &s.STUNServer)
		},
		"turn-servers": func(n *yaml.Node) {
			r.list(n, func(n *yaml.Node) {
				var one string
				if r.secret(n, "turn-servers", &one); one != "" {
					s.TURNServers = append(s.TURNServers, one)
				}
			})
		},
		"media-ips": func(n *yaml.Node) {
			r.list(n, func(n *yaml.Node) {
				var one string
				if r.text(n, "media-ips", &one); one != "" {
					s.MediaIPs = append(s.MediaIPs, one)
				}
			})
		},
		"max-viewers": func(n *yaml.Node) { r.viewers(n, "max-viewers", &s.MaxViewers) },
		"users":       func(n *yaml.Node) { users = n },
		"state":       func(n *yaml.Node) { r.path(n, "state", &c.State) },
		"recordings":  func(n *yaml.Node) { c.Recordings = r.recordings(n) },
		"publish":     func(n *yaml.Node) { c.Publish = r.addresses(n) },
		"defaults":    func(n *yaml.Node) { defaults = n },
		"cameras":     func(n *yaml.Node) { all = n },
	}) {
		return
	}
	if defaults != nil {
		r.camera(defaults, "defaults", &base, c, true)
	}
	if all == nil {
		r.wrong(n, "the file has no cameras")
		return
	}
	r.cameras(all, base, c)
	if users != nil {
		r.users(users, c)
	}
	if err := r.rules.Server(c.Server); err != nil {
		r.wrong(n, "%v", err)
	}
}

// addresses reads names with an address each.
func (r *reader) addresses(n *yaml.Node) map[string]Address {
	all := map[string]Address{}
	r.each(n, "publish", func(key, value *yaml.Node) {
		what := "publish " + strconv.Quote(key.Value)
		if !r.rules.Name(key.Value) {
			r.wrong(key, "%s: want a name of 1 to 64 of A-Z a-z 0-9 . _ -", what)
			return
		}
		var address string
		if r.addressOf(value, what, &address); address != "" {
			all[key.Value] = Address(address)
		}
	})
	return all
}

// addressOf reads an address, or {file: PATH} with a file that has it.
func (r *reader) addressOf(n *yaml.Node, what string, into *string) {
	if resolve(n).Kind == yaml.MappingNode {
		r.mapping(n, what, keys{"file": func(n *yaml.Node) { r.secretFile(n, what, into) }})
		return
	}
	r.secret(n, what, into)
}

// cameras reads the cameras by their names.
func (r *reader) cameras(n *yaml.Node, base Camera, c *Config) {
	r.each(n, "cameras", func(key, value *yaml.Node) {
		one := base
		one.Name = key.Value
		what := "camera " + strconv.Quote(key.Value)
		if !r.rules.Name(one.Name) {
			r.wrong(key, "%s: want a name of 1 to 64 of A-Z a-z 0-9 . _ -, but none of the server's own, such as metrics", what)
		}
		before := len(r.mistakes.All)
		r.camera(value, what, &one, c, false)
		if one.Title == "" {
			one.Title = one.Name
		}
		if len(r.mistakes.All) == before {
			r.complete(key, what, &one)
		}
		c.Cameras = append(c.Cameras, one)
		c.Lines[one.Name] = key.Line
	})
	switch {
	case len(c.Cameras) == 0 && len(r.mistakes.All) == 0:
		r.wrong(n, "cameras has no camera")
	case len(c.Cameras) > mostCameras:
		r.wrong(n, "cameras has %d cameras; at most %d are taken", len(c.Cameras), mostCameras)
	}
}

// camera reads the settings of a camera, or those that all have if not said otherwise.
func (r *reader) camera(n *yaml.Node, what string, c *Camera, whole *Config, defaults bool) {
	of := func(name string) string { return what + ": " + name }
	known := keys{
		"model":                func(n *yaml.Node) { r.models(n, of("model"), &c.Model) },
		"live":                 func(n *yaml.Node) { r.truth(n, of("live"), &c.Live) },
		"loop":                 func(n *yaml.Node) { r.truth(n, of("loop"), &c.Loop) },
		"latency":              func(n *yaml.Node) { r.duration(n, of("latency"), 0, MostLatency, &c.Latency) },
		"transport":            func(n *yaml.Node) { r.choice(n, of("transport"), Transports, &c.Transport) },
		"rate":                 func(n *yaml.Node) { r.number(n, of("rate"), 0.01, 1000, &c.Rate) },
		"codec":                func(n *yaml.Node) { r.choice(n, of("codec"), Codecs, &c.Codec) },
		"false-alarms-per-day": func(n *yaml.Node) { r.number(n, of("false-alarms-per-day"), 0, mostFalseAlarms, &c.FalseAlarmsPerDay) },
		"alpha":                func(n *yaml.Node) { r.number(n, of("alpha"), 0, 1, &c.Alpha) },
		"zeta":                 func(n *yaml.Node) { r.number(n, of("zeta"), 0, 1, &c.Zeta) },
		"device":               func(n *yaml.Node) { r.text(n, of("device"), &c.Device) },
		"device-options":       func(n *yaml.Node) { r.text(n, of("device-options"), &c.DeviceOption) },
		"overlay":              func(n *yaml.Node) { r.choices(n, of("overlay"), overlays, &c.Overlay) },
		"opacity":              func(n *yaml.Node) { r.number(n, of("opacity"), 0, 1, &c.Opacity) },
		"max-viewers":          func(n *yaml.Node) { r.viewers(n, of("max-viewers"), &c.MaxViewers) },
		"zones":                func(n *yaml.Node) { c.Zones = r.zones(n, of("zones")) },
		"record":               func(n *yaml.Node) { r.truth(n, of("record"), &c.Record) },
		"schedule":             func(n *yaml.Node) { c.Schedule = r.schedule(n, of("schedule")) },
		"publish":              func(n *yaml.Node) { c.Publish = r.publish(n, of("publish"), whole) },
	}
	if !defaults {
		known["title"] = func(n *yaml.Node) { r.text(n, of("title"), &c.Title) }
		known["input"] = func(n *yaml.Node) { r.addressOf(n, of("input"), (*string)(&c.Input)) }
	}
	r.mapping(n, what, known)
}

// schedule reads the spans of a schedule.
func (r *reader) schedule(n *yaml.Node, what string) Schedule {
	all := Schedule{}
	r.list(n, func(n *yaml.Node) {
		text, ok := r.scalar(n, what)
		if !ok {
			return
		}
		span, err := ParseSpan(text)
		if err != nil {
			r.wrong(n, "%s is %v", what, err)
			return
		}
		all = append(all, span)
	})
	return all
}

// publish reads names of addresses; an empty list is none.
func (r *reader) publish(n *yaml.Node, what string, whole *Config) []string {
	all := []string{}
	r.list(n, func(n *yaml.Node) {
		name, ok := r.scalar(n, what)
		if !ok {
			return
		}
		if _, known := whole.Publish[name]; !known {
			r.wrong(n, "%s has %q, which the file's publish has not", what, name)
			return
		}
		all = append(all, name)
	})
	return all
}

// complete notes what a camera lacks, and what does not fit.
func (r *reader) complete(n *yaml.Node, what string, c *Camera) {
	if c.Input == "" {
		r.wrong(n, "%s has no input: an address (rtsp://…), a capture device, a file or a folder", what)
	}
	if c.Model == "" {
		r.wrong(n, "%s has no model: the bundle that was trained for it", what)
	}
	if c.Zeta >= 0 && c.FalseAlarmsPerDay > 0 {
		r.wrong(n, "%s: zeta and false-alarms-per-day exclude each other; set one of them", what)
	}
	if path := string(c.Input); path != "" && !datasets.IsURL(path) && !filepath.IsAbs(path) {
		c.Input = Address(filepath.Join(r.folder, path))
	}
}

// users reads those who may ask besides whoever has the server's token.
func (r *reader) users(n *yaml.Node, c *Config) {
	r.each(n, "users", func(key, value *yaml.Node) {
		u := access.User{Name: key.Value}
		what := "user " + strconv.Quote(key.Value)
		before := len(r.mistakes.All)
		r.mapping(value, what, keys{
			"token":      func(n *yaml.Node) { r.secret(n, what+": token", &u.Token) },
			"token-file": func(n *yaml.Node) { r.secretFile(n, what+": token-file", &u.Token) },
			"token-hash": func(n *yaml.Node) { r.text(n, what+": token-hash", &u.Token) },
			"manage":     func(n *yaml.Node) { r.truth(n, what+": manage", &u.Manage) },
			"cameras":    func(n *yaml.Node) { u.Streams = r.namesOf(n, what+": cameras", c) },
		})
		c.Users = append(c.Users, u)
		if len(r.mistakes.All) > before {
			return
		}
		if u.Token == "" {
			r.wrong(key, "%s has no token, token-file or token-hash (avid token makes one)", what)
		} else if _, err := access.NewUsers(c.Users); err != nil {
			r.wrong(key, "%v", err)
		}
	})
}

// namesOf reads names of cameras; an empty list is none.
func (r *reader) namesOf(n *yaml.Node, what string, c *Config) []string {
	all := []string{}
	r.list(n, func(n *yaml.Node) {
		name, ok := r.scalar(n, what)
		if _, known := c.Lines[name]; ok && !known {
			r.wrong(n, "%s has %q, which is no camera of the file", what, name)
			return
		}
		all = append(all, name)
	})
	return all
}

// recordings reads what is kept of live cameras.
func (r *reader) recordings(n *yaml.Node) *Recordings {
	// As record.DefaultConfig has it.
	c := &Recordings{Mode: Modes[0], PreRoll: 5 * time.Second, PostRoll: 5 * time.Second, Segment: 10 * time.Minute, KeepDays: 7, KeepEventDays: 90,
		MaxSize: "0", MinFree: "5%"}
	of := func(name string) string { return "recordings: " + name }
	r.mapping(n, "recordings", keys{
		"folder":          func(n *yaml.Node) { r.path(n, of("folder"), &c.Folder) },
		"mode":            func(n *yaml.Node) { r.choice(n, of("mode"), Modes, &c.Mode) },
		"pre-roll":        func(n *yaml.Node) { r.duration(n, of("pre-roll"), 0, time.Minute, &c.PreRoll) },
		"post-roll":       func(n *yaml.Node) { r.duration(n, of("post-roll"), 0, time.Minute, &c.PostRoll) },
		"segment":         func(n *yaml.Node) { r.duration(n, of("segment"), 10*time.Second, 24*time.Hour, &c.Segment) },
		"keep-days":       func(n *yaml.Node) { r.number(n, of("keep-days"), 0, 36500, &c.KeepDays) },
		"keep-event-days": func(n *yaml.Node) { r.number(n, of("keep-event-days"), 0, 36500, &c.KeepEventDays) },
		"max-size":        func(n *yaml.Node) { r.text(n, of("max-size"), &c.MaxSize) },
		"min-free":        func(n *yaml.Node) { r.text(n, of("min-free"), &c.MinFree) },
	})
	if c.Folder == "" {
		r.wrong(n, "recordings has no folder")
	}
	return c
}

// zones reads zones: a list of them, or the path of a file with one.
func (r *reader) zones(n *yaml.Node, what string) zones.List {
	var text string
	if n = resolve(n); n.Kind == yaml.SequenceNode {
		var list []map[string]any
		err := n.Decode(&list)
		if err == nil {
			var data []byte
			data, err = json.Marshal(list)
			text = string(data)
		}
		if err != nil {
			r.wrong(n, "%s: want a list of zones, each with name, kind and points", what)
			return nil
		}
	} else if r.path(n, what, &text); text != "" {
		r.files = append(r.files, text)
	}
	l, err := zones.Read(text)
	if err != nil {
		r.wrong(n, "%s: %v", what, err)
	}
	return l
}
