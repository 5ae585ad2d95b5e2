package store

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
)

// refID reads a reference as an id: the 36 characters of a UUID. Everything
// else is a name.
func refID(ref string) (id uuid.UUID, ok bool) {
	if len(ref) != 36 {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(ref)
	return id, err == nil
}

// meant is the condition that finds what a reference means in a table. A text
// that nothing can be called finds nothing, and never reaches the database.
func meant(table, ref string) (condition string, value any) {
	if id, ok := refID(ref); ok {
		return table + ".id = ?", id
	}
	if !tenant.ValidName(ref) {
		ref = ""
	}
	return table + ".name = ?", ref
}

// notFound turns an empty answer into the fault that names what is missing.
func notFound(err error, noun, ref string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.New(fault.NotFound, "%s %q does not exist", noun, ref)
	}
	return err
}

// checkName refuses a name that nothing may bear. What reads as an id could
// never be found by its name.
func checkName(name string) error {
	if _, id := refID(name); id || !tenant.ValidName(name) {
		return invalid("name", tenant.NameRule+"; it does not look like an id")
	}
	return nil
}

// checkText refuses free text that Postgres cannot keep.
func checkText(path, text string) error {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return invalid(path, "text must be valid UTF-8 without NUL characters")
	}
	return nil
}

// checkEnvironment refuses what is none of the three.
func checkEnvironment(environment string) error {
	if !tenant.IsEnvironment(environment) {
		return fault.New(fault.NotFound, "environment %q does not exist", environment)
	}
	return nil
}

// checkEnvironments refuses a list that names anything else.
func checkEnvironments(environments []string) error {
	for _, e := range environments {
		if !tenant.IsEnvironment(e) {
			return invalid("environments", "an environment is DEV, UAT or PROD")
		}
	}
	return nil
}

// invalid is one thing wrong at one place.
func invalid(path, message string) error {
	return fault.Invalid(fault.Detail{Path: path, Code: "invalid", Message: message})
}
