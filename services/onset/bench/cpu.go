package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// spent is the processor time that a process has used, in µs. It says what
// something costs whatever else the machine is doing.
func spent(pid int) (µs float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // it has ended, or this system does not tell
	}
	// The name, which is in parentheses, may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const hundredths = 1e6 / 100
	for _, field := range fields[11:13] {
		n, _ := strconv.ParseFloat(field, 64)
		µs += n * hundredths
	}
	return µs
}

// part is a process of a fleet and what it is counted under.
type part struct {
	name string
	pid  int
}

// costs are what the parts of a fleet have used so far.
func (f *fleet) costs(ctx context.Context) (map[part]float64, error) {
	costs := map[part]float64{}
	for _, p := range f.processes {
		of := part{p.name + "_cpu", p.cmd.Process.Pid}
		costs[of] = spent(of.pid)
	}
	if f.db == nil {
		return costs, nil
	}
	rows, err := f.db.Query(ctx, `select pid from pg_stat_activity`)
	if err != nil {
		return nil, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	for _, pid := range pids {
		costs[part{"postgres_cpu", pid}] = spent(pid)
	}
	return costs, err
}

// during runs do and gives what each of its n calls has cost every part. What a
// process used that ended meanwhile is not known: a connection that was closed
// takes nothing back of what the others have used.
func (f *fleet) during(ctx context.Context, n int, do func() error) (taking, error) {
	before, err := f.costs(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.profiled(ctx, do); err != nil {
		return nil, err
	}
	after, err := f.costs(ctx)
	t := taking{}
	for of, cost := range after {
		t[of.name] += (cost - before[of]) / float64(n)
	}
	return t, err
}
