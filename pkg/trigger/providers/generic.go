package providers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked  = Generic{}
	_ trigger.Hooked   = Generic{}
	_ trigger.Conceals = Generic{}
	_ trigger.Vouched  = Generic{}
)

// Generic is started by anybody who can send an HTTP request and knows a secret.
type Generic struct{ hooked }

// Kind is "generic".
func (Generic) Kind() string { return "generic" }

// Title is for people choosing a kind.
func (Generic) Title() string { return "Webhook of any sender" }

// Description is for people choosing a kind.
func (Generic) Description() string {
	return "Started by a request to its URL that proves a secret: in a header, as basic or bearer authentication, or by an HMAC of the body."
}

// unsigned is the scheme of triggers that let everybody start them.
const unsigned = "none"

// genericConfig is what the kind adds to the mapping.
type genericConfig struct {
	Verify *signature.Config `json:"verify"`
}

func (c genericConfig) scheme() (signature.Scheme, []fault.Detail) {
	verify := signature.Config{}
	if c.Verify != nil {
		verify = *c.Verify
	}
	verify.Scheme = cmp.Or(verify.Scheme, "header")
	return verify.Open()
}

func (c genericConfig) open() bool { return c.Verify != nil && c.Verify.Scheme == unsigned }

func genericOf(config json.RawMessage) (c genericConfig, err error) {
	if err := json.Unmarshal(config, &c); err != nil {
		return c, fmt.Errorf("read the config: %w", err)
	}
	return c, nil
}

// Schema is how a request is verified, and the mapping.
func (Generic) Schema() json.RawMessage {
	return mapped(`"verify": {
      "type": "object",
      "additionalProperties": false,
      "description": "how a request proves that its sender knows the trigger's secret: by the header X-Trigger-Secret when it is left out",
      "properties": {
        "scheme": {"type": "string", "description": "header, bearer, basic, hmac, standard or the scheme of a vendor; none lets everybody start the trigger who knows its URL"},
        "header": {"type": "string", "description": "header and hmac: the name of the header"},
        "prefix": {"type": "string", "description": "hmac: what stands before the signature, like sha256="},
        "algorithm": {"enum": ["sha256", "sha384", "sha512"], "description": "hmac"},
        "encoding": {"enum": ["hex", "base64"], "description": "hmac"},
        "signed": {"type": "string", "description": "hmac: what is signed, like {timestamp}.{body}; the body when it is left out"},
        "timestamp_header": {"type": "string", "description": "hmac: the header of the timestamp that is signed"},
        "id_header": {"type": "string", "description": "hmac: the header of the id that is signed"},
        "tolerance": {"type": "string", "description": "hmac: how far the timestamp may be away, like 5m"}
      }
    }`)
}

// Check reads the scheme and the mapping.
func (g Generic) Check(config json.RawMessage, _ time.Time) []fault.Detail {
	c, err := genericOf(config)
	if err != nil {
		return []fault.Detail{{Code: string(fault.CodeInvalid), Message: err.Error()}}
	}
	wrong := trigger.CheckMapping(config)
	if c.open() {
		return wrong
	}
	_, more := c.scheme()
	for _, d := range more {
		d.Path = strictjson.Under("verify", d.Path)
		wrong = append(wrong, d)
	}
	return wrong
}

// Verify asks the scheme, unless the trigger asks for no proof.
func (Generic) Verify(config json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	c, err := genericOf(config)
	if err != nil {
		return signature.Match{}, err
	}
	if c.open() {
		return signature.Match{Secret: trigger.Unverified}, nil
	}
	return proved(c.scheme, h, secrets)
}

// Conceals is the header of the secret.
func (Generic) Conceals(config json.RawMessage) []string {
	c, err := genericOf(config)
	if err != nil || c.Verify == nil || c.Verify.Header == "" {
		return nil
	}
	return []string{c.Verify.Header}
}

// Read takes JSON, forms and text. A sender who names its deliveries does so in a
// header. Where a signature binds the body and no time, the signature is the
// name: whoever has seen a request could send it again under any other.
func (Generic) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (trigger.Report, error) {
	c, err := genericOf(t.Config)
	if err != nil {
		return trigger.Report{}, err
	}
	payload, err := payloadOf(h)
	if err != nil {
		return trigger.Report{}, err
	}
	id := cmp.Or(m.ID, m.Proof, named(h.Header))
	if c.Verify != nil && c.Verify.TimestampHeader != "" {
		id = cmp.Or(m.ID, named(h.Header), m.Proof)
	}
	return trigger.Report{
		ID:      id,
		Payload: payload,
		Begins:  trigger.Event{UserVariables: map[string]any{"payload": payload}},
	}, nil
}

// CheckSecret asks the scheme.
func (Generic) CheckSecret(config json.RawMessage, value secret.Secret) error {
	c, err := genericOf(config)
	if err != nil {
		return err
	}
	s, wrong := c.scheme()
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return s.Check(value)
}
