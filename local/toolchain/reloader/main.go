// Command reloader runs a program and sends it SIGHUP when a file has other content; it ends as the program does.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: reloader FILE PROGRAM [ARGUMENT...]")
		os.Exit(2)
	}
	file := os.Args[1]
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// Read before the program does: of a change between the two it is told once more than it needs to be.
	known, _ := os.ReadFile(file)
	program := exec.Command(os.Args[2], os.Args[3:]...)
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	if err := program.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	for tick := time.Tick(5 * time.Second); ; {
		select {
		case received := <-signals:
			program.Process.Signal(received)
		case <-tick:
			if found, err := os.ReadFile(file); err == nil && !bytes.Equal(found, known) {
				known = found
				program.Process.Signal(syscall.SIGHUP)
			}
		case err := <-ended:
			os.Exit(code(err))
		}
	}
}

// code is what a shell would say of how the program ended.
func code(err error) int {
	var failed *exec.ExitError
	if err == nil {
		return 0
	} else if !errors.As(err, &failed) {
		return 1
	}
	if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return failed.ExitCode()
}
