package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// door is the least that accepts starts, and the ceiling of what the product can
// do on a machine: gin, keys that are known by their hashes, a body that is JSON,
// and the rows of all who wait in one statement with exact caps. It knows no
// triggers, repeats, changes, limits, and nobody executes what it accepts.
type door struct {
	db      *pgxpool.Pool
	tenants map[[sha256.Size]byte]uuid.UUID
	starts  chan start
}

type start struct {
	id, tenant uuid.UUID
	message    string
	done       chan error
}

// doorTenants is how many tenants its calls are spread over.
const doorTenants = 8

func doorKey(tenant int) string {
	return fmt.Sprintf("a key of the tenant %d, as long as ours", tenant)
}

// doorAddress is the variable that makes this program, or its test, serve the
// bare door and nothing else, on the database of DATABASE_URL.
const doorAddress = "ONSET_BENCH_DOOR"

const doorTables = `
create table door_counters (tenant uuid primary key, running int not null default 0, cap int not null);
create table door_runs (id uuid primary key, tenant uuid not null, status text not null default 'pending', message text not null,
  admitted boolean not null, created_at timestamptz not null default now(), finished_at timestamptz,
  check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)));
create index door_ready on door_runs (created_at, id) where status = 'pending' and admitted;
create index door_list on door_runs (tenant, id)`

const doorAccept = `
with u as (
  select *, row_number() over (partition by tenant order by id) as rank from unnest($1::uuid[], $2::uuid[], $3::text[]) as u (id, tenant, message)
), k as (
  select * from door_counters where tenant = any($2) order by tenant for no key update
), m as (
  select k.tenant, least(greatest(k.cap - k.running, 0), count(*)) as taken from k join u on u.tenant = k.tenant group by k.tenant, k.cap, k.running
), x as (
  update door_counters c set running = c.running + m.taken from m where c.tenant = m.tenant and m.taken > 0
)
insert into door_runs (id, tenant, message, admitted) select u.id, u.tenant, u.message, u.rank <= m.taken from u join m on m.tenant = u.tenant`

// door is how many calls a second the bare door answers, in a process of its own
// as the product is.
func (f *fleet) door(ctx context.Context) (perSecond float64, err error) {
	p, err := spawnSelf(ctx, "bare door", doorAddress, "DATABASE_URL="+f.db.Config().ConnString())
	if err != nil {
		return 0, err
	}
	defer f.db.Exec(context.WithoutCancel(ctx), `drop table door_runs, door_counters`) //nolint:errcheck // the database goes with it
	defer p.stop()
	body := fmt.Appendf(nil, `{"message": %q}`, message)
	l, err := flood(ctx, p.addr, f.scaled(burst), func(n int) []byte { return post("/", doorKey(n%doorTenants), body) }, unread)
	return l.rate(), err
}

// serveDoor serves the bare door until ctx ends.
func serveDoor(ctx context.Context, addr string) error {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	maps.Copy(config.ConnConfig.RuntimeParams, map[string]string{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"})
	d := door{tenants: map[[sha256.Size]byte]uuid.UUID{}, starts: make(chan start, 4096)}
	if d.db, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	defer d.db.Close()
	if _, err := d.db.Exec(ctx, doorTables); err != nil {
		return err
	}
	for n := range doorTenants {
		id := uuid.New()
		d.tenants[sha256.Sum256([]byte(doorKey(n)))] = id
		if _, err := d.db.Exec(ctx, `insert into door_counters (tenant, cap) values ($1, 50)`, id); err != nil {
			return err
		}
	}
	var committing sync.WaitGroup
	defer committing.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	committing.Go(func() { d.commit(ctx) })
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/", func(c *gin.Context) { c.Status(http.StatusOK) })
	engine.POST("/", d.start)
	server := &http.Server{Addr: addr, Handler: engine}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (d *door) start(c *gin.Context) {
	tenant, known := d.tenants[sha256.Sum256([]byte(strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")))]
	body, err := io.ReadAll(io.LimitReader(c.Request.Body, 1<<20))
	if !known || err != nil || !json.Valid(body) {
		c.Status(http.StatusBadRequest)
		return
	}
	s := start{uuid.Must(uuid.NewV7()), tenant, string(body), make(chan error, 1)}
	d.starts <- s
	if err := <-s.done; err != nil {
		c.Status(http.StatusServiceUnavailable)
		return
	}
	c.JSON(http.StatusOK, gin.H{"workflow_id": s.id, "status": "pending"})
}

// commit writes down who waits, all in one statement, until ctx ends.
func (d *door) commit(ctx context.Context) {
	for ctx.Err() == nil {
		batch := d.gather(ctx)
		var ids, tenants []uuid.UUID
		var messages []string
		for _, s := range batch {
			ids, tenants, messages = append(ids, s.id), append(tenants, s.tenant), append(messages, s.message)
		}
		_, err := d.db.Exec(ctx, doorAccept, ids, tenants, messages)
		for _, s := range batch {
			s.done <- err
		}
	}
}

// gather waits for a start and, a millisecond at most, for sixteen.
func (d *door) gather(ctx context.Context) (batch []start) {
	late := make(<-chan time.Time)
	for len(batch) < 16 || len(d.starts) > 0 {
		select {
		case s := <-d.starts:
			if batch = append(batch, s); len(batch) == 1 {
				late = time.After(time.Millisecond)
			}
		case <-late:
			return batch
		case <-ctx.Done():
			return batch
		}
	}
	return batch
}
