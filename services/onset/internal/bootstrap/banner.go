package bootstrap

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/onsethq/onset/services/onset/demo"
)

// banner is what a first start tells, the only time that a key is printed. The
// curls work when they are pasted into a shell, one by one or with the sentences
// between them, which is why those are comments.
func banner(w io.Writer, f File, file string) {
	auth := fmt.Sprintf(`-H "Authorization: Bearer %s"`, f.APIKey)
	body := `-H "Content-Type: application/json" -d '{"message": "hello", "user_variables": {"name": "Ada"}}'`
	at := func(path string) string { return fmt.Sprintf("%s/trigger/%s%s", f.BaseURL, path, demo.Workspace) }
	fmt.Fprintf(w, `
Onset is running at %s

  key        %s (shown once; it is kept in %s)
  workspace  %s (%s), environment DEV
  triggers   %s
  calls      %s/docs

# Start a graph in the background. The answer comes at once: "pending", with the id of the run.

  RUN=$(curl -sS -X POST %s/echo/DEV %s %s | tee /dev/stderr | sed 's/.*"workflow_id":"\([^"]*\)".*/\1/')

# Ask how it went: "completed", with every variable in "response".

  curl -sS %s/$RUN %s

# Or wait for the result in one call.

  curl -sS -X POST %s/echo/DEV %s %s

`,
		f.BaseURL, f.APIKey, file, demo.Workspace, f.WorkspaceID, strings.Join(slices.Sorted(maps.Keys(f.Triggers)), ", "), f.BaseURL,
		at("start/"), auth, body,
		at("status/"), auth,
		at(""), auth, body)
}
