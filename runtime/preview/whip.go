package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// errTransport is set on failures to reach the endpoint at all.
var errTransport = errors.New("cannot reach the endpoint")

const (
	whipTimeout    = 10 * time.Second // for one request
	goodbyeTimeout = 3 * time.Second  // for DELETE
	whipRedirects  = 5
	// longestAfter bounds what Retry-After is believed.
	longestAfter = 5 * time.Minute
)

// whipClient speaks HTTP to one WHIP endpoint.
type whipClient struct {
	endpoint *url.URL
	token    string
	http     *http.Client
}

// whipReply is a 201 Created.
type whipReply struct {
	answer   string
	resource *url.URL // nil where the endpoint names none
	servers  []webrtc.ICEServer
}

func newWHIPClient(endpoint *url.URL, token string) *whipClient {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: whipTimeout}
	return &whipClient{endpoint, token, &http.Client{
		Transport: transport,
		// We follow ourselves: the client's own rule would take the token to
		// subdomains too.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *whipClient) close() { c.http.CloseIdleConnections() }

// do sends a request, with the token where that is meant for its address.
func (c *whipClient) do(ctx context.Context, method string, to *url.URL, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, to.String(), strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: bad address", errTransport)
	}
	if body != "" {
		r.Header.Set("Content-Type", typeSDP)
		r.Header.Set("Accept", typeSDP)
	}
	if c.token != "" && sameOrigin(to, c.endpoint) {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	reply, err := c.http.Do(r)
	if err != nil {
		var wrapped *url.Error // it would name the address, which may have a secret in it
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, fmt.Errorf("%w: %w", errTransport, err)
	}
	return reply, nil
}

// sameOrigin compares scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// post sends the offer and follows redirects that keep the method (RFC 9725
// §4.2). The errors are statusError or wrap errTransport; the reply has the
// resource, if one was made, all the same.
func (c *whipClient) post(ctx context.Context, offer string) (whipReply, error) {
	ctx, cancel := context.WithTimeout(ctx, whipTimeout)
	defer cancel()
	to := c.endpoint
	for range whipRedirects {
		reply, err := c.do(ctx, http.MethodPost, to, offer)
		if err != nil {
			return whipReply{}, err
		}
		if code := reply.StatusCode; code == http.StatusTemporaryRedirect || code == http.StatusPermanentRedirect {
			drain(reply)
			if to, err = resolve(to, reply.Header.Get("Location")); err != nil {
				return whipReply{}, err
			}
			continue
		}
		return readReply(reply, to)
	}
	return whipReply{}, fmt.Errorf("%w: more than %d redirects", errTransport, whipRedirects)
}

func readReply(reply *http.Response, from *url.URL) (whipReply, error) {
	defer drain(reply)
	if reply.StatusCode != http.StatusCreated {
		return whipReply{}, &statusError{Status: reply.StatusCode, After: retryAfter(reply.Header.Get("Retry-After"))}
	}
	out := whipReply{servers: parseLinks(reply.Header.Values("Link"))}
	if location := reply.Header.Get("Location"); location != "" {
		var err error
		if out.resource, err = resolve(from, location); err != nil {
			return whipReply{}, err
		}
	}
	kind, _, _ := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(reply.Body, bodyBytes+1))
	if err != nil || len(body) > bodyBytes || kind != typeSDP {
		return out, fmt.Errorf("%w: its answer is no SDP", errTransport)
	}
	out.answer = string(body)
	return out, nil
}

// resolve reads a Location header, relative or not.
func resolve(base *url.URL, location string) (*url.URL, error) {
	u, err := base.Parse(location)
	if err != nil || location == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: bad Location", errTransport)
	}
	return u, nil
}

// options asks which ICE servers to use (RFC 9725 §4.6); an endpoint need not
// answer.
func (c *whipClient) options(ctx context.Context) []webrtc.ICEServer {
	ctx, cancel := context.WithTimeout(ctx, goodbyeTimeout)
	defer cancel()
	reply, err := c.do(ctx, http.MethodOptions, c.endpoint, "")
	if err != nil {
		return nil
	}
	defer drain(reply)
	return parseLinks(reply.Header.Values("Link"))
}

// delete ends the session at the endpoint, if there is one, also when ctx has
// ended.
func (c *whipClient) delete(ctx context.Context, resource *url.URL) {
	if resource == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTimeout)
	defer cancel()
	if reply, err := c.do(ctx, http.MethodDelete, resource, ""); err == nil {
		drain(reply)
	}
}

// drain reads a body so that its connection can be used again.
func drain(reply *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, bodyBytes)) // the connection is then not used again
	reply.Body.Close()
}

// retryAfter reads the header's form in seconds; dates are rare and ignored.
func retryAfter(s string) time.Duration {
	seconds, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestAfter)
}
