package onvif

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/runtime/analyze"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 123e6, time.UTC)

// documents are one of each kind, with what must be in them.
func documents(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	keep := func(name string, text []byte, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = text
	}
	frame := func(name string, f *Frame, more ...Property) {
		text, err := Document(f, more)
		keep(name, text, err)
	}
	told := func(name string, r event.Record) Property {
		p, err := PropertyOf(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		frame(name, nil, p)
		return p
	}
	two := &Frame{At: noon, W: 400, H: 200, Objects: []Object{{7, verdict.Box{X: 100, Y: 50, W: 40, H: 20, Score: 0.75}}, {8, verdict.Box{W: 1, H: 1}}}}
	frame("frame", two)
	frame("empty", &Frame{At: noon.In(time.FixedZone("", 3600)), W: 352, H: 240})
	begin := told("begin", event.Record{Type: "begin", Camera: `A & "B"`, Time: 1795867200.123, Zone: "gate"})
	end := told("end", event.Record{Type: "end", Camera: "yard", Time: 1795867200.123})
	frame("both", two, begin, end)
	frame("initial", nil, Property{At: noon, Name: Name{Topic, "yard", WholePicture}, Operation: Initialized})
	frame("deleted", nil, Property{At: noon, Name: Name{Topic, "yard", "gate"}, Operation: Deleted})
	for _, s := range analyze.Scenes() {
		for _, state := range []string{"begin", "end"} {
			told(string(s)+" "+state, event.Record{Type: "scene-" + state, Kind: string(s), Camera: "yard", Time: 1795867200.123})
		}
	}
	return all
}

func TestDocuments(t *testing.T) {
	all := documents(t)
	for name, wants := range map[string][]string{
		"frame": {`UtcTime="2026-11-28T12:00:00.123Z"`, `<tt:Translate x="-1" y="1">`, `<tt:Scale x="0.005" y="-0.01">`, `ObjectId="7"`,
			`left="100" top="50" right="140" bottom="70"`, `<tt:CenterOfGravity x="120" y="60">`, `<tt:Type>Other</tt:Type><tt:Likelihood>0.75<`, `ObjectId="8"`},
		"empty":   {`UtcTime="2026-11-28T12:00:00.123Z"`},
		"begin":   {`>` + Topic + `<`, `PropertyOperation="Changed"`, `Value="A &amp; &#34;B&#34;"`, `Value="gate"`, `Name="State" Value="true"`},
		"both":    {`ObjectId="7"`, `Value="gate"`, `Name="RuleName" Value="avid"`},
		"end":     {`Name="RuleName" Value="avid"`, `Name="State" Value="false"`},
		"initial": {`PropertyOperation="Initialized"`, `Name="State" Value="false"`},
		"deleted": {`PropertyOperation="Deleted"`, `Value="gate"></tt:SimpleItem></tt:Source></tt:Message>`},
		"dark begin": {`>tns1:VideoSource/ImageTooDark/AnalyticsService<`, `PropertyOperation="Changed"`, `Name="VideoSource" Value="yard"`,
			`Name="RuleName" Value="dark"`, `Name="State" Value="true"`},
		"covered end":      {`>tns1:VideoSource/GlobalSceneChange/AnalyticsService<`, `Name="RuleName" Value="covered"`, `Name="State" Value="false"`},
		"camera-moved end": {`>tns1:VideoSource/GlobalSceneChange/AnalyticsService<`, `Name="RuleName" Value="camera-moved"`},
		"light end":        {`>tns1:VideoSource/GlobalSceneChange/AnalyticsService<`, `Name="RuleName" Value="light"`},
		"out-of-focus end": {`>tns1:VideoSource/ImageTooBlurry/AnalyticsService<`},
		"frozen end":       {`xmlns:tnsavid="urn:avid:onvif:topics"`, `>tns1:VideoSource/tnsavid:ImageFrozen<`},
		"drift end":        {`>tns1:VideoSource/tnsavid:ScoreDrift<`},
	} {
		for _, want := range wants {
			if !strings.Contains(string(all[name]), want) {
				t.Errorf("%s lacks %s:\n%s", name, want, all[name])
			}
		}
	}
}

// TestSchema holds each document against ONVIF's schema, and the schema against one
// that is wrong.
func TestSchema(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v (make setup-tests installs it)", err)
		}
		t.Skip("xmllint is not installed")
	}
	valid := func(text []byte) (bool, string) {
		path := filepath.Join(t.TempDir(), "document.xml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--schema", "testdata/schema/onvif.xsd", path).CombinedOutput()
		return err == nil, string(out)
	}
	for name, text := range documents(t) {
		if ok, out := valid(text); !ok {
			t.Errorf("%s: %s\n%s", name, out, text)
		}
		wrong := strings.NewReplacer("UtcTime=", "Utc=").Replace(string(text))
		if ok, _ := valid([]byte(wrong)); ok {
			t.Errorf("%s passes without its time", name)
		}
	}
}

func TestRefused(t *testing.T) {
	if _, err := Document(&Frame{At: noon, H: 240}, nil); !errors.Is(err, ErrSize) {
		t.Errorf("no width: %v", err)
	}
	if _, err := Document(nil, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
	for _, kind := range []string{"change", "scene-begin", ""} {
		if _, err := PropertyOf(event.Record{Type: kind, Kind: "moving"}); !errors.Is(err, ErrKind) {
			t.Errorf("type %q: %v", kind, err)
		}
	}
}

// TestNames: a camera has a property of each zone and of each scene, as the records of
// their events name them.
func TestNames(t *testing.T) {
	for _, c := range []struct{ zones, rules []string }{{nil, []string{WholePicture}}, {[]string{"gate", "road"}, []string{"gate", "road"}}} {
		var want []Name
		for _, r := range c.rules {
			want = append(want, Name{Topic, "yard", r})
		}
		for _, s := range analyze.Scenes() {
			p, err := PropertyOf(event.Record{Type: event.SceneBegin, Kind: string(s), Camera: "yard"})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, p.Name)
		}
		got := Names("yard", c.zones)
		order := func(a, b Name) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", c.zones, got, want)
		}
	}
}
