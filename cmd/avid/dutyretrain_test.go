//go:build !nogst

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// comesTo waits until a camera's training says so. At the lowest priority that may take long
// on a busy machine.
func comesTo(t *testing.T, camera, words string) {
	t.Helper()
	for end, body := time.Now().Add(15*time.Minute), ""; !strings.Contains(body, words); time.Sleep(50 * time.Millisecond) {
		if _, body = get(t, camera, ""); strings.Contains(body, `"state":"failed"`) || time.Now().After(end) {
			t.Fatal(body)
		}
	}
}

// TestServeRetrain: a camera on duty is trained anew from its recordings, compared, judged
// beside and swapped without being started anew; and back.
func TestServeRetrain(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	ordinary, _ := walkFilms(t, dir)
	f := newFilmed(t, filepath.Join(dir, "kept"), "yard")
	f.film(ordinary, 0, 0)
	f.film(ordinary, 0, 0)
	f.close()
	present := filepath.Join(dir, "yard.avid")
	line := append([]string{"train", "--normal", ordinary, "-o", present}, tiny...)
	if status, _, errOut := avid(t, line...); status != 0 {
		t.Fatal(errOut)
	}
	file := filepath.Join(dir, "cameras.yaml")
	text := strings.ReplaceAll(serveHead, "BUNDLE", present) + "  yard: {input: " + ordinary + "}\n  gate: {input: " + ordinary + "}\n" +
		"state: state\nrecordings: {folder: kept, min-free: 0, keep-days: 0}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, stop := start(t, "serve", file, "--no-browser")
	address := out.find(t, `2 cameras at (http://\S+),`)
	waitFor(t, address+"metrics", func(body string) bool { n, _ := metric(body, "inferences_total", "yard"); return n > 3 })
	yard := address + "api/cameras/yard"
	for _, c := range []struct {
		method, path, body, words string
		status                    int
	}{
		{"POST", "/promote", "{}", "there is no new bundle", 409},
		{"POST", "/promote/back", "", "nothing to go back to", 409},
		{"DELETE", "/retrain", "", "no training of it is under way", 409},
		{"POST", "/retrain", `{"hours":"6"}`, "want hours of the day", 409},
		{"POST", "/retrain", `{"footage":"much"}`, "want a time", 409},
		{"POST", "/retrain", `{"footage":"5h"}`, "up to 4h", 409},
		{"POST", "/retrain", `{"resume":true}`, "begin it anew", 409},
		{"GET", "/report", "", "no such", 404},
		{"PATCH", "", `{"shadow_model":"/etc/passwd"}`, "below the folder", 409},
		{"PATCH", "", `{"shadow_model":"../yard.avid"}`, "below the folder", 409},
		{"PATCH", "", `{"shadow_model":"none.avid"}`, "no bundle of this name", 409},
		{"GET", "", "", `"model":{"file":"yard.avid","sha256":"`, 200},
		{"POST", "/retrain", `{"days":1,"footage":"90s"}`, "", 204},
		{"POST", "/retrain", `{}`, "is under way", 409},
	} {
		if status, answer := ask(t, c.method, yard+c.path, c.body); status != c.status || !strings.Contains(answer, c.words) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.method, c.path, c.body, status, answer, c.status, c.words)
		}
	}
	comesTo(t, yard, `"state":"ready"`)
	if _, body := get(t, yard, ""); !strings.Contains(body, `"report":"/api/cameras/yard/report"`) || !strings.Contains(body, `"compared":{"hours":0.0`) || !strings.Contains(body, `"previous":false`) {
		t.Errorf("the camera says %s", body)
	}
	if status, answer := ask(t, "DELETE", yard+"/retrain", ""); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	waitFor(t, yard, func(body string) bool {
		return strings.Contains(body, `"state":"kept"`) && strings.Contains(body, `"compared":`)
	})
	if status, page := get(t, yard+"/report", ""); status != 200 || !strings.Contains(page, "may yard.next.avid take the place of yard.avid?") {
		t.Errorf("%d %.200s", status, page)
	}
	if status, answer := ask(t, "PATCH", yard, `{"shadow_model":"yard.next.avid"}`); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	waitFor(t, yard, func(body string) bool {
		return strings.Contains(body, `"shadow":{"model":"yard.next.avid","judged":`) && !strings.Contains(body, `"judged":0,`)
	})
	if status, answer := ask(t, "PATCH", yard, `{"shadow_model":""}`); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := ask(t, "POST", yard+"/promote", `{"force":true}`); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	errOut.find(t, `(yard: its bundle has changed, and the new one judges)`)
	waitFor(t, yard, func(body string) bool {
		return strings.Contains(body, `"state":"promoted"`) && strings.Contains(body, `"previous":true`)
	})
	if status, answer := ask(t, "POST", yard+"/promote/back", ""); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	for end := time.Now().Add(time.Minute); strings.Count(errOut.String(), "yard: its bundle has changed") < 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the previous bundle does not judge: %s", errOut)
		}
	}
	if strings.Contains(errOut.String(), "anew: yard") || strings.Contains(errOut.String(), "trying again") {
		t.Errorf("the camera was started anew: %s", errOut)
	}

	// One that is cancelled ends, and so does one that waits for it.
	for _, name := range []string{"yard", "gate"} {
		if status, answer := ask(t, "POST", address+"api/cameras/"+name+"/retrain", `{"footage":"90s"}`); status != 204 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	waitFor(t, yard, func(body string) bool { return strings.Contains(body, `"state":"training"`) })
	for _, name := range []string{"gate", "yard"} {
		if status, answer := ask(t, "DELETE", address+"api/cameras/"+name+"/retrain", ""); status != 204 {
			t.Fatalf("%d %s", status, answer)
		}
		waitFor(t, address+"api/cameras/"+name, func(body string) bool {
			return strings.Contains(body, `"state":"cancelled"`) && !strings.Contains(body, `"resumable"`) // it had saved nothing yet
		})
	}

	// One that is stopped is told as ended, and can go on where it has saved something.
	if status, answer := ask(t, "POST", yard+"/retrain", `{"footage":"90s"}`); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	comesTo(t, yard, `"state":"comparing"`)
	if status := stop(); status != 0 {
		t.Errorf("status %d, %s", status, errOut)
	}
	out, _, _ = start(t, "serve", file, "--no-browser")
	address = out.find(t, `2 cameras at (http://\S+),`)
	waitFor(t, address+"api/cameras/yard", func(body string) bool {
		return strings.Contains(body, `"state":"failed"`) && strings.Contains(body, "avid serve was stopped while it was under way") && strings.Contains(body, `"resumable":true`)
	})
	yard = address + "api/cameras/yard"
	if status, answer := ask(t, "POST", yard+"/retrain", `{"resume":true,"days":1}`); status != 409 || !strings.Contains(answer, "leave hours, days and footage out") {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := ask(t, "POST", yard+"/retrain", `{"resume":true}`); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	comesTo(t, yard, `"state":"ready"`)
}
