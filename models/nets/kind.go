package nets

import (
	"encoding/json"
	"errors"
	"fmt"

	"avid/models/bundle"
	"avid/models/onnx"
)

// Kind names a kind of detector: what an irregularity is irregular in.
type Kind string

// Moving is the kind of ConvDetector, the detector of the paper.
const Moving Kind = "moving"

// Detector is D of the paper, of whatever kind: it scores the regions of X. What
// it is made of is in the bundle as JSON with its kind (MarshalDetector).
type Detector interface {
	Kind() Kind
	// Validate checks ranges.
	Validate() error
	// Regions places the outputs of D on an input of h×w pixels.
	Regions(h, w int) (bundle.Regions, error)
	// Layout lists the weights of D.
	Layout() Layout
	// Forward adds the logits of O [N,1,n1,n2] for x [N,3,H,W] in [0,1]:
	// O = σ(logit), 1 = normal, 0 = irregular.
	Forward(g *onnx.Graph, p Params, x *onnx.Value) *onnx.Value
}

// ErrKind says that a bundle has a kind of detector that this avid does not know.
var ErrKind = errors.New("kind of detector is not known")

// MarshalDetector writes the settings of a detector, with its kind.
func MarshalDetector(d Detector) (json.RawMessage, error) {
	settings, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(settings, &fields); err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	if fields["kind"], err = json.Marshal(d.Kind()); err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	return json.Marshal(fields)
}

// ParseDetector reads the settings of a detector. Those of bundles from before
// there were kinds have none and are Moving. The error is ErrKind or that of the
// JSON.
func ParseDetector(settings json.RawMessage) (Detector, error) {
	head := struct{ Kind Kind }{Moving}
	if err := json.Unmarshal(settings, &head); err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	if head.Kind != Moving {
		return nil, fmt.Errorf("%w: %q; update avid", ErrKind, head.Kind)
	}
	var d ConvDetector
	if err := json.Unmarshal(settings, &d); err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	return d, nil
}
