package trigger

import "github.com/onsethq/onset/pkg/fault"

// KindWebhook is the kind of the published surfaces' webhooks. Of the kinds that
// know their sender by a secret it alone may know it by the secret of the whole
// installation.
const KindWebhook = "webhook"

// ErrNotObject is a body of JSON whose kind of trigger takes objects only.
var ErrNotObject = fault.New(fault.CodeInvalid, "the body is not a JSON object")
