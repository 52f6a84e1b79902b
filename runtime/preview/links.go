package preview

import (
	"strings"

	"github.com/pion/webrtc/v4"
)

// most servers that one reply may name.
const linkServers = 16

// parseLinks reads the ICE servers of Link headers (RFC 8288 §3, RFC 9725
// §4.6). What is malformed or of another kind is passed over.
func parseLinks(headers []string) []webrtc.ICEServer {
	var servers []webrtc.ICEServer
	for _, header := range headers {
		for header != "" && len(servers) < linkServers {
			var server webrtc.ICEServer
			var ok bool
			if server, header, ok = parseLink(header); ok {
				servers = append(servers, server)
			}
		}
	}
	return servers
}

// parseLink reads the first link of a header and returns the rest. It always
// takes something off.
func parseLink(header string) (server webrtc.ICEServer, rest string, ok bool) {
	_, header, found := strings.Cut(header, "<")
	target, header, closed := strings.Cut(header, ">")
	if !found || !closed {
		return server, "", false
	}
	parameters := map[string]string{}
	for {
		header = strings.TrimLeft(header, " \t")
		if !strings.HasPrefix(header, ";") {
			break
		}
		var name, value string
		name, value, header = parseParameter(header[1:])
		if _, twice := parameters[name]; !twice {
			parameters[name] = value
		}
	}
	_, rest, _ = strings.Cut(header, ",")
	if !strings.EqualFold(parameters["rel"], "ice-server") {
		return server, rest, false
	}
	server, err := iceServer(target)
	if err != nil {
		return server, rest, false
	}
	if server.Username == "" && parameters["username"] != "" {
		server.Username, server.Credential = parameters["username"], parameters["credential"]
	}
	if strings.HasPrefix(server.URLs[0], "turn") && server.Username == "" {
		return server, rest, false // of no use without
	}
	return server, rest, true
}

// parseParameter reads one name=value or name="value".
func parseParameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name = strings.ToLower(strings.TrimSpace(s[:end]))
	if s[end] != '=' {
		return name, "", s[end:]
	}
	s = strings.TrimLeft(s[end+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		end = strings.IndexAny(s, ";,")
		if end < 0 {
			end = len(s)
		}
		return name, strings.TrimSpace(s[:end]), s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return name, b.String(), s[i+1:]
		case '\\':
			i++
			if i == len(s) {
				return name, b.String(), ""
			}
		}
		b.WriteByte(s[i])
	}
	return name, b.String(), ""
}
