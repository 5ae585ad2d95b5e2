package bootstrap

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// FileName is the file in the data folder that a first start leaves behind.
const FileName = "bootstrap.json"

// File is what a person or a program on this machine needs to begin.
type File struct {
	BaseURL     string            `json:"base_url"`
	WorkspaceID string            `json:"workspace_id"`
	APIKey      string            `json:"api_key"`
	AdminKey    string            `json:"admin_key"`
	Triggers    map[string]string `json:"triggers"`
}

// Read reads the file in a data folder. os.ErrNotExist means that no start has
// come to its end there.
func Read(folder string) (File, error) {
	var f File
	raw, err := os.ReadFile(filepath.Join(folder, FileName))
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("%s cannot be read (%w): delete it, and the next start makes new keys", filepath.Join(folder, FileName), err)
	}
	return f, nil
}

// write puts the file in its place whole or not at all, readable by its owner
// only.
func (f File) write(folder string) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", FileName, err)
	}
	draft, err := os.CreateTemp(folder, "."+FileName+"-*") // 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", FileName, err)
	}
	_, err = draft.Write(append(raw, '\n'))
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), filepath.Join(folder, FileName))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", FileName, errors.Join(err, os.Remove(draft.Name())))
	}
	return nil
}
