package boot

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/onsethq/onset/pkg/secret"
)

// Environ is the process's environment as Load reads it.
func Environ() map[string]string { return env.ToMap(os.Environ()) }

// Load reads the settings from variables and reports every mistake at once,
// each with its name and what to write instead; values are not repeated, for
// some are secrets. An empty variable is one that was not set. mode is what
// ONSET_MODE means when nothing says otherwise. What could be read is given
// also beside an error, so that what is missing can be told with it.
func Load(variables map[string]string, mode Mode) (Settings, error) {
	given := maps.Clone(variables)
	maps.DeleteFunc(given, func(_, value string) bool { return strings.TrimSpace(value) == "" })

	var s Settings
	wrong, err := parse(&s, given)
	if err != nil {
		return Settings{}, err
	}
	if s.Mode == "" {
		s.Mode = mode
	}
	for _, c := range s.checks() {
		if _, told := wrong[c.name]; !told && !c.ok {
			wrong[c.name] = c.write
		}
	}
	if len(wrong) == 0 {
		return s, nil
	}
	lines := []error{errors.New("some settings cannot be used")}
	for _, v := range Variables() {
		if write, ok := wrong[v.Name]; ok {
			lines = append(lines, fmt.Errorf("  %s: %s", v.Name, write))
		}
	}
	return s, errors.Join(lines...)
}

// parse fills s and gives what to write, by name, where a text does not have
// the form of its setting.
func parse(s *Settings, given map[string]string) (wrong map[string]string, err error) {
	wrong = map[string]string{}
	err = env.ParseWithOptions(s, env.Options{Environment: given})
	var all env.AggregateError
	if err != nil && !errors.As(err, &all) {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	for _, e := range all.Errors {
		var field env.ParseError
		if !errors.As(e, &field) {
			return nil, fmt.Errorf("read settings: %w", e)
		}
		f, _ := reflect.TypeFor[Settings]().FieldByName(field.Name)
		wrong[f.Tag.Get("env")] = form(f.Type)
	}
	return wrong, nil
}

// form says how a value of the type is written.
func form(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "write a duration with its unit, such as 30s, 5m or 100ms"
	case reflect.TypeFor[slog.Level]():
		return "write debug, info, warn or error"
	case reflect.TypeFor[int]():
		return "write a whole number"
	}
	return "write a " + t.String()
}

// Variable is one setting as people see it.
type Variable struct {
	Name    string // of the environment variable
	Default string
	Help    string
	Secret  bool // its value must not be shown
}

// Variables lists every setting, in the order of Settings.
func Variables() []Variable {
	var out []Variable
	for f := range reflect.TypeFor[Settings]().Fields() {
		out = append(out, Variable{
			Name:    f.Tag.Get("env"),
			Default: f.Tag.Get("envDefault"),
			Help:    f.Tag.Get("help"),
			Secret:  f.Type == reflect.TypeFor[secret.Secret](),
		})
	}
	return out
}

// Unknown lists the variables that begin with ONSET_ and mean nothing to a
// server: most often a typing error.
func Unknown(variables map[string]string) []string {
	known := []string{"ONSET_SERVER", "ONSET_API_KEY"} // the client commands'
	for _, v := range Variables() {
		known = append(known, v.Name)
	}
	var out []string
	for name := range variables {
		if strings.HasPrefix(name, "ONSET_") && !slices.Contains(known, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
