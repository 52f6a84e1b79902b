package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"avid/models/appearance"
	"avid/models/train"
	"avid/runtime/engine"
)

// featuresFile is the name of the feature network's weights, and featuresEnv names the
// environment variable with another path.
const (
	featuresFile = "efficientnet-lite0.pth"
	featuresEnv  = "AVID_FEATURES"
)

// features are the weights of the network that tells what looks out of place, which lie
// beside ONNX Runtime; nil where none are wanted, or none are there, which is told.
func (f *trainFlags) features(errOut io.Writer, cfg train.Config) (*appearance.Weights, error) {
	if !f.appearance || !cfg.LearnsAppearance() {
		return nil, nil
	}
	path := os.Getenv(featuresEnv)
	if path == "" {
		path = filepath.Join(filepath.Dir(engine.FindLibrary("")), featuresFile)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(errOut, "what looks out of place but moves as usual is not learnt: the weights of the feature network are not at %s (make setup fetches them; %s names another place; --appearance=false asks for none)\n", path, featuresEnv)
		return nil, nil
	}
	return appearance.Read(path)
}
