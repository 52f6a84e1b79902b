package address

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

// TLS returns the settings of the parameters ca (a file of certificates to trust in
// place of the system's), cert and key (the client's own).
func (a *Address) TLS() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if path := a.Text("ca", ""); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			a.fail(ErrValue, "ca: %v", err)
		}
		c.RootCAs = x509.NewCertPool()
		if err == nil && !c.RootCAs.AppendCertsFromPEM(pem) {
			a.fail(ErrValue, "ca=%q has no certificate in PEM", clip(path))
		}
	}
	cert, key := a.Text("cert", ""), a.Text("key", "")
	switch {
	case cert == "" && key == "":
	case cert == "" || key == "":
		a.fail(ErrValue, "cert and key are given together or not at all")
	default:
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			a.fail(ErrValue, "cert and key: %v", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c
}

// NoTLS fails where parameters of TLS are given without it.
func (a *Address) NoTLS(how string) {
	for _, key := range []string{"ca", "cert", "key"} {
		if a.Text(key, "") != "" {
			a.fail(ErrValue, "%s is of TLS, which %s asks for", key, how)
		}
	}
}
