// Package state says where a program keeps what must outlive it.
package state

import (
	"os"
	"path/filepath"
)

// Dir is the folder of avid in the user's folder for state, as the XDG base directory
// specification has it. It need not exist. The error is that of os.UserHomeDir.
func Dir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "avid"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "avid"), nil
}
