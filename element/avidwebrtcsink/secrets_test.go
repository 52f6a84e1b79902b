package avidwebrtcsink

import (
	"os"
	"path/filepath"
	"testing"

	"avid/element/pipeline"
)

// TestSecretsFromFiles: the token and the TURN servers of a file are used as those
// of the properties are, and what the files have is not read back.
func TestSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	token, turn := filepath.Join(dir, "token"), filepath.Join(dir, "turn")
	for path, text := range map[string]string{token: "hunter2\n", turn: "turn:u:hunter2@h:1, turn:u:hunter2@h:2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := " token-file=" + token + " turn-servers-file=" + turn
	f := use(t, &fakes{})
	mustPlay(t, raw(5, "format=I420,"+small)+"avidwebrtcfaked codec=vp8"+files)
	if c := f.servers[0].config; c.Token != "hunter2" || len(c.TURNServers) != 2 {
		t.Errorf("served with %+v", c)
	}
	f = use(t, &fakes{})
	mustPlay(t, raw(5, "format=I420,"+small)+"avidwebrtcfaked codec=vp8 whip-endpoint=https://media.example/x"+files)
	if c := f.pushed[0]; c.Token != "hunter2" || len(c.TURNServers) != 2 {
		t.Errorf("pushed with %+v", c)
	}
}

// TestReadBack: what is secret in a setting that can be read is not read.
func TestReadBack(t *testing.T) {
	f := use(t, &fakes{})
	p, err := pipeline.Parse(raw(5, "format=I420,"+small) + "avidwebrtcfaked name=sink codec=vp8 title=Yard stun-server=stun:u:hunter2@h:1 whip-endpoint=https://media.example/x?key=hunter2")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for property, want := range map[string]string{"title": "Yard", "stun-server": "stun:***@h:1", "whip-endpoint": "https://media.example/x?key=***"} {
		if got, err := p.Get("sink", property); err != nil || got != want {
			t.Errorf("%s: %q, %v", property, got, err)
		}
	}
	if _, err := p.Run(idle); err != nil {
		t.Fatal(err)
	}
	if c := f.pushed[0]; c.Endpoint != "https://media.example/x?key=hunter2" || c.STUNServer != "stun:u:hunter2@h:1" {
		t.Errorf("pushed with %+v", c)
	}
}
