//go:build !nogst

package main

// withGStreamer tells whether GStreamer is linked in; nogst.go is for a tool
// without it.
const withGStreamer = true

// What avid --help says of this build.
const (
	about      = ""
	firstSteps = `  avid synth --normal -o normal.mp4             # or footage of your own camera
  avid train --normal normal.mp4 -o cam.avid
  avid run today.mp4 -m cam.avid -o out/`
)
