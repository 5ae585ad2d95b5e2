package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/model"
)

// Environment is what DEV, UAT or PROD gives to the graphs that run in it. Of
// its secrets it shows only which they are.
type Environment struct {
	Variables map[string]string
	Secrets   map[string]SecretInfo
	Models    map[string]model.Connection
}

// SecretInfo tells secrets apart without telling them.
type SecretInfo struct {
	Last4 string
	// Version counts the values that the secret has had.
	Version   int
	UpdatedAt time.Time
}

// Sealed is a secret as it is kept: only the worker that needs it opens it.
type Sealed struct {
	Bytes   []byte
	Version int
}

// ValueKind is what an environment can hold.
type ValueKind string

const (
	VariableValue ValueKind = "variable" // a plain text
	SecretValue   ValueKind = "secret"   // sealed
	ModelValue    ValueKind = "model"    // a connection to language models
)

type valueRow struct {
	WorkspaceID uuid.UUID
	Environment string
	Kind        ValueKind
	Name        string
	Value       []byte
	Last4       string `gorm:"column:last4"`
	Version     int
	UpdatedAt   stamp
}

func (valueRow) TableName() string { return "environment_values" }

// Environment reads everything that an environment holds, secrets excepted.
func (t Tenant) Environment(ctx context.Context, environment string) (Environment, error) {
	if err := checkEnvironment(environment); err != nil {
		return Environment{}, err
	}
	var rows []valueRow
	if err := t.values(t.db(ctx), environment).Find(&rows).Error; err != nil {
		return Environment{}, translate(err)
	}
	out := Environment{
		Variables: map[string]string{}, Secrets: map[string]SecretInfo{}, Models: map[string]model.Connection{},
	}
	for _, r := range rows {
		switch r.Kind {
		case VariableValue:
			out.Variables[r.Name] = string(r.Value)
		case SecretValue:
			out.Secrets[r.Name] = SecretInfo{Last4: r.Last4, Version: r.Version, UpdatedAt: r.UpdatedAt.Time}
		case ModelValue:
			c, err := connection(r)
			if err != nil {
				return Environment{}, err
			}
			out.Models[r.Name] = c
		}
	}
	return out, nil
}

// SealedSecrets reads the secrets of an environment as they are kept.
func (t Tenant) SealedSecrets(ctx context.Context, environment string) (map[string]Sealed, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, err
	}
	var rows []valueRow
	err := t.values(t.db(ctx), environment).Where("kind = ?", SecretValue).Find(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	out := make(map[string]Sealed, len(rows))
	for _, r := range rows {
		out[r.Name] = Sealed{Bytes: r.Value, Version: r.Version}
	}
	return out, nil
}

func (t Tenant) values(tx *gorm.DB, environment string) *gorm.DB {
	return t.rows(tx, "environment_values").Where("environment = ?", environment)
}

func connection(r valueRow) (c model.Connection, err error) {
	if err := json.Unmarshal(r.Value, &c); err != nil {
		return c, fmt.Errorf("read model connection %s: %w", r.Name, err)
	}
	return c, nil
}
