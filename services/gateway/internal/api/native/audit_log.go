package native

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// auditDocument is an entry of the audit log.
type auditDocument struct {
	ID        uuid.UUID      `json:"id"`
	At        moment         `json:"at"`
	Actor     string         `json:"actor" doc:"The key by its name, such as key:ci; onset for what it did by itself, as a policy says."`
	ActorID   uuid.UUID      `json:"actor_id" doc:"The id of that key; zeros where there is none."`
	Action    string         `json:"action" doc:"A noun and a verb, such as trigger.pause."`
	Object    string         `json:"object" doc:"What it was done to, such as trigger/nightly or environment/DEV/secret/TOKEN."`
	Changes   []audit.Change `json:"changes" doc:"The fields that differ, with what they were and are; of secrets and of what is long only that they differ."`
	Address   string         `json:"address" doc:"Where the request came from."`
	RequestID string         `json:"request_id"`
}

func auditOf(e audit.Entry) auditDocument {
	return auditDocument{
		ID: e.ID, At: moment(e.At), Actor: e.Actor, ActorID: e.ActorID, Action: e.Action, Object: e.Object,
		Changes: e.Changes, Address: e.Address, RequestID: e.RequestID,
	}
}

// auditQuery narrows the audit log.
type auditQuery struct {
	pageQuery
	Object string     `query:"object" doc:"An object, or what its name begins with up to a slash: environment/DEV."`
	Action string     `query:"action"`
	Actor  string     `query:"actor" doc:"key:<name>, the id of a key, or onset."`
	Since  *time.Time `query:"since" doc:"Changed at this moment or later."`
	Until  *time.Time `query:"until" doc:"Changed before this moment."`
}

var auditLogDoc = api.Doc{
	ID: "listAuditLog", Summary: "List who changed what, newest first",
	Detail: "A change is recorded in the transaction that makes it. Nobody can alter an entry, or delete it before its time. " +
		"The key has to reach every environment.",
	Query: auditQuery{}, Gives: api.Gives{http.StatusOK: list[auditDocument]{}}, Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.UnknownField},
}

// auditLog lists what was changed. It speaks of every environment, so it takes
// a key that reaches them all.
func (n Native) auditLog(ctx context.Context, c *api.Call) (int, any, error) {
	if err := reachesAll(c, nil); err != nil {
		return 0, nil, err
	}
	if err := onlyKnown(c, auditQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	q := c.Query()
	filter := store.AuditFilter{Object: q.Get("object"), Action: q.Get("action"), Actor: q.Get("actor")}
	if filter.Since, err = timeOf(q.Get("since"), "since"); err != nil {
		return 0, nil, err
	}
	if filter.Until, err = timeOf(q.Get("until"), "until"); err != nil {
		return 0, nil, err
	}
	entries, next, err := c.Store.AuditLog(ctx, filter, p)
	return http.StatusOK, listOf(entries, next, auditOf), err
}
