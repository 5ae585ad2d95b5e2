package boot_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/onsethq/onset/pkg/backend/embedded"
	"github.com/onsethq/onset/pkg/boot"
)

// part is a service made of a function.
type part struct {
	name string
	run  func(context.Context) error
}

func (p part) Name() string                  { return p.name }
func (p part) Run(ctx context.Context) error { return p.run(ctx) }

func module(run func(ctx context.Context, env *boot.Env) error) boot.Module {
	return func(env *boot.Env) (boot.Service, error) {
		return part{"part", func(ctx context.Context) error { return run(ctx, env) }}, nil
	}
}

func settings(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"ONSET_ADDR": "127.0.0.1:0", "ONSET_ADMIN_ADDR": "127.0.0.1:0", "ONSET_DATA_DIR": t.TempDir()}
}

func load(t *testing.T) boot.Settings {
	t.Helper()
	s, err := boot.Load(settings(t), boot.Local)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, ctx context.Context, modules ...boot.Module) error {
	t.Helper()
	p := boot.Program{Name: "test", Backends: embedded.Open, Modules: modules}
	return p.Run(ctx, load(t), slog.New(slog.DiscardHandler))
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(body))
}

func TestAProgramIsReadyWhileItRunsAndNotWhileItDrains(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := start(t, ctx, module(func(ctx context.Context, env *boot.Env) error {
		admin := "http://" + env.Settings.AdminAddr
		if status, body := get(t, admin+"/readyz"); status != http.StatusOK {
			t.Errorf("running: %d %s", status, body)
		}
		if _, body := get(t, admin+"/metrics"); !strings.Contains(body, "onset_queue_bells_total") {
			t.Error("the queue's metrics are not served")
		}
		cancel()
		<-ctx.Done()
		if status, body := get(t, admin+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "is stopping") {
			t.Errorf("draining: %d %s", status, body)
		}
		return nil
	}))
	if err != nil {
		t.Error(err)
	}
}

func TestModulesShareAnOpenEnvironment(t *testing.T) {
	t.Parallel()
	var base string
	listens := func(env *boot.Env) (boot.Service, error) {
		l, err := env.Listen()
		if err != nil {
			return nil, err
		}
		base = "http://" + l.Addr().String()
		return part{"listens", func(context.Context) error { return nil }}, nil
	}
	err := start(t, t.Context(), listens, module(func(ctx context.Context, env *boot.Env) error {
		if env.Settings.BaseURL() != base || strings.HasSuffix(base, ":0") {
			t.Errorf("later modules see %s, the listener is %s", env.Settings.BaseURL(), base)
		}
		if env.Keyring == nil || env.Kinds == nil || env.Now().IsZero() || env.Instance == "" || !env.Alone {
			t.Errorf("the environment is not whole: %+v", env)
		}
		_, err := env.Store.Clock(ctx)
		_, gen := env.Queue.Generation(ctx)
		return errors.Join(err, gen)
	}))
	if err != nil {
		t.Error(err)
	}
}

func TestWhatWasOpenedIsClosedInReverseWhateverFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := []struct {
		name string
		last boot.Module
	}{
		{"Module", func(*boot.Env) (boot.Service, error) { return nil, broken }},
		{"Service", module(func(context.Context, *boot.Env) error { return broken })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var closed []string
			opens := func(name string) boot.Module {
				return func(env *boot.Env) (boot.Service, error) {
					env.OnClose(func() error { closed = append(closed, name); return nil })
					return part{name, func(ctx context.Context) error { <-ctx.Done(); return nil }}, nil
				}
			}
			if err := start(t, t.Context(), opens("first"), opens("second"), tt.last); !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if !slices.Equal(closed, []string{"second", "first"}) {
				t.Errorf("closed %v", closed)
			}
		})
	}
}

func TestAProgramCanRunAgainOnItsFolder(t *testing.T) {
	t.Parallel()
	s := load(t)
	p := boot.Program{Name: "test", Backends: embedded.Open, Modules: []boot.Module{module(func(context.Context, *boot.Env) error { return nil })}}
	for range 2 {
		if err := p.Run(t.Context(), s, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMain turns the test binary into a program when it is asked to.
func TestMain(m *testing.M) {
	if os.Getenv("BOOT_TEST_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	needs := func(s boot.Settings) error {
		if os.Getenv("BOOT_TEST_NEEDS") != "" && s.RedisURL == "" {
			return errors.New("REDIS_URL is not set")
		}
		return nil
	}
	boot.Main(boot.Program{Name: "sample", Mode: boot.Local, Needs: needs, Backends: embedded.Open, Modules: []boot.Module{
		func(*boot.Env) (boot.Service, error) {
			return part{"sample", func(ctx context.Context) error {
				_, _ = os.Stdout.WriteString("running\n")
				<-ctx.Done()
				_, _ = os.Stdout.WriteString("draining\n")
				if os.Getenv("BOOT_TEST_HANG") != "" {
					select {}
				}
				return nil
			}}, nil
		},
	}})
}

// process is the test binary as a program of its own.
type process struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr strings.Builder
	once   sync.Once
}

func launch(t *testing.T, extra ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "BOOT_TEST_PROGRAM=1")
	for name, value := range settings(t) {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Env = append(p.cmd.Env, extra...)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); p.code() })
	return p
}

func (p *process) reads(t *testing.T, want string) {
	t.Helper()
	if !p.lines.Scan() || p.lines.Text() != want {
		p.code()
		t.Fatalf("read %q, want %q; stderr:\n%s", p.lines.Text(), want, p.stderr.String())
	}
}

func (p *process) code() int {
	p.once.Do(func() { _ = p.cmd.Wait() })
	return p.cmd.ProcessState.ExitCode()
}

func TestASignalEndsAProgramInOrder(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			p := launch(t)
			p.reads(t, "running")
			_ = p.cmd.Process.Signal(signal)
			p.reads(t, "draining")
			if code := p.code(); code != 0 {
				t.Errorf("exit code %d; stderr:\n%s", code, p.stderr.String())
			}
		})
	}
}

func TestASecondSignalDoesNotWait(t *testing.T) {
	t.Parallel()
	p := launch(t, "BOOT_TEST_HANG=1")
	p.reads(t, "running")
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	p.reads(t, "draining")
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if code := p.code(); code != 1 {
		t.Errorf("exit code %d; stderr:\n%s", code, p.stderr.String())
	}
}

func TestSettingsThatCannotBeUsedEndWithTwo(t *testing.T) {
	t.Parallel()
	p := launch(t, "ONSET_LEASE=30", "ONSET_MODE=cloud")
	if code := p.code(); code != 2 || !strings.Contains(p.stderr.String(), "ONSET_LEASE: write a duration") || !strings.Contains(p.stderr.String(), "ONSET_MODE: write local or hosted") {
		t.Errorf("exit code %d; stderr:\n%s", code, p.stderr.String())
	}
}

func TestWhatIsWrongAndWhatIsMissingIsToldAtOnce(t *testing.T) {
	t.Parallel()
	p := launch(t, "ONSET_LEASE=30", "BOOT_TEST_NEEDS=1", "REDIS_URL=")
	if code := p.code(); code != 2 || !strings.Contains(p.stderr.String(), "ONSET_LEASE: write a duration") || !strings.Contains(p.stderr.String(), "REDIS_URL is not set") {
		t.Errorf("exit code %d; stderr:\n%s", code, p.stderr.String())
	}
}

func TestAProgramThatIsStoppedBeforeItBeganEndsInOrder(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := boot.Program{Name: "test", Backends: func(ctx context.Context, _ *boot.Env) error {
		cancel()
		return fmt.Errorf("wait for the database: %w", ctx.Err())
	}}
	if err := p.Run(ctx, load(t), slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("a stop that was asked for is a failure: %v", err)
	}
}

func TestAFolderInUseEndsWithOneAndSaysWhoHasIt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := launch(t, "ONSET_DATA_DIR="+folder)
	first.reads(t, "running")
	second := launch(t, "ONSET_DATA_DIR="+folder)
	if code := second.code(); code != 1 || !strings.Contains(second.stderr.String(), "belongs to a running onset (process ") {
		t.Errorf("exit code %d; stderr:\n%s", code, second.stderr.String())
	}
}
