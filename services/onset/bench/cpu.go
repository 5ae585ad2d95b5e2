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

// costs are what the parts of a fleet have used so far, by name.
func (f *fleet) costs(ctx context.Context) (taking, error) {
	t := taking{}
	for _, p := range f.processes {
		t[p.name+"_cpu"] += spent(p.cmd.Process.Pid)
	}
	if f.db == nil {
		return t, nil
	}
	rows, err := f.db.Query(ctx, `select pid from pg_stat_activity`)
	if err != nil {
		return nil, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	for _, pid := range pids {
		t["postgres_cpu"] += spent(pid)
	}
	return t, err
}

// during runs do and gives what each of its n calls has cost every part.
func (f *fleet) during(ctx context.Context, n int, do func() error) (taking, error) {
	before, err := f.costs(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.profiled(ctx, do); err != nil {
		return nil, err
	}
	after, err := f.costs(ctx)
	for part := range after {
		after[part] = (after[part] - before[part]) / float64(n)
	}
	return after, err
}
