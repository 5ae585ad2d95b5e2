package queue

import (
	"fmt"
	"log/slog"
)

// quiet hands asynq's log to ours, for whoever looks closely: what asynq calls
// an error is, to us, a bell that rings later, and Run says once when bells
// stop reaching Redis.
type quiet struct{ log *slog.Logger }

func (l quiet) Debug(args ...any) { l.say(args) }
func (l quiet) Info(args ...any)  { l.say(args) }
func (l quiet) Warn(args ...any)  { l.say(args) }
func (l quiet) Error(args ...any) { l.say(args) }
func (l quiet) Fatal(args ...any) { l.say(args) }

func (l quiet) say(args []any) { l.log.Debug("asynq", "says", fmt.Sprint(args...)) }
