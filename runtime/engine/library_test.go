package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLibraryBeside(t *testing.T) {
	for _, c := range []struct{ dir, there, want string }{
		{"/opt/p", "/opt/p/libonnxruntime.so.1", "/opt/p/libonnxruntime.so.1"},
		{"/src/build/gstreamer-1.0", "/src/build/lib/libonnxruntime.so.1", "/src/build/lib/libonnxruntime.so.1"},
		{"/src/build", "/src/build/lib/libonnxruntime.so.1", "/src/build/lib/libonnxruntime.so.1"},
		{"/usr/lib/gstreamer-1.0", "/usr/lib/avid/libonnxruntime.so", "/usr/lib/avid/libonnxruntime.so"},
		{"/usr/lib/x86_64-linux-gnu/gstreamer-1.0", "/usr/lib/avid/libonnxruntime.so.1", "/usr/lib/avid/libonnxruntime.so.1"},
		{"/usr/bin", "/usr/lib/avid/libonnxruntime.so.1", "/usr/lib/avid/libonnxruntime.so.1"},
		{"/opt/p", "", ""},
		{"", "libonnxruntime.so.1", ""},
	} {
		if got := libraryBeside(c.dir, func(p string) bool { return p == c.there }); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestFindLibraryOrder(t *testing.T) {
	t.Setenv(LibraryEnv, "")
	if got := FindLibrary("/wanted.so"); got != "/wanted.so" {
		t.Errorf("got %q, want the wanted one", got)
	}
	t.Setenv(LibraryEnv, "/mine.so")
	if got := FindLibrary("/wanted.so"); got != "/mine.so" {
		t.Errorf("got %q, want that of the environment", got)
	}
}

// TestBuild: the build for GPUs is taken where it lies beside the other and a
// driver is there.
func TestBuild(t *testing.T) {
	t.Setenv(LibraryEnv, "")
	const plain, gpu = "/lib/" + LibraryName, "/lib/cuda/" + LibraryName
	for _, c := range []struct {
		name    string
		path    string
		device  Device
		env     string
		there   bool
		drivers []string
		want    string
	}{
		{"with a driver", plain, Auto, "", true, []string{driverLibrary}, gpu},
		{"for the CPU as well", plain, CPU, "", true, []string{driverLibrary}, gpu},
		{"no driver", plain, CUDA, "", true, nil, plain},
		{"no such build", plain, CUDA, "", false, []string{driverLibrary}, plain},
		{"WebGPU is in the other", plain, WebGPU, "", true, []string{driverLibrary}, plain},
		{"the environment's word", "/mine.so", CUDA, "/mine.so", true, []string{driverLibrary}, "/mine.so"},
		{"the loader's own search", LibraryName, CUDA, "", true, []string{driverLibrary}, LibraryName},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(LibraryEnv, c.env)
			f := fakeSystem{loadable: c.drivers, files: map[string][]string{}}
			if c.there {
				f.files["/lib/cuda"] = []string{LibraryName}
			}
			if got := f.system().build(c.path, c.device); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestBuildFollowsLink: what lies beside an installed plugin is a link, and the
// build for GPUs lies where that leads.
func TestBuildFollowsLink(t *testing.T) {
	t.Setenv(LibraryEnv, "")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"lib/avid/cuda", "plugins/avid"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"lib/avid", "lib/avid/cuda"} {
		if err := os.WriteFile(filepath.Join(dir, name, LibraryName), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "plugins/avid", LibraryName)
	if err := os.Symlink("../../lib/avid/"+LibraryName, link); err != nil {
		t.Fatal(err)
	}
	s := (&fakeSystem{loadable: []string{driverLibrary}}).system()
	s.list = filesIn
	if got, want := s.build(link, CUDA), filepath.Join(dir, "lib/avid/cuda", LibraryName); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMapped(t *testing.T) {
	const maps = "7f00-7f01 r-xp 00000000 fe:00 12 /usr/lib/libc.so.6\n7f02-7f03 r-xp 0 fe:00 13   /usr/lib/libonnxruntime.so.1.30.0\n"
	if got := mapped(maps, LibraryName); got != "/usr/lib/libonnxruntime.so.1.30.0" {
		t.Errorf("got %q", got)
	}
	if got := mapped("", LibraryName); got != LibraryName {
		t.Errorf("got %q", got)
	}
}
