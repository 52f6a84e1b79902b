// Package servers_test runs what README and docs/servers.md say of other programs, with
// these programs: MediaMTX, go2rtc, mosquitto, gst-rtsp-server.
package servers_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is for what must happen some time, also on a machine that is busy.
const patience = 3 * time.Minute

// root is the repository's.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// stage is a folder that looks like a checkout, in which each port that the documents
// name is a free one of this machine.
type stage struct {
	t     *testing.T
	dir   string
	ports *strings.Replacer
	port  map[string]string
}

// named are the ports in README, docs/servers.md and pipelines/.
var named = []string{"8554", "8889", "8989", "8189", "8890", "1883", "8654", "1984", "8655", "8754", "9000"}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir(), port: map[string]string{}}
	var pairs []string
	for _, p := range named {
		s.port[p] = freePort(t)
		pairs = append(pairs, p, s.port[p])
	}
	s.ports = strings.NewReplacer(pairs...)
	for _, name := range []string{"demo", "build"} {
		if err := os.Symlink(filepath.Join(root(t), name), filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(s.dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.copy("pipelines", "pipelines/servers")
	return s
}

// copy has the files of folders, with the stage's ports.
func (s *stage) copy(folders ...string) {
	s.t.Helper()
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join(root(s.t), folder, "*.*"))
		if err != nil || len(paths) == 0 {
			s.t.Fatalf("%s: %d files, %v", folder, len(paths), err)
		}
		if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o755); err != nil {
			s.t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(filepath.Join(s.dir, folder, filepath.Base(path)), []byte(s.ports.Replace(string(text))), 0o755)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// freePort is a port that nobody uses, of TCP and of UDP.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		u, err := net.ListenPacket("udp", l.Addr().String())
		l.Close()
		if err != nil {
			continue
		}
		u.Close()
		return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	}
	t.Fatal("no port is free")
	return ""
}

// process is a shell with all that it started.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	log string
}

// start runs a shell text in the stage until the test ends or stop is called. make is
// left out: what it builds is there.
func (s *stage) start(text string) *process {
	s.t.Helper()
	p := &process{t: s.t, log: filepath.Join(s.t.TempDir(), "log")}
	out, err := os.Create(p.log)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	p.cmd = exec.Command("bash", "-eu", "-c", "make() { :; }\n"+s.ports.Replace(text))
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.dir, out, out
	p.cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin", "XDG_STATE_HOME="+s.dir,
		"GST_PLUGIN_PATH="+filepath.Join(root(s.t), "build", "gstreamer-1.0"))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.stop)
	return p
}

// stop ends all of it: politely, so that servers end what they have started, then surely.
func (p *process) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	ended := make(chan struct{})
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) // it may have ended
	go func() { _ = p.cmd.Wait(); close(ended) }()        // by a signal
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-ended
	if p.t.Failed() {
		text, _ := os.ReadFile(p.log)
		p.t.Logf("%s", text[max(0, len(text)-4000):])
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}

// plays says whether so many pictures come from an RTSP address, given with the port
// that documents name.
func (s *stage) plays(address string, pictures int) bool {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "gst-launch-1.0", "-q", "rtspsrc", "protocols=tcp", "location="+s.ports.Replace(address), "!", "rtph264depay", "!",
		"h264parse", "!", "avdec_h264", "!", "fakesink", fmt.Sprintf("num-buffers=%d", pictures))
	return cmd.Run() == nil
}

// shell is the shell block of a document behind a mark.
func shell(t *testing.T, document, mark string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), document))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- test: " + mark + " -->\n```sh\n(.*?)```\n").FindSubmatch(text)
	if block == nil {
		t.Fatalf("%s has no shell block marked %q", document, mark)
	}
	return string(block[1])
}

// need fails the test where a program that make setup-servers installs is not there.
func need(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root(t), path)); err != nil {
		t.Fatalf("%v (make all setup-servers)", err)
	}
}
