package brokers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/twmb/franz-go/pkg/kfake"

	"avid/runtime/publish"
)

// sesame is the password of these tests, with what an address must not break at.
const sesame = "open:se@same/1"

// papers are files of a server and its clients: of an authority of its own and of the
// server's certificate, and the password in a file.
type papers struct{ ca, cert, key, password string }

func newPapers(t *testing.T) (p papers) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(dir, name)
		if kind != "" {
			data = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	make := func(serial int64, of, by *x509.Certificate, key *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if key == nil {
			key = own
		}
		of.SerialNumber, of.NotBefore, of.NotAfter = big.NewInt(serial), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, of, by, &own.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return own, der
	}
	ca := &x509.Certificate{Subject: pkix.Name{CommonName: "the site's own"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caKey, caDER := make(1, ca, ca, nil)
	own := &x509.Certificate{Subject: pkix.Name{CommonName: "broker"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	key, der := make(2, own, ca, caKey)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return papers{write("ca.pem", "CERTIFICATE", caDER), write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", pkcs8), write("password", "", []byte(sesame+"\n"))}
}

// config is that of a server.
func (p papers) config(t *testing.T) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
}

// arrives sends records to an address, and looks whether they arrive.
func arrives(t *testing.T, address string) {
	t.Helper()
	p := begin(t, t.TempDir(), address, publish.Host{})
	put(t, p, 0, 3)
	sent(t, p, 3)
	end(t, p)
}

// sent waits until so many records have arrived.
func sent(t *testing.T, p *publish.Publisher, n uint64) {
	t.Helper()
	for late := time.Now().Add(time.Minute); p.Status()[0].Sent < n; time.Sleep(20 * time.Millisecond) { // between two looks
		if time.Now().After(late) {
			t.Fatalf("%+v, want %d sent", p.Status()[0], n)
		}
	}
}

// refuses looks whether records stay in the outbox, with the reason and no password.
func refuses(t *testing.T, address string, reasons ...string) {
	t.Helper()
	p := begin(t, t.TempDir(), address, publish.Host{})
	put(t, p, 0, 3)
	for late := time.Now().Add(time.Minute); p.Status()[0].LastError == "" && time.Now().Before(late); {
		time.Sleep(20 * time.Millisecond) // between two looks
	}
	s := p.Status()[0]
	end(t, p)
	told := false
	for _, r := range reasons {
		told = told || strings.Contains(strings.ToLower(s.LastError), r)
	}
	if s.Sent != 0 || p.Status()[0].Queued != 3 || !told || strings.Contains(s.LastError, "sesame") || strings.Contains(s.LastError, "wrong") {
		t.Errorf("%+v, want one of %q in its error", s, reasons)
	}
}

// TestMosquittoTLS: mosquitto with a certificate of an authority of its own and a file of
// passwords.
func TestMosquittoTLS(t *testing.T) {
	p := newPapers(t)
	s := mosquitto(t)
	s.stop()
	users := filepath.Join(t.TempDir(), "users")
	if out, err := exec.CommandContext(t.Context(), "mosquitto_passwd", "-c", "-b", users, "avid", sesame).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s (make setup-tests installs it)", err, out)
	}
	config := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous false\npassword_file %s\ncertfile %s\nkeyfile %s\nuser root\n", s.port, users, p.cert, p.key)
	if err := os.WriteFile(s.args[2], []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	at := func(user, more string) string {
		return fmt.Sprintf("mqtts://%s127.0.0.1:%d/site?ca=%s%s", user, s.port, p.ca, more)
	}
	arrives(t, at("avid@", "&password-file="+p.password))
	arrives(t, at("avid:"+url.QueryEscape(sesame)+"@", ""))
	t.Run("environment", func(t *testing.T) {
		t.Setenv("AVID_MQTT_PASSWORD", sesame)
		arrives(t, at("avid@", ""))
	})
	refuses(t, at("avid:wrong@", ""), "not authorized", "not authorised", "bad user", "0x86", "0x87", "134", "135")
	refuses(t, fmt.Sprintf("mqtts://avid@127.0.0.1:%d/site?password-file=%s", s.port, p.password), "certificate")
}

// TestNATSTLS: a server of NATS with a certificate, by user and by token.
func TestNATSTLS(t *testing.T) {
	t.Parallel() // most of it is to wait until an outbox gives up, as in TestKafkaTLS
	p := newPapers(t)
	for name, o := range map[string]natsserver.Options{"user": {Username: "avid", Password: sesame}, "token": {Authorization: sesame}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Host, o.Port, o.JetStream, o.StoreDir, o.NoSigs, o.NoLog = "127.0.0.1", freePort(t), true, t.TempDir(), true, true
			o.TLS, o.TLSConfig, o.TLSTimeout = true, p.config(t), 30
			s, err := natsserver.NewServer(&o)
			if err != nil {
				t.Fatal(err)
			}
			s.Start()
			t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
			if !s.ReadyForConnections(time.Minute) {
				t.Fatal("nats-server does not answer")
			}
			user, file := "avid@", "password-file"
			if name == "token" {
				user, file = "", "token-file"
			}
			at := fmt.Sprintf("nats://%s127.0.0.1:%d/avid?create=true&tls=true", user, o.Port)
			arrives(t, at+"&ca="+p.ca+"&"+file+"="+p.password)
			other := filepath.Join(t.TempDir(), "wrong")
			if err := os.WriteFile(other, []byte("wrong"), 0o600); err != nil {
				t.Fatal(err)
			}
			refuses(t, at+"&ca="+p.ca+"&"+file+"="+other, "authorization")
			refuses(t, at+"&"+file+"="+p.password, "certificate")
		})
	}
}

// TestWebhookTLS: a receiver of https with an authority of its own, a user and a password.
func TestWebhookTLS(t *testing.T) {
	p := newPapers(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if user, password, ok := r.BasicAuth(); !ok || user != "avid" || password != sesame {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	s.TLS = p.config(t)
	s.StartTLS()
	t.Cleanup(s.Close)
	host := strings.TrimPrefix(s.URL, "https://")
	arrives(t, "https://avid@"+host+"/hook?ca="+p.ca+"&password-file="+p.password)
	refuses(t, "https://avid:wrong@"+host+"/hook?ca="+p.ca, "401")
	refuses(t, "https://avid@"+host+"/hook?password-file="+p.password, "certificate")
}

// TestKafkaTLS: brokers with a certificate and each way to say who comes.
func TestKafkaTLS(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	for _, way := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events"), kfake.TLS(p.config(t)), kfake.EnableSASL(),
				kfake.Superuser(strings.ToUpper(way), "avid", sesame))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			at := "kafka://avid@" + strings.Join(cluster.ListenAddrs(), ",") + "/events?tls=true&sasl=" + way
			arrives(t, at+"&ca="+p.ca+"&password-file="+p.password)
			refuses(t, strings.Replace(at, "avid@", "avid:wrong@", 1)+"&ca="+p.ca, "sasl", "auth", "eof") // this broker hangs up
			refuses(t, at+"&password-file="+p.password, "certificate")
		})
	}
}
