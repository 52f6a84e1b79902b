//go:build !nogst

package video

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"

	"avid/element/pipeline"
)

// dialing is how long a server may take to accept a connection that is made to find out why
// GStreamer's failed.
const dialing = 3 * time.Second

// status finds the status code of RTSP or HTTP in what a source says: "Not Found (404)".
// The number of a line of code has no space before it.
var status = regexp.MustCompile(` \(([45]\d\d)\)`)

// system finds the system's error in what a source of a device says.
var system = regexp.MustCompile(`system error: ([^\n]+)`)

// ports are those of addresses without one, by scheme.
var ports = map[string]string{"rtsp": "554", "rtspu": "554", "rtspt": "554", "rtsph": "554", "rtsps": "322", "http": "80", "https": "443"}

// explainSource says what an error of a source means and what to check: rtspsrc has one
// sentence for most. The host of the address is left out, as viewers of the page read it.
// began says that pictures had come.
func explainSource(err error, address string, began bool) error {
	var e *pipeline.ElementError
	if !errors.As(err, &e) || e.Source != "source" {
		return err
	}
	switch {
	case strings.Contains(e.Debug, "No element accepted URI"):
		scheme, _, _ := strings.Cut(address, ":")
		return explained(e, "GStreamer has no element here for addresses of %s:", scheme)
	case strings.Contains(e.Debug, `No such file "`):
		return explained(e, "there is no such file")
	case strings.Contains(e.Debug, "Failed to authenticate:"): // SRT
		return explained(e, "the passphrase in its address is wrong")
	case strings.Contains(e.Debug, "Failed to resolve host"):
		return explained(e, "%s", hostUnknown)
	}
	if found := system.FindStringSubmatch(e.Debug); found != nil {
		return explained(e, "%s: %s", strings.TrimRight(e.Text, ". "), found[1])
	}
	u, bad := url.Parse(address)
	if bad != nil || ports[u.Scheme] == "" {
		return err
	}
	var words string
	if code := status.FindStringSubmatch(e.Debug); code != nil {
		words = refusal(code[1], u.User != nil)
	} else {
		words = silence(e.Debug, protocol(u), began)
	}
	if words == "" && !began {
		words = unreachable(u)
	}
	if words == "" {
		return err
	}
	return explained(e, "%s", words)
}

// Texts of more than one place.
const (
	hostUnknown = "the host in its address is not found (DNS): check how it is spelt, and that this machine reaches its name server"
	noAnswer    = "nothing answers at its address: check that the camera is on, and the network between"
)

// Trouble says what the warning of a source means that tries again by itself, as that of SRT
// does; "" for other messages.
func Trouble(m pipeline.Message) string {
	switch {
	case m.Kind != pipeline.MessageWarning || m.Source != "source" || !strings.HasSuffix(m.Text, "Trying to reconnect"):
		return ""
	case strings.Contains(m.Text, "Connection timeout"):
		return noAnswer
	}
	return "the other side has closed the connection: check the passphrase, if it has one"
}

// protocol is what an address is to speak.
func protocol(u *url.URL) string {
	if strings.HasPrefix(u.Scheme, "http") {
		return "HTTP"
	}
	return "RTSP"
}

// refusal is what a status code means, and what to check.
func refusal(code string, named bool) string {
	switch {
	case code == "401" && named:
		return "user or password is wrong (401 Unauthorized): check both in its address, where @ and # in them are written %40 and %23"
	case code == "401":
		return "it wants a user and a password (401 Unauthorized): write them into its address"
	case code == "403":
		return "it refuses the stream (403 Forbidden): check what the user may see, and which machines may ask"
	case code == "404":
		return "it has no stream of this name (404 Not Found): check the path in its address"
	case code == "453", code == "503":
		return fmt.Sprintf("it has no stream to give at present (%s): check whether it sends, and how many viewers it takes", code)
	}
	return fmt.Sprintf("it answers with an error (%s)", code)
}

// silence is what it means that no answer came over a connection; "" where something else
// has failed.
func silence(debug, speaks string, began bool) string {
	switch {
	case strings.Contains(debug, "(Received end-of-file)"):
		if began {
			return "it has closed the connection"
		}
		return "it closes the connection without an answer: check that its port speaks " + speaks + ", and how many viewers it takes"
	case strings.Contains(debug, "(Parse error)"):
		return "what answers at its address does not speak " + speaks + ": check the port"
	case strings.Contains(debug, "(Timeout while waiting for server response)"):
		if began {
			return "it does not answer any more"
		}
		return "it accepts the connection and does not answer: check that its port speaks " + speaks + ", and restart a camera that hangs"
	}
	return ""
}

// unreachable connects to the server of an address once more and says why that fails; ""
// where it does not, or nobody knows.
func unreachable(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = ports[u.Scheme]
	}
	c, err := net.DialTimeout("tcp", net.JoinHostPort(u.Hostname(), port), dialing)
	if err == nil {
		c.Close()
		return ""
	}
	var unknown *net.DNSError
	var slow net.Error
	switch {
	case errors.As(err, &unknown):
		return hostUnknown
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("connection refused at port %s: check that the camera is on and speaks %s at this port", port, protocol(u))
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to its address: check that the camera is on, and the network between"
	case errors.As(err, &slow) && slow.Timeout():
		return noAnswer
	}
	return ""
}
