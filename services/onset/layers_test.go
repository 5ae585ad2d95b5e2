package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The import rule of the house: down only. A package of pkg is on one of these
// two lists or the test asks where it belongs.
var (
	quiet = []string{
		"fault", "audit", "tenant", "key", "secret", "run", "graph", "trigger", "trigger/providers", "expr", "schema", "strictjson",
		"memo", "term", "cron", "schedule", "mcp", "model", "pattern", "redact", "client", "remote", "node", "node/kinds", "node/nodetest", "manifest", "egress", "link", "question", "signature",
	}
	loud = []string{"store", "store/storetest", "queue", "launch", "intake", "boot", "backend", "backend/embedded", "trouble", "upkeep"}
)

const house = "github.com/onsethq/onset/"

// imported is what go list says of a package. Tests are not held to the rule.
type imported struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestLayersImportDownOnly(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) < len(quiet) {
		t.Fatalf("go list knows only %d packages", len(packages))
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

func TestLayersReportImportsThatGoUp(t *testing.T) {
	t.Parallel()
	for wrong, p := range map[string]imported{
		"quiet imports loud":       {ImportPath: house + "pkg/graph", Imports: []string{house + "pkg/store"}},
		"quiet opens a database":   {ImportPath: house + "pkg/run", Imports: []string{"gorm.io/gorm"}},
		"unlisted package":         {ImportPath: house + "pkg/common"},
		"service imports service":  {ImportPath: house + "services/gateway/internal/api", Imports: []string{house + "services/worker"}},
		"pkg knows the services":   {ImportPath: house + "pkg/boot", Imports: []string{house + "services/gateway"}},
		"proto knows somebody":     {ImportPath: house + "proto/queue/v1", Imports: []string{house + "pkg/run"}},
		"bells read elsewhere":     {ImportPath: house + "services/worker", Imports: []string{house + "proto/queue/v1"}},
		"a kind reaches the store": {ImportPath: house + "pkg/node/kinds", Deps: []string{house + "pkg/store"}},
		"SQLite in the gateway":    {ImportPath: house + "services/gateway/cmd/gateway", Deps: []string{"github.com/glebarez/sqlite"}},
		"miniredis in the queue":   {ImportPath: house + "pkg/queue", Imports: []string{"github.com/alicebob/miniredis/v2"}},
		"gin outside of the doors": {ImportPath: house + "pkg/boot", Imports: []string{"github.com/gin-gonic/gin"}},
	} {
		if len(violations([]imported{p})) != 1 {
			t.Errorf("%s: reported as %q, want one sentence", wrong, violations([]imported{p}))
		}
	}
}

// violations says, one sentence each, which packages break the rule.
func violations(packages []imported) []string {
	var out []string
	for _, p := range packages {
		name, ours := strings.CutPrefix(p.ImportPath, house)
		if !ours {
			continue
		}
		if place, in := strings.CutPrefix(name, "pkg/"); in && !slices.Contains(quiet, place) && !slices.Contains(loud, place) {
			out = append(out, name+" is neither quiet nor loud: put it on a list of layers_test.go")
		}
		for _, to := range p.Imports {
			if why := forbidden(name, to); why != "" {
				out = append(out, fmt.Sprintf("%s imports %s: %s", name, strings.TrimPrefix(to, house), why))
			}
		}
		for _, to := range p.Deps {
			if why := unreachable(name, to); why != "" {
				out = append(out, fmt.Sprintf("%s reaches %s: %s", name, strings.TrimPrefix(to, house), why))
			}
		}
	}
	return out
}

// forbidden says why one package must not import another, or nothing.
func forbidden(from, to string) string {
	place, inPkg := strings.CutPrefix(from, "pkg/")
	target, ours := strings.CutPrefix(to, house)
	switch {
	case inPkg && slices.Contains(quiet, place) && (driver(to) || ours && slices.Contains(loud, strings.TrimPrefix(target, "pkg/"))):
		return "quiet packages touch no database and no queue"
	case ours && !strings.HasPrefix(from, "services/") && strings.HasPrefix(target, "services/"):
		return "nobody below knows the services"
	case ours && strings.HasPrefix(from, "proto/") && !strings.HasPrefix(target, "proto/"):
		return "proto knows nobody"
	case ours && strings.HasPrefix(target, "proto/queue/") && from != "pkg/queue" && target != from:
		return "only pkg/queue reads and writes bells"
	case ours && strings.HasPrefix(target, "services/") && service(from) != service(target) && service(from) != "onset":
		return "services never import each other"
	case engineInside(to) && !mayEmbed(from):
		return "the embedded engines are linked by onset only"
	case strings.HasPrefix(to, "github.com/gin-gonic/") && service(from) != "gateway" && from != yardsticks:
		return "only the gateway speaks gin"
	}
	return ""
}

// yardsticks measures what the product is compared with, a bare gin handler among
// it.
const yardsticks = "services/onset/bench"

// unreachable says why one package must not be linked into another, however
// many steps away it is, or nothing.
func unreachable(from, to string) string {
	switch {
	case from == "pkg/node/kinds" && (to == house+"pkg/store" || to == house+"pkg/queue"):
		return "kinds talk to the world through egress and model"
	case strings.HasPrefix(from, "services/") && service(from) != "onset" && engineInside(to):
		return "the embedded engines are linked by onset only"
	}
	return ""
}

// service is the service that a package belongs to, or nothing.
func service(name string) string {
	rest, ok := strings.CutPrefix(name, "services/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func driver(path string) bool {
	for _, p := range []string{"gorm.io/", "github.com/jackc/", "github.com/redis/", "github.com/hibiken/", "database/sql"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return engineInside(path)
}

func engineInside(path string) bool {
	return strings.HasPrefix(path, "github.com/alicebob/miniredis") || strings.HasPrefix(path, "github.com/glebarez/sqlite")
}

func mayEmbed(from string) bool {
	return from == "pkg/backend/embedded" || from == "pkg/store/storetest" || service(from) == "onset"
}

func listPackages(t *testing.T) []imported {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "nomsgpack", "-json=ImportPath,Imports,Deps", house+"proto/...", house+"pkg/...", house+"services/...")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	var packages []imported
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p imported
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestLayersKeepTheFleetToTheMachinery(t *testing.T) {
	t.Parallel()
	allowed := []string{"services/scheduler/", "services/worker/", "services/onset/internal/doctor/", "pkg/upkeep/", "pkg/store/"}
	asked := 0
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, line := range fleetCalls(t, path) {
			asked++
			if !slices.ContainsFunc(allowed, func(at string) bool { return strings.HasPrefix(filepath.ToSlash(name), at) }) {
				t.Errorf("%s:%d asks the store for the fleet: only the scheduler, the worker and the doctor may see runs of all workspaces", name, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked == 0 {
		t.Error("nobody asks for the fleet: is this test looking in the right place?")
	}
}

// fleetCalls are the lines of a file that call a method named Fleet.
func fleetCalls(t *testing.T, path string) []int {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Fleet" {
				lines = append(lines, files.Position(f.Sel.Pos()).Line)
			}
		}
		return true
	})
	return lines
}
