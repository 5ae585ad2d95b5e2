package providers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = Slack{}
	_ trigger.Hooked  = Slack{}
	_ trigger.Vouched = Slack{}
)

// Slack is started by events, slash commands and clicks of an app. All three may
// be sent to the same URL.
type Slack struct{ vendor }

// Kind is "slack".
func (Slack) Kind() string { return "slack" }

// Title is for people choosing a kind.
func (Slack) Title() string { return "Slack" }

// Description is for people choosing a kind.
func (Slack) Description() string {
	return "Started by the events, slash commands and clicks of a Slack app."
}

// CheckSecret takes the app's signing secret.
func (Slack) CheckSecret(_ json.RawMessage, value secret.Secret) error {
	return usableBy("slack", value)
}

// Verify asks for the signature of version 0, with its time.
func (Slack) Verify(_ json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	return verifiedBy("slack", h, secrets)
}

// Read tells the three apart. Slack sends an event again when it heard nothing,
// and signs it anew: the same one is known by its id, never by the header that
// counts the tries, for the first try may be the one that was lost.
func (Slack) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (r trigger.Report, err error) {
	body := bytes.TrimSpace(h.Body)
	if len(body) > 0 && body[0] == '{' {
		r, err = slackEvent(body)
	} else {
		r, err = slackForm(body)
	}
	if err != nil || r.Handshake || r.Ignored != "" {
		return r, err
	}
	r.ID = cmp.Or(r.ID, m.Proof)
	r.Begins.UserVariables = map[string]any{"payload": r.Payload, "event": r.Event}
	r.Ignored, err = passedOver(t.Config, r.Event)
	return r, err
}

// nothing is what Slack hears of a command or a click: any text would be shown,
// and a form of Slack's own would stay open.
var nothing = &trigger.HookAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte{}}

func slackEvent(body []byte) (trigger.Report, error) {
	payload, err := object(body)
	if err != nil {
		return trigger.Report{}, err
	}
	r := trigger.Report{Payload: payload, Event: at(payload, "type")}
	switch r.Event {
	case "url_verification":
		challenge, err := json.Marshal(map[string]any{"challenge": at(payload, "challenge")})
		r.Handshake, r.Answer = true, &trigger.HookAnswer{ContentType: "application/json", Body: challenge}
		return r, err
	case "event_callback":
		event := payload["event"]
		r.Event = joined(".", at(event, "type"), at(event, "subtype"))
		r.ID = slackID("event", at(payload, "event_id"), at(payload, "api_app_id"), cmp.Or(at(payload, "team_id"), at(payload, "enterprise_id")))
		r.Actor = cmp.Or(at(event, "bot_id"), at(event, "user"), at(event, "user", "id"))
		r.Subject = joined("/", at(payload, "team_id"), cmp.Or(at(event, "channel"), at(event, "item", "channel")), at(event, "thread_ts"))
		if app := at(event, "app_id"); app != "" && app == at(payload, "api_app_id") {
			r.Ignored = "the app wrote it itself"
		}
		return r, nil
	}
	return r, nil // app_rate_limited and what may come: known by nothing, and shown
}

// slackForm is a click, whose form holds JSON, or a slash command.
func slackForm(body []byte) (trigger.Report, error) {
	fields, err := url.ParseQuery(string(body))
	switch {
	case err != nil:
		return trigger.Report{}, errNotForm
	case fields.Get("ssl_check") == "1":
		return trigger.Report{Event: "ssl_check", Handshake: true, Answer: nothing}, nil
	case fields.Get("payload") != "":
		return slackClick([]byte(fields.Get("payload")))
	case fields.Get("command") == "":
		return trigger.Report{}, fault.New(fault.CodeInvalid, "the form is neither a command nor an interaction")
	}
	payload := map[string]any{}
	for name := range fields {
		payload[strictjson.StorableText(name)] = strictjson.StorableText(fields.Get(name))
	}
	return trigger.Report{
		Event: "slash_command." + at(payload, "command"), Payload: payload, Answer: nothing,
		ID:      slackID("command", at(payload, "trigger_id"), at(payload, "api_app_id"), at(payload, "team_id")),
		Actor:   at(payload, "user_id"),
		Subject: joined("/", at(payload, "team_id"), at(payload, "channel_id")),
		Begins:  trigger.Event{Message: at(payload, "text")},
	}, nil
}

func slackClick(body []byte) (trigger.Report, error) {
	payload, err := object(body)
	if err != nil {
		return trigger.Report{}, err
	}
	return trigger.Report{
		Event: at(payload, "type"), Payload: payload, Answer: nothing,
		ID:      slackID("click", at(payload, "trigger_id"), at(payload, "api_app_id"), at(payload, "team", "id")),
		Actor:   at(payload, "user", "id"),
		Subject: joined("/", at(payload, "team", "id"), cmp.Or(at(payload, "channel", "id"), at(payload, "view", "id"))),
	}, nil
}

// slackID is what Slack calls a thing, which is unique within an app and a team;
// empty when it has no name for it.
func slackID(what, id, app, team string) string {
	if id == "" {
		return ""
	}
	return joined("/", what, app, team, id)
}
