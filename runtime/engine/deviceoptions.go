package engine

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// ErrDeviceOptions says that options for a device's provider are not in the form
// key=value,key=value, or that ONNX Runtime refuses them.
var ErrDeviceOptions = errors.New("device options are not valid")

// ParseDeviceOptions reads "key=value,key=value", as ONNX Runtime's documentation
// names them for each provider; "" gives none. Which keys there are is known to
// ONNX Runtime alone, which refuses others later. Errors wrap ErrDeviceOptions.
func ParseDeviceOptions(s string) (map[string]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	found := map[string]string{}
	for pair := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		_, twice := found[key]
		switch {
		case !ok || key == "" || value == "":
			return nil, fmt.Errorf("%w: %q is not key=value", ErrDeviceOptions, pair)
		case key == "device_id":
			return nil, fmt.Errorf("%w: device_id is told by the device's name, as in cuda:%s", ErrDeviceOptions, value)
		case (key == "enable_cuda_graph" || key == "trt_cuda_graph_enable") && value != "0":
			// It would replay the graph on memory of an earlier run.
			return nil, fmt.Errorf("%w: %s needs inputs that stay on the device, which avid's do not", ErrDeviceOptions, key)
		case twice:
			return nil, fmt.Errorf("%w: %s is there twice", ErrDeviceOptions, key)
		}
		found[key] = value
	}
	return found, nil
}

// update sets a provider's options. Defaults are set first, so that an unusable device
// fails there; a failure of the second call, which sets all of them, is then due to the
// options that the user gave.
func update(o interface{ Update(map[string]string) error }, defaults, wanted map[string]string) error {
	if err := o.Update(defaults); err != nil || len(wanted) == 0 {
		return err
	}
	both := maps.Clone(defaults)
	maps.Copy(both, wanted)
	if err := o.Update(both); err != nil {
		return fmt.Errorf("%w: ONNX Runtime says: %w", ErrDeviceOptions, err)
	}
	return nil
}

// cudaDefaults: an exhaustive search for convolutions stalls every new shape, so
// cuDNN's heuristics choose.
func cudaDefaults(index string) map[string]string {
	return map[string]string{"device_id": index, "cudnn_conv_algo_search": "HEURISTIC"}
}

// tensorRTDefaults keep what TensorRT builds, which takes minutes, in a folder.
func tensorRTDefaults(index, cache string) map[string]string {
	o := map[string]string{"device_id": index}
	if cache != "" {
		o["trt_engine_cache_enable"], o["trt_engine_cache_path"] = "1", cache
		o["trt_timing_cache_enable"], o["trt_timing_cache_path"] = "1", cache
	}
	return o
}
