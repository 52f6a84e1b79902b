package browser_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// foxPrefs let Firefox use loopback addresses for video, keep it from fetching anything, and
// have it choose the port of Marionette, the protocol that drives it; what it recommends for
// tests it sets by itself.
const foxPrefs = `
user_pref("marionette.port", 0);
user_pref("media.autoplay.default", 0);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("services.settings.server", "data:,");
user_pref("ui.prefersReducedMotion", 1);
`

// fox is a Firefox without a screen, of one window. Its commands are those of WebDriver, sent
// by Marionette: lines of JSON behind their length (firefox-source-docs, Marionette, Protocol).
type fox struct {
	testing.TB
	conn net.Conn
	in   *bufio.Reader
	last int // number of the last command
}

// newFox starts a Firefox that ends with the test, which then fails for what the console
// complained of.
func newFox(t testing.TB, w, h int) *fox {
	t.Helper()
	program := ""
	for _, name := range []string{"firefox-esr", "firefox"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" && mayLack() {
		t.Skip("no Firefox here")
	} else if program == "" {
		t.Fatal("no Firefox here: make test installs it on Debian (package firefox-esr)")
	}
	profile, err := os.MkdirTemp("", "avid-fox")
	if err == nil {
		err = os.WriteFile(filepath.Join(profile, "user.js"), []byte(foxPrefs), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-remote", "--profile", profile, "--marionette", "--remote-allow-system-access")
	cmd.Env = append(os.Environ(), "HOME="+profile, fmt.Sprintf("MOZ_HEADLESS_WIDTH=%d", w), fmt.Sprintf("MOZ_HEADLESS_HEIGHT=%d", h))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has many processes
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f := &fox{TB: t}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()              // it was killed
		end := time.Now().Add(soon) // its last processes write for a moment longer
		for os.RemoveAll(profile) != nil && time.Now().Before(end) {
			time.Sleep(20 * time.Millisecond)
		}
	})
	f.connect(filepath.Join(profile, "MarionetteActivePort"))
	t.Cleanup(func() {
		for _, one := range f.console() {
			t.Errorf("console: %s", one)
		}
		_ = f.conn.Close()
	})
	return f
}

// connect begins a session at the port that a file has, once it is there.
func (f *fox) connect(file string) {
	f.Helper()
	for end := time.Now().Add(soon); f.conn == nil; time.Sleep(20 * time.Millisecond) {
		port, err := os.ReadFile(file)
		if err == nil && len(port) > 0 {
			f.conn, err = net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(string(port)))
		}
		if err != nil && time.Now().After(end) {
			f.Fatalf("Firefox cannot be driven: %v", err)
		}
	}
	f.in = bufio.NewReader(f.conn)
	if _, err := f.receive(); err != nil { // its greeting
		f.Fatal(err)
	}
	f.do("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{}})
}

// receive reads a message.
func (f *fox) receive() ([]byte, error) {
	if err := f.conn.SetReadDeadline(time.Now().Add(2 * soon)); err != nil {
		return nil, err
	}
	length, err := f.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		return nil, err
	}
	message := make([]byte, n)
	_, err = io.ReadFull(f.in, message)
	return message, err
}

// ask sends a command and gives its result.
func (f *fox) ask(command string, params map[string]any) (json.RawMessage, error) {
	f.last++
	text, err := json.Marshal([]any{0, f.last, command, params})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(f.conn, "%d:%s", len(text), text); err != nil {
		return nil, err
	}
	answer, err := f.receive()
	if err != nil {
		return nil, err
	}
	var parts [4]json.RawMessage // 1, the command's number, the error, the result
	if err := json.Unmarshal(answer, &parts); err != nil {
		return nil, err
	}
	if string(parts[2]) != "null" {
		return nil, fmt.Errorf("%s: %s", command, parts[2])
	}
	return parts[3], nil
}

// do is ask of what must not fail, and gives the result's value.
func (f *fox) do(command string, params map[string]any) json.RawMessage {
	f.Helper()
	answer, err := f.ask(command, params)
	if err != nil {
		f.Fatal(err)
	}
	var result struct{ Value json.RawMessage }
	_ = json.Unmarshal(answer, &result) // a list has none
	return result.Value
}

// foxEval gives the value of an expression, which may be a promise.
func foxEval[T any](f *fox, expression string) (v T) {
	f.Helper()
	value := f.do("WebDriver:ExecuteAsyncScript", map[string]any{"args": []any{}, "scriptTimeout": soon.Milliseconds(),
		"script": "const done = arguments[0]; (async () => (" + expression + "))().then((value) => done({ value }), (e) => done({ error: `${e}` }))"})
	var got struct {
		Value json.RawMessage
		Error string
	}
	err := json.Unmarshal(value, &got)
	if err == nil && got.Error != "" {
		err = errors.New(got.Error)
	}
	if err == nil && got.Value != nil {
		err = json.Unmarshal(got.Value, &v)
	}
	if err != nil {
		f.Fatalf("%v in %.300s", err, expression)
	}
	return v
}

// wait waits until an expression is true.
func (f *fox) wait(expression string) {
	f.Helper()
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if foxEval[bool](f, "Boolean(await ("+expression+"))") {
			return
		}
	}
	f.shot("failed-firefox")
	f.Fatalf("never true: %s\nthe page says:\n%s", expression, foxEval[string](f, `document.body.innerText.slice(0, 600)`))
}

func (f *fox) open(address string) {
	f.Helper()
	f.do("WebDriver:Navigate", map[string]any{"url": address})
}

// key presses keys, one after the other, as WebDriver calls them (section 17.4.2).
func (f *fox) key(keys ...string) {
	f.Helper()
	var all []any
	for _, k := range keys {
		all = append(all, map[string]any{"type": "keyDown", "value": k}, map[string]any{"type": "keyUp", "value": k})
	}
	f.do("WebDriver:PerformActions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keys", "actions": all}}})
}

// pointer presses, moves and releases a pointer, "touch" or "mouse", at places of the window.
func (f *fox) pointer(kind string, places ...[2]float64) {
	f.Helper()
	var all []any
	for i, at := range places {
		all = append(all, map[string]any{"type": "pointerMove", "x": int(at[0]), "y": int(at[1]), "duration": 50})
		if i == 0 {
			all = append(all, map[string]any{"type": "pointerDown", "button": 0})
		}
	}
	all = append(all, map[string]any{"type": "pointerUp", "button": 0})
	f.do("WebDriver:PerformActions", map[string]any{"actions": []any{map[string]any{"type": "pointer", "id": kind, "parameters": map[string]any{"pointerType": kind}, "actions": all}}})
}

// chrome evaluates an expression with Firefox's own rights.
func (f *fox) chrome(expression string) json.RawMessage {
	f.Helper()
	f.do("Marionette:SetContext", map[string]any{"value": "chrome"})
	defer f.do("Marionette:SetContext", map[string]any{"value": "content"})
	return f.do("WebDriver:ExecuteScript", map[string]any{"args": []any{}, "script": "return " + expression})
}

// dark has pages shown in dark colours, or light ones.
func (f *fox) dark(on bool) {
	f.Helper()
	f.chrome(fmt.Sprintf(`Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", %d)`, map[bool]int{true: 0, false: 1}[on]))
	f.wait(fmt.Sprintf(`matchMedia("(prefers-color-scheme: dark)").matches === %v`, on))
}

// console is what the pages' scripts and styles did wrong.
func (f *fox) console() (all []string) {
	f.Helper()
	text := f.chrome(`Services.console.getMessageArray().filter((m) => m instanceof Ci.nsIScriptError && m.sourceName.startsWith("http://127.0.0.1")).map((m) => m.errorMessage + " " + m.sourceName + ":" + m.lineNumber)`)
	if err := json.Unmarshal(text, &all); err != nil {
		f.Fatal(err)
	}
	return all
}

// size gives the page a size in CSS pixels.
func (f *fox) size(w, h int) {
	f.Helper()
	for range 3 { // the first time the frame around it is not known
		outer := foxEval[[2]int](f, `[outerWidth - innerWidth, outerHeight - innerHeight]`)
		f.do("WebDriver:SetWindowRect", map[string]any{"width": w + outer[0], "height": h + outer[1]})
	}
	if got := foxEval[[2]int](f, `[innerWidth, innerHeight]`); got != [2]int{w, h} {
		f.Fatalf("the page is %v, not %d × %d", got, w, h)
	}
}

// shot takes a screenshot and keeps it where AVID_SHOTS says.
func (f *fox) shot(name string) {
	f.Helper()
	dir := os.Getenv("AVID_SHOTS")
	if dir == "" {
		return
	}
	var text string
	err := json.Unmarshal(f.do("WebDriver:TakeScreenshot", map[string]any{"full": false, "hash": false}), &text)
	data, err2 := base64.StdEncoding.DecodeString(text)
	if err := errors.Join(err, err2); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		f.Error(err)
	}
}
