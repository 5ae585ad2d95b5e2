package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestEnvironmentShowsEverythingButSecrets(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		c := model.Connection{BaseURL: "https://api.example.com/v1", Model: "m", USDPerMTok: [2]float64{0.25, 2}}
		must(t, w.PutVariable(ctx, "DEV", "URL", "a\x00b\xff"))
		must(t, w.PutVariable(ctx, "DEV", "EMPTY", ""))
		must(t, w.PutSecret(ctx, "DEV", "TOKEN", []byte{9, 0, 9}, "9999"))
		must(t, w.PutModel(ctx, "DEV", "default", c))

		got, err := w.Environment(ctx, "DEV")
		must(t, err)
		want := store.Environment{
			Variables: map[string]string{"URL": "a\x00b\xff", "EMPTY": ""},
			Secrets:   map[string]store.SecretInfo{"TOKEN": {Last4: "9999", Version: 2}},
			Models:    map[string]model.Connection{"default": c},
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(store.SecretInfo{}, "UpdatedAt")); d != "" {
			t.Error(d)
		}
		sealed, err := w.SealedSecrets(ctx, "DEV")
		must(t, err)
		if d := cmp.Diff(map[string]store.Sealed{"TOKEN": {Bytes: []byte{9, 0, 9}, Version: 2}}, sealed); d != "" {
			t.Error(d)
		}
	})
}

func TestDeletedValueIsGone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		must(t, w.PutVariable(ctx, "DEV", "TOKEN", "a variable of the secret's name"))
		must(t, w.DeleteValue(ctx, "DEV", store.SecretValue, "TOKEN"))
		refused(t, w.DeleteValue(ctx, "DEV", store.SecretValue, "TOKEN"), fault.NotFound)
		refused(t, w.DeleteValue(ctx, "DEV", store.SecretValue, "a\x00b"), fault.NotFound)
		must(t, w.DeleteValue(ctx, "DEV", store.ModelValue, "default"))

		got, err := w.Environment(ctx, "DEV")
		must(t, err)
		if len(got.Secrets) != 0 || len(got.Models) != 0 || len(got.Variables) != 2 {
			t.Errorf("left: %+v", got)
		}
	})
}

func TestValuesNeedANameAndAnEnvironment(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		refused(t, w.PutVariable(ctx, "DEV", "not a name", "x"), fault.CodeInvalid)
		refused(t, w.PutSecret(ctx, "DEV", "S", []byte{1}, "\xff"), fault.CodeInvalid)
		refused(t, w.PutVariable(ctx, "dev", "URL", "x"), fault.NotFound)
		_, err := w.Environment(ctx, "a\x00b")
		refused(t, err, fault.NotFound)
	})
}

func TestEnvironmentsAreApart(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		must(t, mine.PutVariable(ctx, "DEV", "URL", "mine"))
		must(t, mine.PutSecret(ctx, "DEV", "TOKEN", []byte("mine"), "mine"))
		must(t, mine.PutModel(ctx, "DEV", "default", model.Connection{BaseURL: "mine"}))
		must(t, mine.PutVariable(ctx, "PROD", "URL", "mine"))
		must(t, mine.DeleteValue(ctx, "DEV", store.ModelValue, "default"))

		other, err := theirs.Environment(ctx, "DEV")
		must(t, err)
		sealed, err := theirs.SealedSecrets(ctx, "DEV")
		must(t, err)
		prod, err := theirs.Environment(ctx, "PROD")
		must(t, err)
		if other.Variables["URL"] != "http://127.0.0.1" || other.Secrets["TOKEN"].Version != 1 ||
			other.Models["default"].BaseURL != "http://127.0.0.1/v1" || sealed["TOKEN"].Bytes[0] != 1 || len(prod.Variables) != 0 {
			t.Errorf("theirs became %+v, %v, %+v", other, sealed, prod)
		}
	})
}

func TestPagesHoldEveryValueOnceByName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for _, name := range []string{"C", "A", "B", "D", "E"} {
			must(t, w.PutVariable(ctx, "UAT", name, "of "+name))
		}
		var got []string
		for p := (store.Page{Limit: 2}); ; {
			part, next, err := w.Values(ctx, "UAT", store.VariableValue, p)
			must(t, err)
			for _, v := range part {
				got = append(got, v.Name+v.Text)
			}
			if p.Cursor = next; next == "" {
				break
			}
		}
		if d := cmp.Diff([]string{"Aof A", "Bof B", "Cof C", "Dof D", "Eof E"}, got); d != "" {
			t.Error(d)
		}
		_, next, err := w.Values(ctx, "UAT", store.VariableValue, store.Page{Limit: 2})
		must(t, err)
		_, _, err = w.Values(ctx, "DEV", store.VariableValue, store.Page{Cursor: next})
		refused(t, err, fault.BadCursor)
	})
}

func TestOneValueIsFoundByItsKindAndName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		secret, err := w.Value(ctx, "DEV", store.SecretValue, "TOKEN")
		must(t, err)
		connected, err := w.Value(ctx, "DEV", store.ModelValue, "default")
		must(t, err)
		if secret.Last4 != "oken" || secret.Text != "" || secret.Version != 1 || secret.UpdatedAt.IsZero() || connected.Model.Secret != "TOKEN" {
			t.Errorf("%+v, %+v", secret, connected)
		}
		for _, name := range []string{"NOTHING", "a\x00b", ""} {
			refused(t, failure(w.Value(ctx, "DEV", store.SecretValue, name)), fault.NotFound)
		}
		refused(t, failure(w.Value(ctx, "DEV", store.VariableValue, "TOKEN")), fault.NotFound)
		refused(t, failure(w.Value(ctx, "PROD", store.SecretValue, "TOKEN")), fault.NotFound)
		refused(t, failure(w.Value(ctx, "MOON", store.SecretValue, "TOKEN")), fault.NotFound)
	})
}
