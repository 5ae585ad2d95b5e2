package signature

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
)

// Config is a scheme as a trigger's config says it.
type Config struct {
	Scheme string `json:"scheme"`
	HMAC
}

// Open gives the scheme, or says what is wrong; paths begin at the config.
func (c Config) Open() (Scheme, []fault.Detail) {
	switch s, known := Find(c.Scheme); {
	case !known:
		return Scheme{}, []fault.Detail{{
			Path: "scheme", Code: "invalid",
			Message: fmt.Sprintf("scheme %q does not exist: %s", c.Scheme, strings.Join(Names(), ", ")),
		}}
	case s.Name == genericHMAC.Name:
		return c.HMAC.Scheme()
	case s.Name == sharedHeader.Name && c.HMAC == HMAC{Header: c.Header}:
		return Named(cmp.Or(c.Header, s.names[0].proof))
	case c.HMAC != HMAC{}:
		return Scheme{}, []fault.Detail{{
			Path: "scheme", Code: "invalid", Message: fmt.Sprintf("scheme %q has no settings of its own", c.Scheme),
		}}
	default:
		return s, nil
	}
}

// Find gives the scheme of a name.
func Find(name string) (Scheme, bool) {
	i := slices.IndexFunc(All(), func(s Scheme) bool { return s.Name == name })
	if i < 0 {
		return Scheme{}, false
	}
	return All()[i], true
}

// Names are the names of all schemes.
func Names() (all []string) {
	for _, s := range All() {
		all = append(all, s.Name)
	}
	return all
}
