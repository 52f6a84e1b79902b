package train

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"avid/models/luma"
)

// TestLumaIsRecorded: a new bundle records full range; settings of before, which
// know no range, go on with the footage's own and record none.
func TestLumaIsRecorded(t *testing.T) {
	for name, want := range map[string]luma.Range{"full": luma.Full, "limited": luma.Limited, "": luma.Stored} {
		text, err := json.Marshal(tiny())
		if err != nil {
			t.Fatal(err)
		}
		var c Config
		if err := json.Unmarshal([]byte(strings.Replace(string(text), `"luma":"full",`, `"luma":"`+name+`",`, 1)), &c); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		b, err := c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
		if err != nil || c.Validate() != nil {
			t.Fatal(err, c.Validate())
		}
		if c.LumaRange() != want || b.Manifest.Luma != name || b.Manifest.LumaRange() != want {
			t.Errorf("%q: settings %v, bundle %q", name, c.LumaRange(), b.Manifest.Luma)
		}
	}
	for name, c := range map[string]Config{"default": DefaultConfig(), "paper": PaperConfig(), "still": StillConfig()} {
		if c.LumaRange() != luma.Full {
			t.Errorf("%s: %q", name, c.Luma)
		}
	}
	c := tiny()
	c.Luma = "narrow"
	if err := c.Validate(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "narrow") {
		t.Errorf("%v", err)
	}
}
