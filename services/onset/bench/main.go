// Command bench measures the product on the machine it runs on: the real
// binary as processes, on the Postgres and Redis of TEST_DATABASE_URL and
// TEST_REDIS_URL, beside a yardstick of the same minute. Only the ratios mean
// something elsewhere; they are medians of interleaved rounds.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if addr := os.Getenv(bareAddress); addr != "" {
		_ = serveBare(ctx, addr)
		return
	}
	if addr := os.Getenv(doorAddress); addr != "" {
		_ = serveDoor(ctx, addr)
		return
	}
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// command runs what the arguments ask for. Progress goes to aside, the table or
// the JSON to out.
func command(ctx context.Context, args []string, out, aside io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(aside)
	binary := flags.String("onset", "bin/onset", "the product")
	wanted := flags.String("rows", "", "rows to measure, with commas: "+strings.Join(names(rows), ", ")+"; empty means all")
	rounds := flags.Int("rounds", 3, "how often each row is measured")
	brief := flags.Bool("brief", false, "a hundredth of the work: shows that the bench works and measures nothing")
	profile := flags.String("profile", "", "a file for a profile of the product in the rows accept, finish and poll; what is measured then is not worth comparing")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(rows, *wanted)
	if err != nil {
		return err
	}
	b := bench{
		Database: os.Getenv("TEST_DATABASE_URL"), Redis: os.Getenv("TEST_REDIS_URL"),
		Brief: *brief, Profile: *profile != "", Aside: aside,
	}
	if b.Database == "" || b.Redis == "" {
		return fmt.Errorf("run make bench, or set TEST_DATABASE_URL and TEST_REDIS_URL")
	}
	if b.Binary, err = filepath.Abs(*binary); err != nil {
		return err
	}
	report, err := b.measure(ctx, chosen, *rounds)
	if err != nil {
		return err
	}
	if b.Profile {
		if err := b.keepProfile(*profile); err != nil {
			return err
		}
	}
	if *asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return report.print(out)
}
