// Package boot turns settings and a list of modules into a running program: it
// opens what they share once, runs them together, and ends them in order.
package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Service is a part of a program that runs until it is told to stop.
type Service interface {
	// Name is how logs and errors call it.
	Name() string
	// Run blocks. When ctx ends it drains, leaves nothing behind and returns
	// nil. A service that has nothing more to do may return nil earlier; an
	// error ends the whole program.
	Run(ctx context.Context) error
}

// Module makes a service out of what the program shares. It checks and opens
// what the service needs, and starts nothing.
type Module func(*Env) (Service, error)

// Program is a list of modules. The all-in-one is the longer list.
type Program struct {
	Name string
	// Mode is what ONSET_MODE means when it is not set; Hosted when empty.
	Mode Mode
	// Needs says which settings this program cannot do without and lacks; nil
	// when it needs none. It is told together with the mistakes in the others.
	Needs func(Settings) error
	// Backends opens the Store, Queue and Keyring of the environment, and hands
	// what closes them to OnClose.
	Backends func(context.Context, *Env) error
	Modules  []Module
}

// Main runs a program with the process's environment and never returns.
func Main(p Program) { os.Exit(p.Exec(Environ())) }

// Exec runs a program with the given variables until it ends or is told to by
// SIGINT or SIGTERM; a second signal ends the process at once. The code is for
// os.Exit: 0 after an orderly end, 1 after a failure, 2 when the settings
// cannot be used. What went wrong stands on stderr.
func (p Program) Exec(variables map[string]string) (code int) {
	mode := p.Mode
	if mode == "" {
		mode = Hosted
	}
	s, err := Load(variables, mode)
	if p.Needs != nil {
		err = errors.Join(err, p.Needs(s))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		return 2
	}
	collectLess(variables, mode)
	stayWithin(memlimit.FromCgroup)
	log := newLog(os.Stderr, s).With("program", p.Name)
	RedisLog(log)
	for _, name := range Unknown(variables) {
		log.Warn("setting is not known", "setting", name)
	}
	ctx, stop := untilSignal(context.Background(), log)
	defer stop()
	if err := p.Run(ctx, s, log); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		return 1
	}
	return 0
}

// Run opens the backends, makes every module and runs the services until ctx
// ends or one of them fails. The health, the metrics and the bells outlive the
// services, so that a draining process can be watched and its last bells ring.
func (p Program) Run(ctx context.Context, s Settings, log *slog.Logger) error {
	for _, sentence := range s.Warnings() {
		log.WarnContext(ctx, "setting may surprise", "setting", sentence)
	}
	env := newEnv(s, log)
	defer env.close()
	if err := p.Backends(ctx, env); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop before anything had begun
		}
		return err
	}
	foundation, err := env.foundation()
	if err != nil {
		return err
	}
	services, err := p.services(env)
	if err != nil {
		return err
	}
	told, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	defer context.AfterFunc(ctx, func() {
		env.Health.Set("process", errStopping) // first, so that nobody is sent to a draining service
		end()
	})()
	giveBack()
	log.InfoContext(ctx, "started", "instance", env.Instance, "admin_addr", env.Settings.AdminAddr)
	err = stacked(told, foundation, services)
	log.InfoContext(ctx, "stopped", "instance", env.Instance)
	return err
}

var errStopping = errors.New("is stopping")

func (p Program) services(env *Env) ([]Service, error) {
	var out []Service
	for _, module := range p.Modules {
		s, err := module(env)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
