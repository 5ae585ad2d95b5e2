package store

import (
	"fmt"
	"regexp"
	"unicode/utf8"
)

// The bounds of what people note down on a trigger.
const (
	maxLabels     = 50
	maxLabelValue = 255
)

// labelName has no colon: a list is filtered by name:value.
var labelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)

func checkLabels(labels map[string]string) error {
	if len(labels) > maxLabels {
		return invalid("labels", fmt.Sprintf("a trigger has at most %d labels", maxLabels))
	}
	for name, value := range labels {
		if !labelName.MatchString(name) {
			return invalid("labels", "a label's name has 1 to 128 letters, digits, dots, slashes, dashes or underscores and begins with a letter or a digit")
		}
		if utf8.RuneCountInString(value) > maxLabelValue {
			return invalid("labels."+name, fmt.Sprintf("a label's value has at most %d characters", maxLabelValue))
		}
		if err := checkText("labels."+name, value); err != nil {
			return err
		}
	}
	return nil
}
