// Package rules holds, as tests, the rules of this repository that no compiler
// checks: which package may know which, where C may be, how long a file may be,
// and that the docs and pipelines agree with the code.
package rules
