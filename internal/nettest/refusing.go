// Package nettest has addresses for tests.
package nettest

import (
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
)

// Refusing returns an address of this machine that refuses every connection until listen is called, and that nobody
// else can take: a port that was only free a moment ago may be anybody's by now.
func Refusing(t testing.TB) (address string, listen func() net.Listener) {
	t.Helper()
	syscall.ForkLock.RLock()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(socket), "reserved")
	t.Cleanup(func() { _ = file.Close() }) // a listener has its own
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	return address, func() net.Listener {
		t.Helper()
		if err := syscall.Listen(socket, syscall.SOMAXCONN); err != nil {
			t.Fatal(err)
		}
		listener, err := net.FileListener(file)
		if err != nil {
			t.Fatal(err)
		}
		return listener
	}
}
