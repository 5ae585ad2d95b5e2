package demo

import (
	"fmt"
	"maps"
	"slices"
)

// The export of the one supplier: so many parts of so many rows. What stands in
// a row follows from its number, so every night's export is the same.
const (
	supplier    = "fjordbok"
	exportParts = 48
	partRows    = 25
)

// offered is a part as the list of an export names it.
type offered struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// part is what became of the rows of a part.
type part struct {
	Part     string     `json:"part"`
	Imported int        `json:"imported"`
	Rejected []rejected `json:"rejected"`
}

// rejected is a row that the shop does not take.
type rejected struct {
	Row    int    `json:"row"`
	ISBN   string `json:"isbn"`
	Reason string `json:"reason"`
}

// total is what a whole import comes to.
type total struct {
	Parts    int        `json:"parts"`
	Rows     int        `json:"rows"`
	Imported int        `json:"imported"`
	Rejected []rejected `json:"rejected"`
}

func exported() []offered {
	parts := make([]offered, exportParts)
	for i := range parts {
		parts[i] = offered{Name: partName(i), Rows: partRows}
	}
	return parts
}

func partName(i int) string { return fmt.Sprintf("part-%03d", i+1) }

// read goes through the rows of a part.
func read(i int) part {
	p := part{Part: partName(i), Rejected: []rejected{}}
	for n := i*partRows + 1; n <= (i+1)*partRows; n++ {
		if reason := flaw(n); reason != "" {
			p.Rejected = append(p.Rejected, rejected{Row: n, ISBN: isbn(n), Reason: reason})
			continue
		}
		p.Imported++
	}
	return p
}

// flaw is what is wrong with a row, or nothing.
func flaw(n int) string {
	switch {
	case n%307 == 0:
		return "the price is missing"
	case n%499 == 0:
		return "the check digit of the ISBN is wrong"
	case n == 1130:
		return "the title is longer than 300 characters"
	}
	return ""
}

// isbn is the number of a row's book; where flaw says so, with a wrong check
// digit.
func isbn(n int) string {
	digits := fmt.Sprintf("97882%07d", n)
	sum := 0
	for i, d := range digits {
		sum += int(d-'0') * (1 + i%2*2)
	}
	check := (10 - sum%10) % 10
	if n%499 == 0 {
		check = (check + 1) % 10
	}
	return fmt.Sprintf("%s%d", digits, check)
}

func (t *taking) total() total {
	sum := total{Rejected: []rejected{}}
	for _, name := range slices.Sorted(maps.Keys(t.Parts)) {
		p := t.Parts[name]
		sum.Parts++
		sum.Rows += p.Imported + len(p.Rejected)
		sum.Imported += p.Imported
		sum.Rejected = append(sum.Rejected, p.Rejected...)
	}
	return sum
}
