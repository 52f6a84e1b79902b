package avidfilter

import (
	"os"
	"path/filepath"
)

// libraryNames are the names that ONNX Runtime's library goes by.
var libraryNames = []string{"libonnxruntime.so.1", "libonnxruntime.so"}

// libraryFolders are looked through in this order, from the folder of the
// plugin or program: beside it; PREFIX/lib from PREFIX/lib/gstreamer-1.0, from
// PREFIX/lib/MACHINE/gstreamer-1.0 and from PREFIX/bin; PREFIX/lib/avid for a
// private copy; and the build layout, build/gstreamer-1.0 and build/avid with
// build/lib.
var libraryFolders = []string{".", "avid", "lib", "..", "../avid", "../lib", "../lib/avid", "../../lib", "../../lib/avid", "../../avid"}

// findLibrary gives the file of ONNX Runtime to load: the override, or the
// first that exists beside dir; "" leaves the search to the system's loader.
func findLibrary(override, dir string, exists func(string) bool) string {
	if override != "" {
		return override
	}
	if dir == "" {
		return ""
	}
	for _, folder := range libraryFolders {
		for _, name := range libraryNames {
			if path := filepath.Join(dir, folder, name); exists(path) {
				return path
			}
		}
	}
	return ""
}

// fileExists says whether path is a file.
func fileExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
