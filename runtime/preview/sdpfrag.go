package preview

import (
	"errors"
	"fmt"
	"strings"
)

var errFragment = errors.New("malformed sdpfrag")

// sessionCandidates bounds the candidates of a session: each is sent checks.
// Browsers name a handful in all.
const sessionCandidates = 64

// fragmentLine bounds a line of a fragment, bytes.
const fragmentLine = 1024

// fragment is what PATCH sends (RFC 8840 §9): ICE credentials, and candidates
// by media section.
type fragment struct {
	ufrag, pwd string
	candidates []fragmentCandidate
	end        bool // there will be no more
}

type fragmentCandidate struct {
	line string // from "candidate:" on
	mid  string // a=mid of its section
}

// parseFragment reads an application/trickle-ice-sdpfrag body. Attributes that
// it does not know are passed over. The error is errFragment.
func parseFragment(body string) (fragment, error) {
	var f fragment
	mid, media := "", false
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		if len(line) > fragmentLine || len(line) < 2 || line[1] != '=' || strings.ContainsAny(line, "\x00\r") {
			return fragment{}, fmt.Errorf("%w: line %.40q", errFragment, line)
		}
		switch line[0] {
		case 'm':
			mid, media = "", true
			continue
		case 'a':
		default:
			return fragment{}, fmt.Errorf("%w: line %.40q", errFragment, line)
		}
		name, value, _ := strings.Cut(line[2:], ":")
		switch name {
		case "ice-ufrag":
			f.ufrag = value
		case "ice-pwd":
			f.pwd = value
		case "mid":
			mid = value
		case "end-of-candidates":
			f.end = true
		case "candidate":
			if !media || value == "" || len(f.candidates) == sessionCandidates {
				return fragment{}, fmt.Errorf("%w: candidate outside a section, empty, or more than %d", errFragment, sessionCandidates)
			}
			f.candidates = append(f.candidates, fragmentCandidate{line: "candidate:" + value, mid: mid})
		}
	}
	if f.ufrag == "" && len(f.candidates) == 0 && !f.end {
		return fragment{}, fmt.Errorf("%w: nothing in it", errFragment)
	}
	return f, nil
}
