package preview

import (
	"os"
	"testing"
	"time"
)

// TestCertificatesAreRenewed: changed files are taken without a new start, and while they
// do not fit each other the ones before go on.
func TestCertificatesAreRenewed(t *testing.T) {
	cert, key := testCertificate(t)
	now := time.Unix(1000, 0)
	c, err := newCertificates(Config{TLSCert: cert, TLSKey: key}, func() time.Time { return now }, quiet(nil))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() string {
		t.Helper()
		now = now.Add(lookAgain)
		pair, err := c.get(nil)
		if err != nil || pair == nil {
			t.Fatal(err)
		}
		return string(pair.Certificate[0])
	}
	copyFile := func(from, to string, age time.Duration) {
		t.Helper()
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(age)
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(to, at, at); err != nil {
			t.Fatal(err)
		}
	}
	first := serial()
	newCert, newKey := testCertificate(t)
	copyFile(newCert, cert, time.Minute) // the key is still the old one
	if serial() != first {
		t.Error("a certificate without its key is given")
	}
	copyFile(newKey, key, 2*time.Minute)
	if serial() == first {
		t.Error("the new certificate is not given")
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	serial()
}
