package rules

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the module's path, the first part of each of its import paths.
const module = "avid"

// goPackage is what we read of `go list -json`.
type goPackage struct {
	ImportPath                 string
	Deps, Imports, TestImports []string
	XTestImports, CgoFiles     []string
}

// rootDir is the repository's root.
func rootDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// without is the environment less some variables.
func without(names ...string) []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

// goCommand is the Go command that runs the tests, with env added. GOROOT is
// that of the tests' own Go, which the command may first have to fetch.
func goCommand(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), goName(), args...)
	cmd.Dir = rootDir(t)
	cmd.Env = append(without("GOROOT"), env...)
	return cmd
}

// goName is the Go command that make chose.
func goName() string {
	if name := os.Getenv("GO"); name != "" {
		return name
	}
	return "go"
}

var listed = sync.OnceValues(func() ([]goPackage, error) {
	cmd := exec.Command(goName(), "list", "-json=ImportPath,Deps,Imports,TestImports,XTestImports,CgoFiles", "./...")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = without("GOROOT")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if !below(p.ImportPath, "build") { // scratch programs
			all = append(all, p)
		}
	}
})

// packages is every package of the module.
func packages(t *testing.T) []goPackage {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if len(all) < 5 {
		t.Fatalf("go list names only %d packages", len(all))
	}
	return all
}

// below says whether an import path is dir or in it; dir is relative to the module.
func below(path, dir string) bool {
	dir = module + "/" + dir
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// belowAny says whether an import path is in one of the folders.
func belowAny(path string, dirs ...string) bool {
	for _, d := range dirs {
		if below(path, d) {
			return true
		}
	}
	return false
}
