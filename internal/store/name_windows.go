package store

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// onlyName tells when the file may be served under another name, whose changes are not beside it.
func onlyName(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("look at the database's file: %w", withoutPath(err))
	}
	defer file.Close() //nolint:errcheck // nothing was written
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(file.Fd()), &info); err != nil {
		return fmt.Errorf("look at the database's file: %w", err)
	}
	if info.NumberOfLinks > 1 {
		return ErrSecondName
	}
	return nil
}
