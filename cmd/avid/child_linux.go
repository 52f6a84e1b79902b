//go:build !nogst

package main

import (
	"os/exec"
	"syscall"
)

// endsWithUs has a process be killed when this one ends, however it ends.
func endsWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
