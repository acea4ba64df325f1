package start

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

// AskPassword asks at the terminal for the password of a file, without showing it. It returns none where nobody is at a
// terminal.
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
