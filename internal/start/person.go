package start

import (
	"fmt"
	"os"
	"os/user"
)

// Person returns the name of the operating system's user who runs the program; under sudo, preceded by the user who
// called it.
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
