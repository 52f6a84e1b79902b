package preview

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"
)

// iceServers reads the STUN and TURN settings, as stun:host:port or in the
// form stun://host:port that GStreamer uses. The error is ErrConfig; it names
// no credentials.
func iceServers(stunServer string, turnServers []string) ([]webrtc.ICEServer, error) {
	var servers []webrtc.ICEServer
	if stunServer != "" {
		server, err := iceServer(stunServer)
		if err != nil || !strings.HasPrefix(server.URLs[0], "stun") {
			return nil, fmt.Errorf("%w: stun-server %q, allowed is stun:host:port", ErrConfig, stunServer)
		}
		servers = append(servers, server)
	}
	for i, s := range turnServers {
		server, err := iceServer(s)
		if err != nil || !strings.HasPrefix(server.URLs[0], "turn") || server.Credential == nil || server.Username == "" && server.Credential == "" {
			return nil, fmt.Errorf("%w: turn-servers[%d], allowed is turn:, then user, password and host as in an address, joined by : and @; without a user the password is a secret shared with the server", ErrConfig, i)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// iceServer reads one address. Credentials may stand before the host, with
// percent escapes (RFC 7064 and 7065 know none).
func iceServer(s string) (webrtc.ICEServer, error) {
	var server webrtc.ICEServer
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		return server, ErrConfig
	}
	rest = strings.TrimPrefix(rest, "//")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, password, _ := strings.Cut(rest[:at], ":")
		var err error
		if server.Username, err = url.PathUnescape(user); err != nil {
			return server, ErrConfig
		}
		if password, err = url.PathUnescape(password); err != nil {
			return server, ErrConfig
		}
		server.Credential = password
		rest = rest[at+1:]
	}
	address := strings.ToLower(scheme) + ":" + rest
	if _, err := stun.ParseURI(address); err != nil {
		return server, ErrConfig
	}
	server.URLs = []string{address}
	return server, nil
}

// turnLasts is for how long credentials are good that are made from a shared secret: a
// viewer that watches for longer connects again.
const turnLasts = 24 * time.Hour

// present are servers as a viewer is told of them now. Where one has no user, its password
// is a secret shared with the TURN server, from which credentials are made that are good
// for a while (draft-uberti-behave-turn-rest-00, as coturn's use-auth-secret has it).
func present(servers []webrtc.ICEServer, now time.Time) []webrtc.ICEServer {
	all := slices.Clone(servers)
	for i := range all {
		secret, ok := all[i].Credential.(string)
		if !ok || all[i].Username != "" {
			continue
		}
		all[i].Username = strconv.FormatInt(now.Add(turnLasts).Unix(), 10) + ":avid"
		mac := hmac.New(sha1.New, []byte(secret))
		mac.Write([]byte(all[i].Username))
		all[i].Credential = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return all
}

// addLinks tells a client of the ICE servers (RFC 9725 §4.6).
func addLinks(h http.Header, servers []webrtc.ICEServer) {
	for _, s := range servers {
		link := fmt.Sprintf("<%s>; rel=\"ice-server\"", s.URLs[0])
		if password, ok := s.Credential.(string); ok && s.Username != "" {
			link += fmt.Sprintf("; username=%s; credential=%s; credential-type=\"password\"",
				quoted(s.Username), quoted(password))
		}
		h.Add("Link", link)
	}
}

// quoted makes a quoted-string of a header (RFC 9110 §5.6.4).
func quoted(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
