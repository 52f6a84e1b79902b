// Package webhook posts records to a web server, signed.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"avid/models/redact"
	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/address"
)

// Headers of a request.
const (
	SignatureHeader = "X-Avid-Signature"
	TimestampHeader = "X-Avid-Timestamp"
	DeliveryHeader  = "X-Avid-Delivery"
)

// Variables of the environment with secrets.
const (
	SecretEnv   = "AVID_WEBHOOK_SECRET"
	TokenEnv    = "AVID_WEBHOOK_TOKEN"
	PasswordEnv = "AVID_WEBHOOK_PASSWORD"
)

// Errors of a webhook.
var (
	ErrStatus   = errors.New("webhook: the receiver does not take it")
	ErrRedirect = errors.New("webhook: the receiver redirects elsewhere")
)

// mostRedirects bounds how often a receiver may redirect.
const mostRedirects = 5

// Hook is a publish.Carrier.
type Hook struct {
	target         string
	user, password string
	secret, token  string
	timeout        time.Duration
	client         *http.Client
	now            func() time.Time
}

// Open is the carrier of https://host/path?secret-file=….
func Open(a *address.Address, _ publish.Host) (publish.Carrier, error) {
	a.NeedHost(1)
	h := &Hook{user: a.User, timeout: a.Duration("timeout", 10*time.Second, time.Second, time.Minute), now: time.Now}
	h.secret = a.Secret("secret", SecretEnv, "")
	h.token = a.Secret("token", TokenEnv, "")
	h.password = a.Password(PasswordEnv)
	if h.user != "" && h.token != "" {
		a.Fail(address.ErrValue, "user and token both say who sends: give one")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: h.timeout, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true}
	if a.Scheme == "https" {
		transport.TLSClientConfig = a.TLS()
	} else {
		a.NoTLS("https://")
	}
	u := url.URL{Scheme: a.Scheme, Path: "/" + a.Path, RawQuery: a.Text("query", "")}
	if len(a.Hosts) > 0 {
		u.Host = a.Hosts[0]
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		a.Fail(address.ErrValue, "query is no query of an address")
	}
	h.target = u.String()
	h.client = &http.Client{Transport: transport, CheckRedirect: sameHost}
	return h, a.Err()
}

// sameHost refuses redirects that would tell somebody else of the event.
func sameHost(next *http.Request, past []*http.Request) error {
	if len(past) > mostRedirects {
		return fmt.Errorf("%w: more than %d times", ErrRedirect, mostRedirects)
	}
	if first := past[0].URL; next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return fmt.Errorf("%w: to another host or scheme", ErrRedirect)
	}
	if next.Method != http.MethodPost { // the event would be lost on the way
		return fmt.Errorf("%w: and not with 307 or 308, which keep the body", ErrRedirect)
	}
	return nil
}

// Sign is the signature of a body that was sent at a time, seconds since 1970:
// HMAC-SHA256 with the secret over the time's digits, a point and the body.
func Sign(secret string, at int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at)
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Send posts each record with a request of its own.
func (h *Hook) Send(ctx context.Context, records []event.Record) (int, error) {
	for i, r := range records {
		if err := h.post(ctx, r); err != nil {
			return i, err
		}
	}
	return len(records), nil
}

func (h *Hook) post(ctx context.Context, r event.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%w: %w", publish.ErrRefused, err)
	}
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.target, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook: %s", redact.Text(err.Error()))
	}
	at := h.now().Unix()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "avid")
	req.Header.Set(DeliveryHeader, url.PathEscape(r.Key()))
	req.Header.Set(TimestampHeader, strconv.FormatInt(at, 10))
	if h.secret != "" {
		req.Header.Set(SignatureHeader, Sign(h.secret, at, body))
	}
	switch {
	case h.token != "":
		req.Header.Set("Authorization", "Bearer "+h.token)
	case h.user != "":
		req.SetBasicAuth(h.user, h.password)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return h.failure(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection serves again
	return h.outcome(resp)
}

// failure is an error of the client without the address, whose path and query may be
// secret.
func (h *Hook) failure(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("webhook: %w", err)
}

// refusals are answers after which the same body would be refused again.
var refusals = []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}

func (h *Hook) outcome(resp *http.Response) error {
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	err := fmt.Errorf("%w: %s", ErrStatus, strings.ToValidUTF8(resp.Status, "?"))
	for _, code := range refusals {
		if resp.StatusCode == code {
			return fmt.Errorf("%w: %w", publish.ErrRefused, err)
		}
	}
	if after, ok := retryAfter(resp.Header.Get("Retry-After"), h.now()); ok {
		return &publish.LaterError{After: after, Err: err}
	}
	return err
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(s string, now time.Time) (time.Duration, bool) {
	const most = 1 << 30 // seconds, so that they fit a Duration
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < most {
		return time.Duration(n) * time.Second, true
	}
	if at, err := http.ParseTime(s); err == nil && at.After(now) {
		return at.Sub(now), true
	}
	return 0, false
}

// Close lets go of the connections.
func (h *Hook) Close() error {
	h.client.CloseIdleConnections()
	return nil
}
