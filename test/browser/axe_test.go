package browser_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeFile is axe-core, which finds what keeps people from using a page.
const axeFile = "../../build/npm/node_modules/axe-core/axe.min.js"

// axeRun is JavaScript: what axe finds wrong.
const axeRun = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] })
	.then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 120) + " " + (n.any[0] ?? n.all[0] ?? n.none[0])?.message)))`

// loadAxe loads axe-core into the page.
func (p *tab) loadAxe() {
	p.Helper()
	script, err := os.ReadFile(axeFile)
	if errors.Is(err, fs.ErrNotExist) {
		p.Fatal("no axe-core in build/npm: make test fetches it")
	} else if err != nil {
		p.Fatal(err)
	}
	eval[chromedp.Void](p, "void "+string(script))
}

// axe holds what the page shows to the rules of WCAG 2.2, level AA, and to axe's good
// practice.
func (p *tab) axe(what string) {
	p.Helper()
	for _, one := range eval[[]string](p, axeRun) {
		p.Errorf("%s: %s", what, one)
	}
}

// TestAxe: axe finds nothing wrong, in light and dark, on a desktop and on a phone, in the
// grid, with one stream large, its zones, and in the dialogs.
func TestAxe(t *testing.T) {
	_, one := zoneTab(t, 1440, 900)
	_, grid := threeStreams(t)
	for _, p := range []*tab{grid, one} {
		p.loadAxe()
	}
	one.press("New zone")
	for range 3 {
		one.key(" ")
	}
	one.key(kb.ArrowDown + kb.Enter)
	grid.wait(`document.querySelector("#events img[src]")`)
	for _, scheme := range []string{"light", "dark"} {
		for _, p := range []*tab{grid, one} {
			p.media("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
		}
		for _, w := range []int64{1440, 390} {
			grid.size(w, 900)
			one.size(w, 900)
			grid.axe("grid, " + scheme)
			one.axe("zones, " + scheme)
			for button, dialog := range map[string]string{"#help-button": "help", "#events button": "picture"} {
				grid.do(chromedp.Click(chromedp.CSS(button)))
				grid.wait(`document.getElementById("` + dialog + `").open`)
				grid.axe(dialog + ", " + scheme)
				grid.key(kb.Escape)
				grid.wait(`!document.querySelector("dialog[open]")`)
			}
		}
	}
}
