package avidwebrtcsink

import (
	"errors"
	"fmt"
	"strings"

	"avid/element/gstc"
	"avid/runtime/fanout"
	"avid/runtime/preview"
	"avid/runtime/secret"
)

// errSettings says that settings contradict each other or cannot be.
var errSettings = errors.New("settings do not fit")

// settings are the writable properties of avidwebrtcsink; properties.go has
// their ranges and units.
type settings struct {
	Listen, Path, Title    string
	Token, TokenFile       string // a token is never written anywhere
	TLSCert, TLSKey        string
	STUNServer             string
	TURNServers            string // with commas between
	TURNServersFile        string
	MediaIPs               string // the same
	MaxViewers             uint
	MinBitrate, MaxBitrate uint // bit/s
	Codec                  codec
	Insecure               bool
	WHIPEndpoint           string
}

// defaultSettings are the defaults of the table.
func defaultSettings() settings {
	var s settings
	for _, p := range table {
		if p.set != nil {
			p.set(&s, p.DefaultValue())
		}
	}
	return s
}

// Validate refuses settings that contradict each other; addresses and secrets
// are runtime/preview's to judge.
func (s *settings) Validate() error {
	switch {
	case s.MinBitrate > s.MaxBitrate:
		return fmt.Errorf("%w: min-bitrate (%d) is more than max-bitrate (%d)", errSettings, s.MinBitrate, s.MaxBitrate)
	case s.WHIPEndpoint != "" && (s.TLSCert != "" || s.TLSKey != ""):
		return fmt.Errorf("%w: tls-cert and tls-key are for the sink's own server, and whip-endpoint serves nothing", errSettings)
	case s.WHIPEndpoint != "" && !strings.HasPrefix(s.WHIPEndpoint, "http://") && !strings.HasPrefix(s.WHIPEndpoint, "https://"):
		// It is not repeated: it may have a secret in it.
		return fmt.Errorf("%w: whip-endpoint is http(s)://host/path", errSettings)
	}
	return nil
}

// readSecrets takes the secrets that are in files, and tells of files that
// everybody may read. The error is errSettings.
func (s *settings) readSecrets(warn func(text string)) error {
	for _, row := range []struct {
		name, file string
		value      *string
	}{{"token", s.TokenFile, &s.Token}, {"turn-servers", s.TURNServersFile, &s.TURNServers}} {
		if row.file == "" {
			continue
		}
		if *row.value != "" {
			return fmt.Errorf("%w: %s and %s-file, set one of them", errSettings, row.name, row.name)
		}
		file, err := secret.Line(row.file)
		if err != nil {
			return fmt.Errorf("%w: %s-file: %w", errSettings, row.name, err)
		}
		if text := file.Warning(); text != "" {
			warn(text)
		}
		*row.value = file.Text
	}
	return nil
}

// server are the settings of the server.
func (s *settings) server() preview.Config {
	return preview.Config{Listen: s.Listen, Token: s.Token, TLSCert: s.TLSCert, TLSKey: s.TLSKey,
		STUNServer: s.STUNServer, TURNServers: SplitList(s.TURNServers), MaxViewers: int(s.MaxViewers), Insecure: s.Insecure,
		MediaIPs: SplitList(s.MediaIPs),
		Logger:   gstc.Logger()}
}

// stream describes the stream but for what only its frames tell.
func (s *settings) stream() fanout.StreamConfig {
	return fanout.StreamConfig{Path: s.Path, Title: s.Title, MinBitrate: s.MinBitrate, MaxBitrate: s.MaxBitrate}
}

// push are the settings of the WHIP client for a stream.
func (s *settings) push(stream fanout.StreamConfig) preview.PushConfig {
	return preview.PushConfig{Endpoint: s.WHIPEndpoint, Token: s.Token, STUNServer: s.STUNServer, TURNServers: SplitList(s.TURNServers),
		Stream: stream, Logger: gstc.Logger()}
}
