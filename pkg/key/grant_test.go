package key_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
)

func TestWantedIsRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		wanted key.Wanted
		scopes []key.Scope
		envs   []string
		paths  []string // of the mistakes
	}{
		{"Preset", key.Wanted{Preset: "invoke"}, []key.Scope{key.RunRead, key.TriggerInvoke}, nil, nil},
		{"ScopesOnce", key.Wanted{Scopes: []string{"run:read", "run:read"}}, []key.Scope{key.RunRead}, nil, nil},
		{"Environments", key.Wanted{Preset: "invoke", Environments: []string{"prod", "DEV", "PROD"}}, []key.Scope{key.RunRead, key.TriggerInvoke}, []string{"DEV", "PROD"}, nil},
		{"Nothing", key.Wanted{}, nil, nil, []string{"scopes"}},
		{"Both", key.Wanted{Preset: "invoke", Scopes: []string{"run:read"}}, nil, nil, []string{"preset"}},
		{"Unknown", key.Wanted{Scopes: []string{"run:read", "root"}, Environments: []string{"TEST"}}, nil, nil, []string{"scopes[1]", "environments[0]"}},
		{"UnknownPreset", key.Wanted{Preset: "root"}, nil, nil, []string{"preset"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			scopes, envs, err := tt.wanted.Parse()
			var paths []string
			if err != nil {
				for _, d := range fault.Of(err).Details {
					paths = append(paths, d.Path)
				}
			}
			if !slices.Equal(paths, tt.paths) || !slices.Equal(scopes, tt.scopes) || !slices.Equal(envs, tt.envs) {
				t.Errorf("got %v, %v, mistakes at %v (%v)", scopes, envs, paths, err)
			}
		})
	}
}

func TestReadingAPresetLeavesItAlone(t *testing.T) {
	t.Parallel()
	before := slices.Clone(key.Presets["operator"])
	if _, _, err := (key.Wanted{Preset: "operator"}).Parse(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, key.Presets["operator"]) {
		t.Error("the preset was sorted in place")
	}
}

func TestGrantIsNeverMoreThanTheCreators(t *testing.T) {
	t.Parallel()
	dev := key.Key{Scopes: []key.Scope{key.RunRead, key.KeyManage}, Environments: []string{"DEV"}}
	all := key.Key{Scopes: key.Scopes}
	soon := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	late := soon.Add(time.Second)
	brief := key.Key{Scopes: key.Scopes, ExpiresAt: &soon}
	tests := []struct {
		name    string
		creator key.Key
		scopes  []key.Scope
		envs    []string
		ends    *time.Time
		granted bool
	}{
		{"Less", dev, []key.Scope{key.RunRead}, []string{"DEV"}, nil, true},
		{"Same", dev, dev.Scopes, dev.Environments, nil, true},
		{"MoreScopes", dev, []key.Scope{key.RunRead, key.TriggerInvoke}, []string{"DEV"}, nil, false},
		{"OtherEnvironment", dev, []key.Scope{key.RunRead}, []string{"DEV", "PROD"}, nil, false},
		{"EveryEnvironment", dev, []key.Scope{key.RunRead}, nil, nil, false},
		{"AdminAnything", all, key.Scopes, nil, nil, true},
		{"AdminBound", all, key.Scopes, []string{"PROD"}, nil, true},
		{"NoLonger", brief, key.Scopes, nil, &soon, true},
		{"Longer", brief, key.Scopes, nil, &late, false},
		{"ForEver", brief, key.Scopes, nil, nil, false},
		{"LessLong", all, key.Scopes, nil, &soon, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := key.Grant(tt.creator, tt.scopes, tt.envs, tt.ends)
			if tt.granted && err != nil || !tt.granted && !errors.Is(err, fault.Forbidden) {
				t.Errorf("granted = %v, want %v (%v)", err == nil, tt.granted, err)
			}
		})
	}
}
