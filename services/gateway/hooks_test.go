package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// hook makes a trigger of kind generic that knows the secret "sesame", and gives
// the path to it.
func (s *side) hook(name, config, policies string) (path string) {
	s.g.t.Helper()
	made := s.made(http.MethodPut, "/triggers/"+name, fmt.Sprintf(`{"kind":"generic","graph":"echo","config":%s,"policies":%s}`, config, policies))
	id := made.field("id").(string)
	s.knows(id, "sesame")
	return "/api/v1/hooks/" + id
}

// knows gives a trigger a secret.
func (s *side) knows(id, value string) {
	s.g.t.Helper()
	_, err := s.store.ChangeTriggerSecrets(s.g.t.Context(), id, func(kept []trigger.Secret) ([]trigger.Secret, error) {
		made := trigger.Secret{ID: uuid.New(), CreatedAt: time.Now()}
		var err error
		made.Sealed, err = s.g.env.Keyring.Seal([]byte(value), made.Owner(s.ws.ID)...)
		return append(kept, made), err
	})
	must(s.g.t, err)
}

// sesame proves that the sender knows the secret.
var sesame = header("X-Trigger-Secret", "sesame")

// taken is the native answer to a webhook.
type taken struct {
	Status     string  `json:"status"`
	DeliveryID string  `json:"delivery_id"`
	RunID      *string `json:"run_id"`
	Reason     *string `json:"reason"`
}

func (r *reply) taken() (t taken) {
	r.t.Helper()
	r.into(&t)
	return t
}

func TestWebhookStartsARunThatKnowsWhatArrived(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws := serve(t, s).side("ws1")
		path := ws.hook("orders", `{"message":"Order {{ payload.id }}","user_variables":{"total":"{{ payload.total }}"}}`, `{}`)
		got := ws.g.do(http.MethodPost, path, `{"id":"A-1","total":12}`, sesame).is(http.StatusAccepted).taken()
		if got.Status != "accepted" || got.RunID == nil || got.Reason != nil {
			t.Fatalf("answered %+v", got)
		}
		r, err := ws.store.Run(t.Context(), uuid.MustParse(*got.RunID))
		must(t, err)
		told, err := json.Marshal(r.UserVariables)
		must(t, err)
		if r.Message != "Order A-1" || string(told) != `{"payload":{"id":"A-1","total":12},"total":12}` || r.Cause.Kind != "generic" || r.Cause.DeliveryID != got.DeliveryID {
			t.Errorf("the run was told %q, %s and is caused by %+v", r.Message, told, r.Cause)
		}
	})
}

func TestWebhookThatProvesNothingStartsNothing(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{}`, `{}`)
	for name, proof := range map[string]with{"none": header("X", "y"), "wrong": header("X-Trigger-Secret", "wrong"), "empty": header("X-Trigger-Secret", "")} {
		if got := ws1.g.do(http.MethodPost, path, `{}`, proof); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	ws1.g.do(http.MethodPost, "/api/v1/hooks/"+uuid.NewString(), `{}`, sesame).is(http.StatusNotFound)
	ws1.g.do(http.MethodPost, "/api/v1/hooks/orders", `{}`, sesame).is(http.StatusNotFound)
	if n := ws1.runs(); n > 0 {
		t.Errorf("%d runs", n)
	}
}

func TestSameDeliveryOverThreeGatewaysStartsOneRun(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		first := serve(t, s)
		ws := first.side("ws1")
		path := ws.hook("orders", `{}`, `{}`)
		gates := []*gate{first, beside(t, first), beside(t, first)}
		answers := make(chan taken, 10)
		for i := range 10 {
			go func() {
				answers <- gates[i%3].do(http.MethodPost, path, `{"id":"A-1"}`, sesame, header("Idempotency-Key", "d-1")).taken()
			}()
		}
		count, runs := map[string]int{}, map[string]bool{}
		for range 10 {
			got := <-answers
			count[got.Status]++
			runs[*got.RunID] = true
		}
		if count["accepted"] != 1 || count["duplicate"] != 9 || len(runs) != 1 || ws.runs() != 1 {
			t.Errorf("answered %v about %d runs; there are %d", count, len(runs), ws.runs())
		}
	})
}

// delivered makes a delivery that started nothing, and gives its id.
func (s *side) delivered() string {
	s.g.t.Helper()
	path := s.hook("hooked", `{}`, `{"filter":"payload.go"}`)
	return s.g.do(http.MethodPost, path, `{"go":false}`, sesame).is(http.StatusOK).taken().DeliveryID
}

// signedAs signs a request as the senders of a scheme do.
func signedAs(scheme, key, body string) with {
	return func(r *http.Request) {
		s, _ := signature.Find(scheme)
		header, err := s.Sign(secret.Secret(key), "msg_1", time.Now(), []byte(body))
		if err != nil {
			panic(err)
		}
		maps.Copy(r.Header, header)
	}
}
