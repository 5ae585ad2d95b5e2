package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestEnvironmentIsBounded(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 10, 10)
		most := strings.Repeat("x", 64<<10)
		f.check(f.tenant.PutVariable(ctx, "DEV", "V", most))
		f.check(f.tenant.PutSecret(ctx, "DEV", "S", []byte(most+"and a seal"), ""))
		refused(t, f.tenant.PutVariable(ctx, "DEV", "V", most+"x"), fault.CodeInvalid)
		refused(t, f.tenant.PutSecret(ctx, "DEV", "S", []byte(most+most), ""), fault.CodeInvalid)
		for i := range 499 {
			f.check(f.tenant.PutVariable(ctx, "DEV", fmt.Sprintf("v%d", i), "x"))
		}
		refused(t, f.tenant.PutVariable(ctx, "DEV", "more", "x"), fault.Conflict)
		f.check(f.tenant.PutVariable(ctx, "DEV", "V", "another value"))
		f.check(f.tenant.PutSecret(ctx, "DEV", "more", []byte("x"), ""))
		f.check(f.tenant.PutVariable(ctx, "UAT", "more", "x"))
		f.check(f.tenant.DeleteValue(ctx, "DEV", store.VariableValue, "v1"))
		f.check(f.tenant.PutVariable(ctx, "DEV", "more", "x"))
	})
}
