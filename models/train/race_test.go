//go:build race

package train

// What the race detector is to see is what goroutines share, and not how many
// windows the slow reference judges: with all of them the tests would take ten
// minutes.
func init() { alphaWindows, testWindows, validationWindows = 4, 4, 8 }
