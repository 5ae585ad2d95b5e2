package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Once names a creation, so that the same one again finds what the first made.
type Once struct {
	// Key is the caller's name for it; empty means that every call creates.
	Key string
	// Hash is over what was asked.
	Hash []byte
	// TTL is how long the key is remembered.
	TTL time.Duration
}

// CreateTrigger makes a trigger. Without a name it gets one from its title that
// is not taken. Faults: Conflict when the chosen name is taken or what the key
// made was deleted, IdempotencyConflict when the key made something else. fresh
// is false when the key had already made the trigger.
func (t Tenant) CreateTrigger(ctx context.Context, g trigger.Trigger, once Once) (stored trigger.Trigger, fresh bool, err error) {
	chosen := g.Name != ""
	if !chosen {
		g.Name = baseName(g)
	}
	if err := checkTrigger(g); err != nil {
		return trigger.Trigger{}, false, err
	}
	var row triggerRow
	err = t.atomically(ctx, func(tx *gorm.DB) error {
		id := newID()
		made, err := t.once(tx, "triggers", once, id)
		if err != nil {
			return err
		}
		if fresh = made == id; !fresh {
			t.mark.Settle()
			row, err = t.madeBefore(tx, made)
			return err
		}
		target, err := t.target(tx, g)
		if err != nil {
			return err
		}
		row = t.s.newTrigger(t.ws, g, target)
		row.ID = id
		if err := t.insertTrigger(tx, &row, chosen); err != nil {
			return err
		}
		t.mark.Changed(row.object(), nil, row.audited())
		return t.keepUp(tx, nil, row)
	})
	if err != nil {
		return trigger.Trigger{}, false, err
	}
	return row.noun(), fresh, nil
}

// madeBefore is the trigger that an Idempotency-Key made, as it is now.
func (t Tenant) madeBefore(tx *gorm.DB, id uuid.UUID) (triggerRow, error) {
	row, err := t.trigger(tx, id.String())
	if fault.Of(err).Code == fault.NotFound {
		return row, fault.New(fault.Conflict, "the trigger that this Idempotency-Key made was deleted: send another key to make a new one")
	}
	return row, err
}

// insertTrigger inserts a row under its name, or under the next one that is free
// when nobody chose it.
func (t Tenant) insertTrigger(tx *gorm.DB, row *triggerRow, chosen bool) error {
	base := row.Name
	for {
		if !chosen {
			taken, err := t.named(tx, base)
			if err != nil {
				return err
			}
			row.Name = freeName(base, taken)
		}
		made := tx.Clauses(unlessThere).Create(row)
		switch {
		case made.Error != nil || made.RowsAffected > 0:
			return made.Error
		case chosen:
			return fault.New(fault.Conflict, "trigger %q exists: change it with PUT or PATCH, or leave the name out", row.Name)
		}
	}
}

// named are the names in use that begin with base.
func (t Tenant) named(tx *gorm.DB, base string) (names []string, err error) {
	err = t.rows(tx, "triggers").Where(`deleted_at is null and (name = ? or name like ? escape '\')`, base, literal.Replace(base)+"-%").
		Pluck("name", &names).Error
	return names, err
}

// longestBase leaves room for a number behind a name.
const longestBase = 100

// baseName is a name for a trigger that has none: its title, or else its kind.
func baseName(g trigger.Trigger) string {
	name := cmp.Or(tenant.NameOf(g.Title, longestBase), tenant.NameOf(g.Kind, longestBase), "trigger")
	if _, id := refID(name); id {
		return "trigger-" + name
	}
	return name
}

// freeName is base, or base with the first number from 2 that is not taken.
func freeName(base string, taken []string) string {
	name := base
	for n := 2; slices.Contains(taken, name); n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	return name
}
