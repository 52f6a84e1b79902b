//go:build !nogst

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"avid/element/avidwebrtcsink"
	"avid/runtime/preview"
	"avid/runtime/publish/carriers"
	"avid/runtime/secret"
)

// Secrets of avid preview in the environment.
const (
	tokenEnv = "AVID_TOKEN"
	turnEnv  = "AVID_TURN_SERVERS"
)

// secretFlags are the secrets of avid preview. ps shows those that stand on the
// command line to every user of the machine, so each may be in a file or in the
// environment as well.
type secretFlags struct {
	token, tokenFile string
	turn, turnFile   string
}

func (f *secretFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.token, "token", "", "secret that viewers must know; ps shows it to every user of this machine, unlike --token-file and "+tokenEnv+" in the environment")
	fl.StringVar(&f.tokenFile, "token-file", "", "file with the secret of --token, which only you should be able to read")
	fl.StringVar(&f.turn, "turn-servers", "", "turn:user:password@host:port, several joined by commas; ps shows them, unlike --turn-servers-file and "+turnEnv+" in the environment")
	fl.StringVar(&f.turnFile, "turn-servers-file", "", "file with the servers of --turn-servers, in one line")
	c.MarkFlagsMutuallyExclusive("token", "token-file")
	c.MarkFlagsMutuallyExclusive("turn-servers", "turn-servers-file")
	// These fail for a flag that is not there only.
	_ = c.MarkFlagFilename("token-file")
	_ = c.MarkFlagFilename("turn-servers-file")
}

// readSecrets takes the secrets from where they are and puts them into the server's
// settings.
func (f *secretFlags) readSecrets(c *cobra.Command, server *preview.Config) error {
	var err error
	if server.Token, err = f.one(c, "token", f.token, f.tokenFile, tokenEnv); err != nil {
		return err
	}
	f.turn, err = f.one(c, "turn-servers", f.turn, f.turnFile, turnEnv)
	server.TURNServers = avidwebrtcsink.SplitList(f.turn)
	return err
}

// one is the secret of a flag: its own value, else that in the file, else that in
// the environment.
func (f *secretFlags) one(c *cobra.Command, flag, value, file, env string) (string, error) {
	switch {
	case c.Flags().Changed(flag):
		return value, nil
	case !c.Flags().Changed(flag + "-file"):
		return os.Getenv(env), nil
	}
	read, err := secret.Line(file)
	if err != nil {
		return "", fmt.Errorf("--%s-file: %w", flag, err)
	}
	warnOpen(c, read)
	return read.Text, nil
}

// withoutSecrets is the environment for other programs.
func withoutSecrets(environment []string) []string {
	return slices.DeleteFunc(environment, func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return name == tokenEnv || name == turnEnv || slices.Contains(carriers.Environment(), name)
	})
}
