package live

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/onsethq/onset/services/onset/internal/table"
)

// Terminal is the width of the terminal that w writes to; 0 when it is none, or
// one that cannot take back what it has written.
func Terminal(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// Progress keeps one line at the bottom of a terminal that says what a run does.
// Where there is no terminal it writes nothing.
type Progress struct {
	to    io.Writer
	width int // 0: no terminal
	now   func() time.Time
	began time.Time

	mu    sync.Mutex
	doing Doing
	shown bool
	stop  chan struct{}
	ended sync.WaitGroup
}

// Show begins a progress line; End takes it away.
func Show(to io.Writer, width int, now func() time.Time) *Progress {
	p := &Progress{to: to, width: width, now: now, began: now(), stop: make(chan struct{})}
	if width > 0 {
		p.ended.Go(p.run)
	}
	return p
}

// run writes the line anew each second.
func (p *Progress) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			p.mu.Lock()
			p.draw()
			p.mu.Unlock()
		}
	}
}

// Tell changes what the line says.
func (p *Progress) Tell(change func(Doing) Doing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = change(p.doing)
	p.draw()
}

// Above takes the line away for as long as something else is written, which may
// go to the same terminal.
func (p *Progress) Above(write func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	defer p.draw()
	return write()
}

// End takes the line away for good.
func (p *Progress) End() {
	close(p.stop)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// soon is how long one waits without being told why: most runs are over by then.
const soon = 500 * time.Millisecond

func (p *Progress) draw() {
	waited := p.now().Sub(p.began)
	if p.width == 0 || waited < soon {
		return
	}
	p.clear()
	line := []rune(table.Plain(p.doing.Say(waited)))
	fmt.Fprint(p.to, string(line[:min(len(line), p.width-1)]))
	p.shown = true
}

// clear leaves the cursor at the start of an empty line.
func (p *Progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[2K")
		p.shown = false
	}
}
