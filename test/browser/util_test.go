package browser_test

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

func slug(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }
