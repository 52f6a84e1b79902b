package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/bundle"
)

// trustedKeys is the file of --trusted-keys, which holds for every command that opens
// a bundle; "" trusts any bundle.
var trustedKeys string

// trustVariable is the environment's word for --trusted-keys.
const trustVariable = "AVID_TRUSTED_KEYS"

func addTrust(root *cobra.Command) {
	root.PersistentFlags().StringVar(&trustedKeys, "trusted-keys", os.Getenv(trustVariable),
		"open only bundles that are signed by one of the public keys in this PEM file; also "+trustVariable)
	_ = root.MarkPersistentFlagFilename("trusted-keys", "pem") // fails for a flag that is not there only
}

// checkTrust refuses a bundle that none of the trusted keys has signed.
func checkTrust(b *bundle.Bundle) error {
	if trustedKeys == "" {
		return nil
	}
	keys, err := bundle.ReadPublicKeys(trustedKeys)
	if err != nil {
		return fmt.Errorf("--trusted-keys: %w", err)
	}
	return b.CheckTrust(keys)
}

func newSign() *cobra.Command {
	var key, made, out string
	var force bool
	c := &cobra.Command{
		Use:   "sign {cam.avid --key KEY.pem | --make-key KEY.pem}",
		Short: "Sign a bundle, so that others can tell it from a changed one",
		Long: `Signs a bundle with an Ed25519 key: whoever has the public key can tell whether the
bundle is as it was signed (--trusted-keys of every command, trusted-keys of
avidfilter). What changes the bundle later, such as avid calibrate, makes the
signature void; sign it again.

--make-key makes a pair of keys: KEY.pem, to keep secret, and KEY.pub.pem, to
give to others. Keys of "openssl genpkey -algorithm ed25519" do as well.`,
		Example: `  avid sign --make-key factory.pem
  avid sign cam.avid --key factory.pem`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions([]string{"avid"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(c *cobra.Command, args []string) error {
			if made != "" {
				if len(args) > 0 {
					return errors.New("--make-key makes keys and signs nothing: leave the bundle out, and sign it with --key then")
				}
				return makeKeys(c, made)
			}
			if len(args) == 0 {
				return errors.New("name the bundle to sign")
			}
			return signBundle(c, args[0], key, out, force)
		},
	}
	c.Flags().StringVar(&key, "key", "", "private key to sign with (PEM)")
	c.Flags().StringVar(&made, "make-key", "", "make a pair of keys: this file, and the public key beside it")
	c.Flags().StringVarP(&out, "output", "o", "", "bundle to write (.avid); none: the bundle itself")
	c.Flags().BoolVar(&force, "force", false, "replace another bundle that is there")
	c.MarkFlagsOneRequired("key", "make-key")
	c.MarkFlagsMutuallyExclusive("key", "make-key")
	for _, name := range []string{"key", "make-key"} {
		_ = c.MarkFlagFilename(name, "pem") // fails for a flag that is not there only
	}
	return c
}

// makeKeys writes a new pair of keys, and never over a key that is there.
func makeKeys(c *cobra.Command, path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	private, public, err := bundle.EncodeKeys(key)
	if err != nil {
		return err
	}
	beside := strings.TrimSuffix(path, filepath.Ext(path)) + ".pub.pem"
	for _, f := range []struct {
		path string
		text []byte
		mode os.FileMode
	}{{path, private, 0o600}, {beside, public, 0o644}} {
		if err := writeNew(f.path, f.text, f.mode); err != nil {
			return fmt.Errorf("%w %s: %w", errOutput, f.path, err)
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "wrote %s, to keep secret, and %s, to give to others: %s\n", path, beside, bundle.Fingerprint(key.Public().(ed25519.PublicKey)))
	return nil
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, text []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func signBundle(c *cobra.Command, path, key, out string, force bool) error {
	if out == "" {
		out = path
	} else if err := checkMadeFrom(out, path, force); err != nil {
		return err
	}
	b, err := openAny(path)
	if err != nil {
		return err
	}
	warnPoor(c, path, b)
	private, err := bundle.ReadPrivateKey(key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	if err := b.Sign(private); err != nil {
		return err
	}
	if err := b.WriteFile(out); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "signed %s by %s\n", out, bundle.Fingerprint(b.Signature.Key))
	return nil
}

// signedBy says who has signed a bundle.
func signedBy(b *bundle.Bundle) string {
	switch key := b.Signer(); {
	case b.Signature == nil:
		return "no"
	case key == nil:
		return "by a key whose signature is not of what the bundle holds"
	default:
		return "by " + bundle.Fingerprint(key)
	}
}
