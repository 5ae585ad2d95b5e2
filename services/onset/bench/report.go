package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what a run of the bench found.
type report struct {
	Date    string   `json:"date"`
	CPU     string   `json:"cpu"`
	Cores   int      `json:"cores"`
	Figures []figure `json:"figures"`
}

// figure is one line of the table: the median of its takings.
type figure struct {
	Row    string             `json:"row"`
	What   string             `json:"what"`
	Value  float64            `json:"value"`
	Unit   string             `json:"unit"`
	Least  float64            `json:"least,omitempty"`
	Most   float64            `json:"most,omitempty"`
	OK     bool               `json:"ok"`
	Beside map[string]float64 `json:"beside,omitempty"`
	note   string
}

func newReport(chosen []row, takings map[string][]taking, now time.Time) report {
	r := report{Date: now.UTC().Format(time.DateOnly), CPU: cpu(), Cores: runtime.NumCPU()}
	for _, row := range chosen {
		for _, l := range row.lines {
			r.Figures = append(r.Figures, l.of(row.name, takings[row.name]))
		}
	}
	return r
}

// of judges the median of the takings.
func (l line) of(row string, takings []taking) figure {
	f := figure{Row: row, What: l.what, Unit: l.unit, Least: l.least, Most: l.most, Beside: map[string]float64{}}
	f.Value = median(takings, l.figure)
	f.OK = f.Value >= l.least && (l.most == 0 || f.Value <= l.most)
	var notes []string
	for _, b := range l.beside {
		f.Beside[b.figure] = median(takings, b.figure)
		notes = append(notes, short(f.Beside[b.figure])+" "+b.unit)
	}
	f.note = strings.Join(notes, " · ")
	return f
}

func median(takings []taking, name string) float64 {
	var all []float64
	for _, t := range takings {
		all = append(all, t[name])
	}
	return percentile(all, 50)
}

// percentile sorts all in place; 0 of nothing.
func percentile[T cmp.Ordered](all []T, p int) (value T) {
	if len(all) == 0 {
		return value
	}
	slices.Sort(all)
	return all[min(len(all)*p/100, len(all)-1)]
}

// print writes the table in Markdown.
func (r report) print(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s, %s, %d cores, everything (load client included) on them, Postgres with fsync; medians of interleaved rounds.\n\n", r.Date, r.CPU, r.Cores)
	fmt.Fprintf(out, "| figure | measured | target | | beside it |\n|---|---|---|---|---|\n")
	for _, f := range r.Figures {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", f.What, f.with(f.Value), f.target(), f.verdict(), f.note)
	}
	return out.Flush()
}

func (f figure) with(v float64) string { return strings.TrimSpace(short(v) + " " + f.Unit) }

func (f figure) target() string {
	switch {
	case f.Least > 0:
		return "≥ " + f.with(f.Least)
	case f.Most > 0 && f.Most < 1:
		return "none"
	case f.Most > 0:
		return "≤ " + f.with(f.Most)
	}
	return "information"
}

func (f figure) verdict() string {
	switch {
	case f.Least == 0 && f.Most == 0:
		return ""
	case f.OK:
		return "PASS"
	}
	return "FAIL"
}

// short writes a number with as many digits as mean something.
func short(v float64) string {
	switch {
	case v == float64(int(v)) || v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// String is a taking on one line.
func (t taking) String() string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		words = append(words, name+" "+short(t[name]))
	}
	return strings.Join(words, ", ")
}

// cpu is the processor's name where the system tells it.
func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
