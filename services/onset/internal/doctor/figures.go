package doctor

import (
	"strconv"
	"strings"
)

// figures are the values of /metrics, by name and labels as they are written
// there.
type figures map[string]float64

// readFigures takes what it understands of a text in the Prometheus format.
func readFigures(text []byte) figures {
	f := figures{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if value, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			f[line[:at]] = value
		}
	}
	return f
}

// labelled are the values of a figure that has this one label, by its value.
func (f figures) labelled(name, label string) map[string]int {
	out := map[string]int{}
	for written, value := range f {
		rest, ours := strings.CutPrefix(written, name+"{"+label+`="`)
		if key, whole := strings.CutSuffix(rest, `"}`); ours && whole {
			out[key] = int(value)
		}
	}
	return out
}
