package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"
)

// shop is the world around the catalogue-import sample: a bookshop that takes
// the nightly export of a supplier in parts. It remembers in a file what it has
// taken, so that an import goes on after a restart.
type shop struct {
	file string
	// wait lets a part take its time; it returns early when the caller leaves.
	wait func(*http.Request, time.Duration)

	mu      sync.Mutex
	imports map[string]*taking
}

// taking is an import under way: the parts that were taken, by name.
type taking struct {
	Supplier string          `json:"supplier"`
	Export   string          `json:"export"`
	Parts    map[string]part `json:"parts"`
}

func openShop(file string, wait func(*http.Request, time.Duration)) (*shop, error) {
	s := &shop{file: file, wait: wait, imports: map[string]*taking{}}
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &s.imports); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

func (s *shop) register(mux *http.ServeMux) {
	mux.HandleFunc("POST /imports", s.open)
	mux.HandleFunc("GET /imports/{import}", s.show)
	mux.HandleFunc("POST /imports/{import}/parts/{part}", s.take)
}

// day is how an export is named: the supplier makes one each night.
var day = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// open begins an import, or finds the one of the same export.
func (s *shop) open(w http.ResponseWriter, r *http.Request) {
	var t taking
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&t) != nil || t.Supplier != supplier || !day.MatchString(t.Export) {
		answer(w, http.StatusBadRequest, map[string]string{"error": "an import names the supplier " + supplier + " and an export like 2026-11-20"})
		return
	}
	id := t.Supplier + "-" + t.Export
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.imports[id] == nil {
		t.Parts = map[string]part{}
		s.imports[id] = &t
		if err := s.save(); err != nil {
			answer(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
			return
		}
	}
	answer(w, http.StatusOK, map[string]any{"id": id, "parts": exported()})
}

// take reads one part. A part that was taken before is not taken again: the
// answer is the same, and comes at once.
func (s *shop) take(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		// Within is how long the rows of a part are spread over, so that the
		// shop stays quick for its customers.
		Within string `json:"within"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked)
	within, wrong := time.ParseDuration(asked.Within)
	name := r.PathValue("part")
	i := slices.IndexFunc(exported(), func(p offered) bool { return p.Name == name })
	switch {
	case err != nil || wrong != nil || within < 0 || within > time.Minute:
		answer(w, http.StatusBadRequest, map[string]string{"error": "within says how long to take for a part, like 2s, a minute at most"})
		return
	case i < 0 || !s.known(r.PathValue("import")):
		answer(w, http.StatusNotFound, map[string]string{"error": "there is no such import or part"})
		return
	}
	if s.taken(r.PathValue("import"), name) == nil {
		s.wait(r, within)
	}
	p, err := s.put(r.PathValue("import"), i)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, p)
}

// taken is what became of a part, or nil.
func (s *shop) taken(id, name string) *part {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.imports[id].Parts[name]; ok {
		return &p
	}
	return nil
}

// put reads the rows of the i-th part, unless somebody has.
func (s *shop) put(id string, i int) (part, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts, name := s.imports[id].Parts, partName(i)
	if p, ok := parts[name]; ok {
		return p, nil
	}
	parts[name] = read(i)
	if err := s.save(); err != nil {
		delete(parts, name)
		return part{}, err
	}
	return parts[name], nil
}

func (s *shop) known(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.imports[id] != nil
}

// show is what an import has come to so far.
func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.imports[r.PathValue("import")]
	if t == nil {
		answer(w, http.StatusNotFound, map[string]string{"error": "there is no such import"})
		return
	}
	answer(w, http.StatusOK, t.total())
}

// save keeps the file whole whatever dies in the middle of it.
func (s *shop) save() error {
	raw, err := json.Marshal(s.imports)
	if err != nil {
		return err
	}
	next := filepath.Join(filepath.Dir(s.file), "."+filepath.Base(s.file))
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(next, s.file)
}
