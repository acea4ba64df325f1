package store

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// onlyName returns an error when the file may be served under another name, whose write-ahead log is elsewhere.
func onlyName(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("check the database file: %w", withoutPath(err))
	}
	defer file.Close() //nolint:errcheck // nothing was written
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(file.Fd()), &info); err != nil {
		return fmt.Errorf("check the database file: %w", err)
	}
	if info.NumberOfLinks > 1 {
		return ErrSecondName
	}
	return nil
}
