package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestDeviceOptionsFlag: what is not key=value ends the command before any work.
func TestDeviceOptionsFlag(t *testing.T) {
	for _, wrong := range []string{"fast", "device_id=1", "a=1,a=2"} {
		d := deviceFlags{device: "cuda", tuning: wrong}
		if _, err := d.options(); err == nil || !strings.Contains(err.Error(), "device options are not valid") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	d := deviceFlags{device: "cuda", tuning: "gpu_mem_limit=5"}
	if o, err := d.options(); err != nil || o.DeviceOptions["gpu_mem_limit"] != "5" {
		t.Errorf("got %+v, %v", o, err)
	}
}

// TestNoteOnce: what the engine notes is said once, though devices are opened
// often.
func TestNoteOnce(t *testing.T) {
	var said bytes.Buffer
	c := &cobra.Command{}
	c.SetErr(&said)
	var d deviceFlags
	d.add(c)
	d.device = "auto"
	o, err := d.options()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		o.Note("cuda not used: too little memory")
	}
	if got, want := said.String(), "avid: cuda not used: too little memory\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestWhere(t *testing.T) {
	if got := where("cuda", ""); got != "cuda" {
		t.Errorf("got %q", got)
	}
	if got, want := where("cpu", "cuda not used: no NVIDIA driver"), "cpu (cuda not used: no NVIDIA driver)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
