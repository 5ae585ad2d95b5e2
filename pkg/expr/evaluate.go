package expr

import (
	"context"
	"errors"
	"strings"

	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

func evaluate(ctx context.Context, src string, s Scope) (ref.Val, error) {
	program, err := compile(src)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	v, _, err := program.ContextEval(limited, map[string]any(s))
	var cancelled interpreter.EvalCancelledError
	switch {
	case err == nil:
		return v, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, errors.New("the expression takes too long")
	case errors.As(err, &cancelled):
		return nil, errors.New("the expression does too much work")
	}
	if strings.Contains(src, "secrets") {
		return nil, errWithSecrets
	}
	return nil, err
}

// errWithSecrets stands for what an expression says that names secrets: it may
// quote one, whole, in part or escaped, and will be stored.
var errWithSecrets = errors.New("the expression fails with the secrets it is given; why is not shown")
