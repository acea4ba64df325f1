package start

import (
	"fmt"
	"os"
	"os/user"
)

// Person returns who runs the program, as the operating system knows them: the name of the login, and behind sudo that
// of whoever called it.
func Person() string {
	name := fmt.Sprintf("uid %d", os.Getuid())
	if known, err := user.Current(); err == nil && known.Username != "" {
		name = known.Username
	}
	if behind := os.Getenv("SUDO_USER"); behind != "" && behind != name {
		name = behind + " as " + name
	}
	return name
}
