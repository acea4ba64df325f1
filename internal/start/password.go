package start

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

// AskPassword reads the password of a file from the terminal, without echo. It returns an empty password when standard
// input is not a terminal.
func AskPassword() (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return "", nil
	}
	_, _ = fmt.Fprint(os.Stderr, "password of the file / 文件密码: ")
	typed, err := term.ReadPassword(in)
	_, _ = fmt.Fprintln(os.Stderr)
	return string(typed), err
}
