package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is what the kernel counts a process's time in: USER_HZ is 100 on all that Linux runs on.
const tick = 10 * time.Millisecond

// stat returns the fields of /proc/PID/stat from the third on: a name may hold anything.
func stat(process int) ([]string, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(process) + "/stat")
	if err != nil {
		return nil, err
	}
	_, after, ok := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if !ok || len(fields) < 20 {
		return nil, errors.New("/proc has another form than was known")
	}
	return fields, nil
}

// parent returns the process that started another one.
func parent(process int) (int, error) {
	fields, err := stat(process)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(fields[1])
}

// computed returns the time that a process and the children that it waited for have computed for.
func computed(process int) (time.Duration, error) {
	fields, err := stat(process)
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, field := range fields[11:15] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ticks) * tick
	}
	return sum, nil
}

// computedByChildren returns the time of each process that another one started. Each has one thread, so that the
// scheduler knows it to the nanosecond.
func computedByChildren(process int) (map[int]time.Duration, error) {
	found, err := filepath.Glob("/proc/[0-9]*/schedstat")
	if err != nil {
		return nil, err
	}
	spent := map[int]time.Duration{}
	for _, path := range found {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		if of, err := parent(child); err != nil || of != process {
			continue // it is another's, or has just ended
		}
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		nanoseconds, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(nanoseconds, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		spent[child] = time.Duration(n)
	}
	return spent, nil
}

// grown returns how much later times are than earlier ones; what has ended meanwhile is left out.
func grown(before, after map[int]time.Duration) (sum time.Duration) {
	for process, spent := range after {
		sum += spent - before[process]
	}
	return sum
}

// resident returns how many bytes of memory a process has.
func resident(process int) (int64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(process) + "/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("/proc has another form than was known")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
