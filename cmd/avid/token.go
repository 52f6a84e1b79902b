package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"avid/runtime/access"
)

func newToken() *cobra.Command {
	return &cobra.Command{
		Use:   "token NAME",
		Short: "Make a token for a user of avid serve",
		Long: `Makes a token at random for a user of avid serve, and the line with its hash for the
file of cameras. The token is shown once: it cannot be had from the hash.`,
		Example: "  avid token anna",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			token := access.NewToken(args[0])
			hash := access.Hash(token)
			if _, err := access.NewUsers([]access.User{{Name: args[0], Token: hash}}); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "token of %s, to sign in with: %s\n\nusers:\n  %s: {token-hash: \"%s\"}\n", args[0], token, args[0], hash)
			return nil
		},
	}
}
