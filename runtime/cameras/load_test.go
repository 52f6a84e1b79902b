package cameras_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"avid/models/zones"
	"avid/runtime/cameras"
)

// folder has what the files of these tests name: door.avid, token.txt and yard.url.
func folder(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{"door.avid": "bundle", "token.txt": "0123456789abcdef\n", "yard.url": "rtsp://u:sesame@yard/1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// rules are those of these tests.
var rules = cameras.Rules{
	Env: func(name string) (string, bool) {
		v, ok := map[string]string{"DOOR_PASSWORD": "open@sesame"}[name]
		return v, ok
	},
	Name: func(name string) bool { return name != "metrics" && !strings.ContainsAny(name, "/ ") },
	Server: func(s cameras.Server) error {
		if s.Token == "" && !strings.HasPrefix(s.Listen, "127.") {
			return fmt.Errorf("listen %q is open to other machines", s.Listen)
		}
		return nil
	},
	Defaults: cameras.Server{Listen: "127.0.0.1:8889", MaxViewers: 32},
}

func TestParse(t *testing.T) {
	dir := folder(t)
	file := filepath.Join(dir, "cameras.yaml")
	c, err := cameras.Parse([]byte(`# of the yard
listen: 0.0.0.0:8889
token-file: token.txt
max-viewers: 8
publish:
  house: mqtt://broker/avid
  log: {file: yard.url}
defaults:
  model: door.avid
  latency: 500ms
  publish: [house]
cameras:
  door:
    title: Front door
    input: rtsp://user:${DOOR_PASSWORD}@door/1
    transport: tcp
    false-alarms-per-day: 0.5
    schedule: [mon-fri 18:00-06:00, "sat,sun"]
  yard:
    input: {file: yard.url}
    publish: []
  film: {input: film.mp4, loop: true, model: [door.avid, door.avid], overlay: mask+outline, alpha: 0.1, max-viewers: 3, zones: [{name: gate, kind: judge, points: [[0, 0], [0.5, 0], [0.5, 1]], least_time: 2}]}
recordings: {folder: kept, mode: events, max-size: 50GB}
`), file, rules)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Server; s.Listen != "0.0.0.0:8889" || s.Token != "0123456789abcdef" || s.MaxViewers != 8 {
		t.Errorf("the server is %+v", s)
	}
	if got, want := c.Files, []string{file, filepath.Join(dir, "token.txt"), filepath.Join(dir, "yard.url"), filepath.Join(dir, "yard.url")}; !reflect.DeepEqual(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
	base := cameras.DefaultCamera()
	base.Model, base.Latency, base.Publish = filepath.Join(dir, "door.avid"), 500*time.Millisecond, []string{"house"}
	door, yard, film := base, base, base
	door.Name, door.Title, door.Input, door.Transport, door.FalseAlarmsPerDay = "door", "Front door", "rtsp://user:open@sesame@door/1", "tcp", 0.5
	for _, text := range []string{"mon-fri 18:00-06:00", "sat,sun"} {
		span, err := cameras.ParseSpan(text)
		if err != nil {
			t.Fatal(err)
		}
		door.Schedule = append(door.Schedule, span)
	}
	yard.Name, yard.Title, yard.Input, yard.Publish = "yard", "yard", "rtsp://u:sesame@yard/1", []string{}
	film.Name, film.Title, film.Input, film.Loop, film.Overlay, film.Alpha = "film", "film", cameras.Address(filepath.Join(dir, "film.mp4")), true, "mask+outline", 0.1
	film.Model += ";" + film.Model
	film.MaxViewers = 3
	film.Zones = zones.List{{Name: "gate", Kind: zones.Judge, Points: []zones.Point{{}, {X: 0.5}, {X: 0.5, Y: 1}}, LeastTime: 2}}
	if r := c.Recordings; r == nil || r.Folder != filepath.Join(dir, "kept") || r.Mode != "events" || r.MaxSize != "50GB" || r.PreRoll != 5*time.Second || r.KeepDays != 7 {
		t.Errorf("recordings are %+v", r)
	}
	for i, want := range []cameras.Camera{door, yard, film} {
		if !reflect.DeepEqual(c.Cameras[i], want) {
			t.Errorf("camera %d is\n%+v, want\n%+v", i, c.Cameras[i], want)
		}
	}
}

// TestMistakes: each is told with its line, all of them at once.
func TestMistakes(t *testing.T) {
	file := filepath.Join(folder(t), "cameras.yaml")
	const good = "cameras:\n  a: {input: rtsp://h/1, model: door.avid}\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", `: it is empty`},
		"a comment":        {"# nothing\n", `: it is empty`},
		"no YAML":          {"cameras: [\n", `:1: no YAML: `},
		"a list":           {"- a\n", `:1: the file: want names with values`},
		"two documents":    {good + "---\n" + good, `:3: it has more than one document`},
		"no cameras":       {"listen: 127.0.0.1:1\n", `:1: the file has no cameras`},
		"cameras empty":    {"cameras: {}\n", `:1: cameras has no camera`},
		"unknown":          {good + "colour: red\n", `:3: the file has no "colour"; it may have cameras, defaults`},
		"mistyped":         {good + "max-viewer: 3\n", `:3: the file has no "max-viewer"; is "max-viewers" meant?`},
		"twice":            {good + "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", `:4: the file has "listen" twice; the first is in line 3`},
		"name":             {"cameras:\n  metrics: {input: /dev/video0, model: door.avid}\n", `:2: camera "metrics": want a name`},
		"name with slash":  {"cameras:\n  a/b: {input: /dev/video0, model: door.avid}\n", `:2: camera "a/b": want a name`},
		"no input":         {"cameras:\n\n  a: {model: door.avid}\n", `:3: camera "a" has no input`},
		"no model":         {"cameras:\n  a: {input: /dev/video0}\n", `:2: camera "a" has no model`},
		"model missing":    {"cameras:\n  a:\n    input: /dev/video0\n    model: none.avid\n", `:4: camera "a": model: stat `},
		"model a folder":   {"cameras:\n  a:\n    input: /dev/video0\n    model: .\n", `:4: camera "a": model: `},
		"empty value":      {"cameras:\n  a:\n    input:\n    model: door.avid\n", `:3: camera "a": input is empty`},
		"latency":          {"cameras:\n  a: {input: /dev/video0, model: door.avid, latency: 500}\n", `:2: camera "a": latency is "500"; want a time`},
		"latency below 0":  {"cameras:\n  a: {input: /dev/video0, model: door.avid, latency: -1s}\n", `:2: camera "a": latency is "-1s"`},
		"transport":        {"cameras:\n  a: {input: /dev/video0, model: door.avid, transport: tls}\n", `:2: camera "a": transport is "tls"; want auto, tcp, udp`},
		"not a number":     {"cameras:\n  a: {input: /dev/video0, model: door.avid, alpha: .nan}\n", `:2: camera "a": alpha is ".nan"; want a number of 0 to 1`},
		"truth":            {"cameras:\n  a: {input: /dev/video0, model: door.avid, live: 1}\n", `:2: camera "a": live is "1"; want true or false`},
		"overlay":          {"cameras:\n  a: {input: /dev/video0, model: door.avid, overlay: mask+line}\n", `:2: camera "a": overlay is "mask+line"`},
		"schedule":         {"cameras:\n  a: {input: /dev/video0, model: door.avid, schedule: weekend}\n", `:2: camera "a": schedule is "weekend": want days`},
		"publish":          {"publish: {x: mqtt://h}\ncameras:\n  a: {input: /dev/video0, model: door.avid, publish: y}\n", `:3: camera "a": publish has "y"`},
		"exclude":          {"cameras:\n  a: {input: /dev/video0, model: door.avid, zeta: 0.1, false-alarms-per-day: 2}\n", `:2: camera "a": zeta and false-alarms-per-day`},
		"environment":      {"cameras:\n  a: {input: \"rtsp://${NONE}@h\", model: door.avid}\n", `:2: camera "a": input: the environment has no NONE`},
		"secret file":      {good + "token-file: none.txt\n", `:3: token-file: open `},
		"open to others":   {good + "listen: 0.0.0.0:8889\n", `:1: listen "0.0.0.0:8889" is open to other machines`},
		"title for all":    {"defaults: {title: x}\n" + good, `:1: defaults has no "title"`},
		"alias of itself":  {"cameras: &a\n  a: *a\n", `: an alias in it stands for what it is in itself`},
		"a list as value":  {good + "listen: [127.0.0.1:1]\n", `:3: listen is empty, or no single value`},
		"viewers":          {good + "max-viewers: 0\n", `:3: max-viewers is "0"; want a whole number of 1 to 1000`},
		"camera's viewers": {good + "  b: {input: x, model: door.avid, max-viewers: 2.5}\n", `:3: camera "b": max-viewers is "2.5"; want a whole number of 1 to 1000`},
		"zones":            {"cameras:\n  a:\n    input: /dev/video0\n    model: door.avid\n    zones: [{name: x, kind: look, points: [[0,0],[1,0],[1,1]]}]\n", `:5: camera "a": zones: zones not possible: zone "x": its kind is "look"`},
		"zones file":       {"cameras:\n  a: {input: /dev/video0, model: door.avid, zones: none.json}\n", `:2: camera "a": zones: zones not possible: stat `},
		"recordings":       {good + "recordings: {mode: all, folder: x}\n", `:3: recordings: mode is "all"`},
		"no folder":        {good + "recordings: {mode: events}\n", `:3: recordings has no folder`},
		"user":             {good + "users: {\"a b\": {token: x}}\n", `:3: access: user not possible: name "a b"`},
		"user no token":    {good + "users:\n  anna: {manage: true}\n", `:4: user "anna" has no token`},
		"user's camera":    {good + "users:\n  anna: {token: x, cameras: [a, b]}\n", `:4: user "anna": cameras has "b"`},
		"user's hash":      {good + "users:\n  anna: {token-hash: $argon2id$x}\n", `:4: anna: access: user not possible: no hash of Argon2id`},
		"address mistyped": {"cameras:\n  a: {input: {fil: x}, model: door.avid}\n", `:2: camera "a": input has no "fil"; is "file" meant?`},
	} {
		_, err := cameras.Parse([]byte(c.text), file, rules)
		var m *cameras.MistakesError
		if !errors.As(err, &m) || len(m.All) != 1 || !strings.HasPrefix(err.Error(), file+c.want) {
			t.Errorf("%s: %v\nwant %s%s", name, err, file, c.want)
		}
	}
	_, err := cameras.Parse([]byte("listn: x\ncameras:\n  a: {input: rtsp://u:sesame@h, model: x}\n  a: {}\nmax-viewers: no\n"), file, rules)
	if err == nil || strings.Count(err.Error(), "\n") != 3 || strings.Contains(err.Error(), "sesame") {
		t.Errorf("of four mistakes these are told, and no password:\n%v", err)
	}
}

func TestSchedule(t *testing.T) {
	at := func(day, clock string) time.Time { // the week of 2026-11-22, a Sunday
		when, err := time.Parse("Mon 15:04", day+" "+clock)
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{"Sun": 0, "Mon": 1, "Tue": 2, "Wed": 3, "Thu": 4, "Fri": 5, "Sat": 6}[day]
		return time.Date(2026, 11, 22+n, when.Hour(), when.Minute(), 0, 0, time.UTC)
	}
	for _, c := range []struct {
		spans, day, clock string
		on                bool
	}{
		{"", "Mon", "12:00", true},
		{"sat,sun", "Fri", "23:59", false}, {"sat,sun", "Sat", "00:00", true}, {"sat,sun", "Sun", "23:59", true}, {"sat,sun", "Mon", "00:00", false},
		{"08:00-18:00", "Wed", "07:59", false}, {"08:00-18:00", "Wed", "08:00", true}, {"08:00-18:00", "Wed", "18:00", false},
		{"mon-fri 18:00-06:00", "Mon", "05:00", false}, {"mon-fri 18:00-06:00", "Mon", "18:00", true}, {"mon-fri 18:00-06:00", "Sat", "05:59", true},
		{"mon-fri 18:00-06:00", "Sat", "06:00", false}, {"mon-fri 18:00-06:00", "Sat", "19:00", false},
		{"fri-mon", "Sun", "12:00", true}, {"fri-mon", "Tue", "12:00", false},
		{"mon 12:00-24:00", "Mon", "23:59", true}, {"mon 12:00-24:00", "Tue", "00:00", false}, {"mon 12:00-00:00", "Tue", "00:00", false},
		{"sat;08:00-09:00", "Tue", "08:30", true}, {"sat;08:00-09:00", "Tue", "09:30", false},
	} {
		var s cameras.Schedule
		for _, text := range strings.Split(c.spans, ";") {
			if text == "" {
				continue
			}
			span, err := cameras.ParseSpan(text)
			if err != nil {
				t.Fatal(err)
			}
			s = append(s, span)
		}
		if got := s.On(at(c.day, c.clock)); got != c.on {
			t.Errorf("%q at %s %s: %v, want %v", c.spans, c.day, c.clock, got, c.on)
		}
	}
	for _, text := range []string{"", "x", "mon-", "mon 18:00", "18:00", "25:00-26:00", "08:00-08:00", "24:00-08:00", "mon tue 08:00-09:00", "8-9", "mon,,tue"} {
		if s, err := cameras.ParseSpan(text); !errors.Is(err, cameras.ErrSchedule) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

// FuzzParse: whatever a file has in it is read or refused, in time.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"cameras: {a: {input: x, model: y}}", "a: &a [*a]", "a: &a {b: 1}\nc: {<<: *a}", "? [a]\n: b", "cameras:\n  a: *x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := cameras.Parse([]byte(text), "/none/cameras.yaml", rules)
		var m *cameras.MistakesError
		if err != nil && (!errors.As(err, &m) || len(m.All) == 0) {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil && len(c.Cameras) == 0 {
			t.Errorf("%q: no camera and no mistake", text)
		}
	})
}

// TestDocumented: docs/serve.md has every setting.
func TestDocumented(t *testing.T) {
	docs, err := os.ReadFile("../../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"qqqqqqqqqqqq: 1\n", "cameras:\n  a: {qqqqqqqqqqqq: 1}\n"} {
		_, err := cameras.Parse([]byte(text), "cameras.yaml", rules)
		_, list, found := strings.Cut(err.Error(), "it may have ")
		if !found {
			t.Fatal(err)
		}
		list, _, _ = strings.Cut(list, "\n")
		for name := range strings.SplitSeq(list, ", ") {
			if !strings.Contains(string(docs), "`"+name+"`") && !strings.Contains(string(docs), "\n"+name+":") {
				t.Errorf("docs/serve.md does not have %s", name)
			}
		}
	}
}
