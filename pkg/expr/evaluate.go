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
	return nil, errors.New(withoutSecrets(err.Error(), s))
}

// withoutSecrets removes the values of secrets from a message that will be
// stored: int(secrets.PORT) fails with the text it could not read.
func withoutSecrets(message string, s Scope) string {
	secrets, _ := plainMap(s["secrets"]).(map[string]any)
	for _, secret := range secrets {
		if value, ok := secret.(string); ok && value != "" {
			message = strings.ReplaceAll(message, value, "[secret]")
		}
	}
	return message
}
