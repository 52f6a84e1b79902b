// Package cameras reads the file that says which cameras `avid serve` is on duty for
// (docs/serve.md). It reads strictly: each mistake is told with its line and what would
// be right, and what is not known is one.
package cameras

import (
	"time"

	"avid/models/datasets"
	"avid/models/zones"
	"avid/runtime/access"
)

// Config is a file of cameras. Paths in it are as the file has them, but relative ones
// are of the file's folder.
type Config struct {
	Server Server
	// Users may see and change things, besides whoever has the server's token.
	Users []access.User
	// State is the folder in which what must outlive the process is kept.
	State string
	// Recordings say what is kept of live cameras; nil: nothing.
	Recordings *Recordings
	// Publish are the addresses that every camera's events go to, by name.
	Publish map[string]Address
	// Cameras are in the order of the file.
	Cameras []Camera
	// Lines are where the cameras begin, by name.
	Lines map[string]int
	// Files are the files whose change makes the configuration another one: the file
	// itself and those with secrets that it names.
	Files []string
}

// Server are the settings of the page.
type Server struct {
	Listen          string
	Token           string // read from its file, where that is given
	Insecure        bool
	TLSCert, TLSKey string
	STUNServer      string
	TURNServers     []string
	MediaIPs        []string
	MaxViewers      int
}

// Rules are what a file is held to besides its form.
type Rules struct {
	// Env gives values of the environment.
	Env func(name string) (string, bool)
	// Name tells whether a camera can have a name, which stands in addresses.
	Name func(string) bool
	// Server tells whether the page can have its settings.
	Server func(Server) error
	// Defaults are the page's settings where the file has none, State the folder.
	Defaults Server
	State    string
}

// Address is where something comes from or goes to. It may have a password in it.
type Address string

// Camera is one camera.
type Camera struct {
	Name  string // in addresses, files and messages
	Title string // what the page calls it
	// Input is an address, a capture device, a file or a folder of pictures.
	Input Address
	Model string // its bundle, or several with semicolons between (bundle.Paths)

	Live      bool // also where the address does not say so
	Latency   time.Duration
	Transport string  // one of Transports
	Rate      float64 // frames/s of a folder of pictures
	Loop      bool    // a file is played again and again
	Codec     string  // one of Codecs

	FalseAlarmsPerDay    float64 // 0: as calibrated
	Alpha, Zeta          float64 // below 0: as calibrated
	Device, DeviceOption string
	Overlay              string
	Opacity              float64

	// MaxViewers bounds the viewers of the camera; 0: Server.MaxViewers alone does.
	MaxViewers int
	// Zones are the parts of the picture that are judged apart, left out or hidden.
	Zones zones.List
	// Record says whether a live camera is recorded, where there are Recordings.
	Record bool

	// Schedule is when events are told; always, where it is empty.
	Schedule Schedule
	// Publish are the names of addresses that its events go to; nil: all.
	Publish []string
}

// Recordings are the settings of all recordings: record.Config has what they mean.
type Recordings struct {
	Folder            string
	Mode              string // one of Modes
	PreRoll, PostRoll time.Duration
	Segment           time.Duration
	KeepDays          float64 // 0: for ever
	KeepEventDays     float64
	MaxSize           string // such as 50GB; 0: any
	MinFree           string // such as 5%; 0: none
}

// Modes are the values of Recordings.Mode, the default first.
var Modes = []string{"continuous", "events", "none"}

// The values of Camera.Transport and Camera.Codec, the default first.
var (
	Transports = []string{"auto", "tcp", "udp"}
	Codecs     = []string{"auto", "h264", "vp8"}
	overlays   = []string{"none", "mask", "outline", "heat", "score"}
)

// DefaultLatency is enough for packets of a local network to come in order.
const DefaultLatency = 200 * time.Millisecond

// MostLatency bounds Camera.Latency.
const MostLatency = time.Minute

// mostFalseAlarms is one alarm a second.
const mostFalseAlarms = 86400

// DefaultCamera is a camera but for what it must be told.
func DefaultCamera() Camera {
	return Camera{Latency: DefaultLatency, Transport: Transports[0], Rate: datasets.DefaultRate, Codec: Codecs[0], Alpha: -1, Zeta: -1, Device: "auto",
		Overlay: "none", Opacity: 0.4, Record: true}
}
