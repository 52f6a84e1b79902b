package engine

import "testing"

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
