package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// of returns the score of a server; nil when it was not measured.
func (r result) of(server string) *score {
	for i := range r.scores {
		if r.scores[i].server == server {
			return &r.scores[i]
		}
	}
	return nil
}

// ratio returns how many requests a server answered for each of another one's, in the middle of the rounds.
func (s *score) ratio(to *score) float64 {
	ratios := make([]float64, len(s.rates))
	for i := range ratios {
		ratios[i] = s.rates[i] / to.rates[i]
	}
	return middle(ratios)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }

// table is what was measured of a workload, as Markdown.
func (r result) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s (%.1f kB)\n\n| server | requests/s | to reference | p50 ms | p99 ms | CPU ms | PostgreSQL "+
		"CPU ms | memory MB |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
		r.load.Name, float64(r.bytes)/1000)
	for i := range r.scores {
		s := &r.scores[i]
		fmt.Fprintf(&b, "| %s | %.0f | %.2f | %s | %s | %s | %s | %.0f |\n", s.server, middle(s.rates),
			s.ratio(r.of("reference")),
			milliseconds(percentile(s.latencies, 50)), milliseconds(percentile(s.latencies, 99)),
			milliseconds(middle(s.computed)),
			milliseconds(middle(s.database)), float64(s.resident)/1e6)
	}
	return b.String()
}

// report is all that was measured, as Markdown.
func (b *bench) report(ctx context.Context) (string, error) {
	var version string
	if err := b.db.QueryRowContext(ctx, "SHOW server_version").Scan(&version); err != nil {
		return "", err
	}
	node, err := exec.CommandContext(ctx, b.node(), "--version").Output() //nolint:gosec // the one that was started
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out,
		"# Results\n\nMade by `make bench` on %s; [README.md](README.md) says how, and how to read them.\n\n",
		time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&out, "| what | value |\n| --- | --- |\n| machine | %s |\n| versions | %s, PostgreSQL %s, Node.js %s |\n"+
		"| measured | %d rounds of %s each, %d times as long for what writes, %d connections, after %s to warm up; rates, "+
		"ratios and CPU are the middle one of the rounds, latencies those of all |\n| Go servers | GOGC=%s, GOMEMLIMIT=%s "+
		"|\n\n",
		machine(), runtime.Version(), version, strings.TrimPrefix(strings.TrimSpace(string(node)), "v"), b.rounds, b.slice,
		longer, connections, b.warm, b.collector, b.memoryLimit)
	out.WriteString(b.summary())
	for _, r := range b.results {
		out.WriteString("\n" + r.table())
		if r.load.PostGraphile == "" {
			fmt.Fprintf(&out, "\nNot asked of PostGraphile: %s.\n", r.load.Without)
		}
	}
	return out.String(), nil
}

// summary compares Deputy with the others.
func (b *bench) summary() string {
	var out strings.Builder
	out.WriteString("| workload | requests/s to reference | to Mercurius | CPU to Mercurius | p99 to the best peer's | " +
		"memory MB |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range b.results {
		deputy := r.of("deputy")
		if deputy == nil {
			continue
		}
		toMercurius, cpu, tail := "", "", ""
		if m := r.of("mercurius"); m != nil {
			toMercurius = fmt.Sprintf("%.2f", deputy.ratio(m))
			cpu = fmt.Sprintf("%.2f", middle(deputy.computed).Seconds()/middle(m.computed).Seconds())
		}
		var best time.Duration
		for i := range r.scores {
			if s := &r.scores[i]; s.server != "deputy" && s.server != "reference" {
				if p99 := percentile(s.latencies, 99); best == 0 || p99 < best {
					best = p99
				}
			}
		}
		if best > 0 {
			tail = fmt.Sprintf("%.2f", percentile(deputy.latencies, 99).Seconds()/best.Seconds())
		}
		fmt.Fprintf(&out, "| %s | %.2f | %s | %s | %s | %.0f |\n", r.load.Name, deputy.ratio(r.of("reference")), toMercurius,
			cpu, tail, float64(deputy.resident)/1e6)
	}
	return out.String()
}

// machine says what kind of machine this is.
func machine() string {
	model, memory := "", ""
	cpu, _ := os.ReadFile("/proc/cpuinfo") // what is not known is not told
	for line := range strings.Lines(string(cpu)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = ", " + strings.TrimSpace(value)
		}
	}
	var kilobytes int64
	info, _ := os.ReadFile("/proc/meminfo")
	if _, err := fmt.Sscanf(string(info), "MemTotal: %d kB", &kilobytes); err == nil {
		memory = fmt.Sprintf(", %d GB of memory", (kilobytes+1<<19)>>20)
	}
	return fmt.Sprintf("%d cores%s%s, %s; servers, PostgreSQL and the load share them", runtime.NumCPU(), model, memory,
		runtime.GOOS)
}
