package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// database looks at DATABASE_URL. What a schema that is behind cannot answer is
// not asked.
func (d Doctor) database(ctx context.Context) []Finding {
	if d.Settings.DatabaseURL == "" {
		return []Finding{unknown(database, "DATABASE_URL is not set here", "set it to that of the services to have it looked at")}
	}
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	s, err := store.Postgres(ctx, d.Settings.DatabaseURL.Reveal(), store.Options{
		Terms: run.Terms{Lease: d.Settings.Lease}, Now: d.Now,
	})
	if err != nil {
		return []Finding{wrong(database, "it cannot be opened: "+cause(err), "see that it runs, that it may be reached from here, and that DATABASE_URL is right")}
	}
	defer s.Close()
	out := []Finding{d.version(ctx, s), d.clock(ctx, s)}
	pending, err := s.Pending(ctx)
	if err != nil {
		return append(out, silent(migrations, err))
	}
	out = append(out, judgeMigrations(pending))
	if pending > 0 {
		return out
	}
	out = append(out, d.masterKey(ctx, s))
	return append(out, rows(ctx, s.Fleet())...)
}

func (d Doctor) version(ctx context.Context, s *store.Store) Finding {
	text, major, err := s.Version(ctx)
	if err != nil {
		return silent(database, err)
	}
	return judgePostgres(text, major)
}

func (d Doctor) clock(ctx context.Context, s *store.Store) Finding {
	asked := d.Now()
	there, err := s.Clock(ctx)
	if err != nil {
		return silent(clock, err)
	}
	return judgeClock(boot.Skew(asked, there, d.Now()))
}

func (d Doctor) masterKey(ctx context.Context, s *store.Store) Finding {
	ours, err := d.fingerprint()
	if err != nil {
		return wrong(masterKey, err.Error(), "write 32 random bytes in base64, the same for every service")
	}
	kept, err := s.Keeper(ctx)
	if err != nil {
		return silent(masterKey, err)
	}
	return judgeKey(kept, ours)
}

// fingerprint is that of the master key that a service with these settings
// would have; empty when there is none. None is made.
func (d Doctor) fingerprint() (string, error) {
	s := d.Settings
	if s.MasterKey == "" {
		if _, err := os.Stat(filepath.Join(s.DataDir, backend.KeyFile)); s.Mode != boot.Local || errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
	}
	env := &boot.Env{Settings: s}
	if err := backend.Keyring(env); err != nil {
		return "", err
	}
	return backend.Fingerprint(env.Keyring), nil
}

// rows looks at the runs of all workspaces: only at how many and how old.
func rows(ctx context.Context, f store.Fleet) []Finding {
	var out []Finding
	ready, age, _, err := f.Stats(ctx)
	if err != nil {
		out = append(out, silent(oldest, err))
	} else {
		out = append(out, judgeOldest(age, ready))
	}
	counts, err := f.Audit(ctx)
	if err != nil {
		return append(out, silent(audit, err))
	}
	return append(out, judgeAudit(counts)...)
}

// silent is the finding that a question was not answered.
func silent(check string, err error) Finding {
	return wrong(check, "it does not tell: "+cause(err), "see what the server's own log says, and ask again")
}

// cause is what lies under the sentence that strangers are told.
func cause(err error) string {
	if under := errors.Unwrap(err); under != nil {
		return under.Error()
	}
	return err.Error()
}
