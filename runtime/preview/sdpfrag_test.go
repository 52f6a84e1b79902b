package preview

import (
	"errors"
	"strings"
	"testing"
)

const goodFragment = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n" +
	"a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n" +
	"a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host\r\na=end-of-candidates\r\n"

func TestParseFragment(t *testing.T) {
	f, err := parseFragment(goodFragment)
	if err != nil || f.ufrag != "EsAw" || f.pwd != "P2uYro0UCOQ4zxjKXaWCBui1" || !f.end || len(f.candidates) != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	if c := f.candidates[1]; c.mid != "1" || c.line != "candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host" {
		t.Errorf("%+v", c)
	}
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"line feeds alone", strings.ReplaceAll(goodFragment, "\r", ""), true},
		{"unknown attributes", goodFragment + "a=group:BUNDLE 0\r\na=something\r\n", true},
		{"end alone", "a=end-of-candidates", true},
		{"credentials alone", "a=ice-ufrag:x\na=ice-pwd:y\n", true},
		{"nothing", "", false},
		{"blank", "\r\n\r\n", false},
		{"no lines of SDP", "hello", false},
		{"JSON", `{"candidate":"x"}`, false},
		{"other lines", "v=0\r\na=end-of-candidates\r\n", false},
		{"no section", "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\n", false},
		{"empty candidate", "m=video 9 x 0\na=candidate:\n", false},
		{"nul", "m=video 9 x 0\na=candidate:\x00\n", false},
		{"long line", "a=" + strings.Repeat("x", fragmentLine), false},
		{"many candidates", "m=video 9 x 0\n" + strings.Repeat("a=candidate:1\n", sessionCandidates+1), false},
	} {
		if _, err := parseFragment(c.body); (err == nil) != c.ok || err != nil && !errors.Is(err, errFragment) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzParseFragment(f *testing.F) {
	f.Add(goodFragment)
	f.Add("m=video\na=mid:\na=candidate:x\n")
	f.Add("a=\na:=\n")
	f.Fuzz(func(t *testing.T, body string) {
		got, err := parseFragment(body)
		if err != nil {
			if !errors.Is(err, errFragment) {
				t.Fatal(err)
			}
			return
		}
		if len(got.candidates) > sessionCandidates {
			t.Fatalf("%d candidates", len(got.candidates))
		}
		for _, c := range got.candidates {
			if !strings.HasPrefix(c.line, "candidate:") || strings.ContainsAny(c.line+c.mid, "\r\n\x00") {
				t.Fatalf("%q", c)
			}
		}
	})
}
