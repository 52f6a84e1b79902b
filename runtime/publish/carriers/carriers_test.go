package carriers

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/runtime/publish"
	"avid/runtime/publish/address"
)

func none(string) string { return "" }

// TestAddresses are addresses that are taken. No connection is waited for.
func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, name := range map[string]string{
		"file://" + dir + "/events.jsonl":                                                   "file:///" + strings.TrimPrefix(dir, "/") + "/events.jsonl",
		"file://" + dir + "/e?max-size=100MB&keep=3":                                        "file:///" + strings.TrimPrefix(dir, "/") + "/e",
		"https://example.org/secret/hook?secret-file=" + secret + "&timeout=5s":             "https://example.org/…",
		"http://user:pw@127.0.0.1:1/x?query=a%3Db":                                          "http://127.0.0.1:1/…",
		"HTTP://127.0.0.1:1":                                                                "http://127.0.0.1:1/…",
		"mqtt://avid@127.0.0.1:1/site/avid?password-file=" + secret:                         "mqtt://127.0.0.1:1/site/avid",
		"mqtts://avid:p%40ss@[::1]:1?discovery=false&client-id=a":                           "mqtts://[::1]:1/",
		"nats://127.0.0.1:1,127.0.0.1:2/avid.events?create=true&max-age=24h&max-bytes=10MB": "nats://127.0.0.1:1,127.0.0.1:2/avid.events",
		"kafka://127.0.0.1:1,127.0.0.1:2/events?sasl=scram-sha-512":                         "kafka://127.0.0.1:1,127.0.0.1:2/events",
		"kafka://u:p@127.0.0.1:1/events?tls=true&create=true":                               "kafka://127.0.0.1:1/events",
	} {
		r, err := open(text, publish.Host{}, none)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if r.Name != name || strings.ContainsAny(r.ID, "/@:?") {
			t.Errorf("%s is called %s (%s), want %s", text, r.Name, r.ID, name)
		}
		if err := r.Carrier.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRefusedAddresses: each thing that is wrong has its own sentence, and none has a
// password in it.
func TestRefusedAddresses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want error
		says string
	}{
		{"", address.ErrURL, "scheme://"},
		{"/var/log/events.jsonl", address.ErrURL, "scheme://"},
		{"user:hunter2@host", address.ErrURL, "scheme://"},
		{"amqp://user:hunter2@host/", address.ErrScheme, "known are file, http, https, kafka, mqtt, mqtts, nats"},
		{"mqtt://user:hunter2@host/?colour=red", address.ErrKey, `"colour", known are`},
		{"mqtt://host/?ca=a&ca=b", address.ErrTwice, `"ca"`},
		{"mqtt://host/%zz", address.ErrURL, "%25"},
		{"mqtt://host/?a=%zz", address.ErrURL, "%25"},
		{"mqtt://user:hunter2%zz@host/", address.ErrURL, "%25"},
		{"mqtt://host/#x", address.ErrURL, "%23"},
		{"mqtt://", address.ErrHost, "0 are given"},
		{"mqtt://a,b/", address.ErrHost, "2 are given"},
		{"mqtt://host:0/", address.ErrHost, "1 to 65535"},
		{"mqtt://host:/", address.ErrHost, "host:port"},
		{"mqtt://ho st/", address.ErrHost, "host:port"},
		{"mqtt://host/a/+/b", address.ErrPath, "topics"},
		{"mqtt://host/?discovery=maybe", address.ErrValue, "true, false"},
		{"mqtt://host/?discovery-prefix=%23", address.ErrValue, "beginning of topics"},
		{"mqtt://host/?ca=/x", address.ErrValue, "mqtts://"},
		{"mqtts://host/?ca=" + dir + "/none", address.ErrValue, "no such file"},
		{"mqtts://host/?ca=" + empty, address.ErrValue, "no certificate"},
		{"mqtts://host/?cert=/x", address.ErrValue, "together"},
		{"mqtts://host/?cert=/x&key=/y", address.ErrValue, "cert and key"},
		{"mqtt://user:hunter2@host/?password-file=" + empty, address.ErrSecret, "has a password of its own"},
		{"mqtt://user@host/?password-file=" + empty, address.ErrSecret, "empty"},
		{"mqtt://user@host/?password-file=" + dir + "/none", address.ErrSecret, "no such file"},
		{"https://", address.ErrHost, "0 are given"},
		{"https://host/?timeout=1h", address.ErrValue, "1s to 1m0s"},
		{"https://host/?timeout=soon", address.ErrValue, "1s to 1m0s"},
		{"https://host/?query=", address.ErrValue, "allowed is a text"},
		{"https://host/?query=%25zz", address.ErrValue, "no query"},
		{"http://host/?ca=/x", address.ErrValue, "https://"},
		{"file://", address.ErrPath, "file:///path"},
		{"file://server/share", address.ErrHost, "file:///path"},
		{"file://user:hunter2@localhost/x", address.ErrHost, "no meaning"},
		{"file:///x?max-size=1kB", address.ErrValue, "100MB"},
		{"file:///x?max-size=99999999TB", address.ErrValue, "100MB"},
		{"file:///x?keep=-1", address.ErrValue, "0 to 1000"},
		{"file://" + dir + "/none/x", fs.ErrNotExist, "no such file"},
		{"nats://host/avid.>", address.ErrPath, "subject"},
		{"nats://host/?stream=a.b", address.ErrValue, "stream"},
		{"nats://user:hunter2@host/?creds=/x", address.ErrValue, "give one"},
		{"nats://host/?max-age=1s", address.ErrValue, "max-age"},
		{"nats://host/?ca=/x", address.ErrValue, "tls=true"},
		{"kafka://host", address.ErrPath, "topic"},
		{"kafka://host/a/b", address.ErrPath, "topic"},
		{"kafka://user:hunter2@host/t?sasl=gssapi", address.ErrValue, "plain, scram"},
	} {
		r, err := open(c.text, publish.Host{}, none)
		if err == nil {
			t.Errorf("%s is taken", c.text)
			if err := r.Carrier.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %v that says %q", c.text, err, c.want, c.says)
		}
	}
}

// TestSecretsElsewhere: a secret of the environment serves where none is given.
func TestSecretsElsewhere(t *testing.T) {
	a, err := address.Parse("mqtt://user@host", func(name string) string { return "of " + name })
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Password("AVID_X"); got != "of AVID_X" {
		t.Errorf("password %q", got)
	}
}

func TestTwice(t *testing.T) {
	path := "file://" + t.TempDir() + "/x"
	if _, err := OpenAll([]string{path, path + "?keep=3"}, publish.Host{}); !errors.Is(err, ErrTwice) {
		t.Errorf("the same file twice: %v", err)
	}
	if _, err := OpenAll([]string{path, "x://"}, publish.Host{}); !errors.Is(err, address.ErrScheme) {
		t.Errorf("an unknown scheme: %v", err)
	}
}
