// Package cron is the time table of a schedule: what an expression may be, when
// it fires in a zone whose clocks are put forward and back, and how it is said
// in words.
//
// The digits of a clock are compared by gronx, which is right as long as it sees
// no zone. Which instants those digits are is decided here.
package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// Expr is an expression that was read and can fire.
type Expr struct {
	fields [fieldCount]string // as digits, seconds first and years last
	fixed  bool
}

// ErrNever is that an expression does not fire any more.
var ErrNever = errors.New("the expression never fires")

// String is the expression with names, tags and "?" replaced: five fields where
// neither seconds nor years say more.
func (e Expr) String() string {
	from, to := second, fieldCount
	if e.fields[year] == "*" {
		to = year
	}
	if e.fields[second] == "0" && (to == year || dated(e.fields[year])) {
		from = minute
	}
	return strings.Join(e.fields[from:to], " ")
}

// Fixed says whether the expression names its hours and minutes. Such a one is
// meant for moments of the day, any other for moments that are apart in real
// time; a change of clocks treats the two differently. A field that begins with
// "*" or "?" names nothing, as in the cron of Vixie.
func (e Expr) Fixed() bool { return e.fixed }

// digits is the expression as gronx takes it.
func (e Expr) digits() string { return strings.Join(e.fields[:], " ") }

// onClock is the first moment that the expression matches on a clock that is
// never changed: after from, or at it where incl says so.
func (e Expr) onClock(from time.Time, incl bool) (time.Time, error) {
	at, err := gronx.NextTickAfter(e.digits(), from, incl)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w after %s: %w", ErrNever, from.Format(time.DateTime), err)
	}
	if !incl && !at.After(from) {
		return time.Time{}, ErrNever // what gronx says behind the last moment of the last year
	}
	return at, nil
}

// Matches says whether the clocks of the zone show a time of the expression.
func (e Expr) Matches(zone *time.Location, at time.Time) bool {
	due, err := gronx.New().IsDue(e.digits(), segmentOf(zone, at).clock(at))
	return due && err == nil
}

// EveryHour says whether the expression fires in each hour of a day that it
// fires in.
func (e Expr) EveryHour() bool { return e.fields[hour] == "*" || e.fields[hour] == "0-23" }
