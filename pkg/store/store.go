// Package store keeps every noun of Onset in SQL and is the only place that
// knows how. Postgres and SQLite are proven by one suite (storetest).
//
// The run's life (accept, admit, claim, beat, append, leave, sweep) is written
// as SQL by hand, one statement per batch where Postgres allows it; everything
// else goes through gorm.
package store

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/memo"
	"github.com/onsethq/onset/pkg/run"
)

// Store is the database, whichever it is.
type Store struct {
	db        *gorm.DB // everything that is not hot
	readers   *gorm.DB // what is asked most, on SQLite
	group     *group   // who shares a transaction of SQLite's one writer; nil on Postgres
	hot       hot
	flush     *flushers
	refused   atomic.Int64
	dialect   dialect
	now       func() time.Time
	log       *slog.Logger
	terms     run.Terms
	cursorKey []byte
	auditKeep time.Duration
	closers   []func() error

	definitions definitions                     // builds that runs have asked for
	entered     memo.Memo[entering, remembered] // what callers were let in by lately
}

// Options are what a store needs beside its database. Their zero value works.
type Options struct {
	Terms run.Terms        // zero: the shipped lease of 30 s
	Now   func() time.Time // zero: time.Now
	Log   *slog.Logger     // zero: silence
	// Readers is a second way to the file of a SQLite store, which only reads:
	// what every call asks then does not stand in line behind what is written.
	// The store closes it. Zero: one line for all.
	Readers *gorm.DB
	// CursorKey signs the cursors of lists. A fleet shares one; without it
	// cursors are refused by every other process.
	CursorKey []byte
	// AuditKeep is how long entries of the audit log are kept that are written
	// from now on; zero: a year.
	AuditKeep time.Duration
}

// Tenant is the store as one workspace sees it. Every statement of a Tenant
// names its workspace.
type Tenant struct {
	s    *Store
	ws   uuid.UUID
	mark *audit.Mark // what is recorded with the next change; nil: nothing
	// basis is what the next start rests upon; nil: on nothing that was recalled.
	basis *Basis
}

// In narrows the store to one workspace. It panics on the zero id: a missing
// tenant is a mistake in this repository, never a wider view.
func (s *Store) In(workspace uuid.UUID) Tenant {
	if workspace == uuid.Nil {
		panic("store: In needs a workspace")
	}
	return Tenant{s: s, ws: workspace}
}

// Fleet is the store as the machinery sees it: runs of all workspaces, by
// lease. Only the scheduler and the worker may ask for it (layers_test).
type Fleet struct{ s *Store }

// Fleet gives the view that is not narrowed to a workspace.
func (s *Store) Fleet() Fleet { return Fleet{s} }
