package onvif

import (
	"strings"
	"testing"
)

func TestMQTT(t *testing.T) {
	for _, c := range []struct {
		property      Property
		topic, wanted string
	}{
		{Property{At: noon, Name: Name{Topic, "yard", WholePicture}, On: true}, "RuleEngine/MotionRegionDetector/Motion/&yard/avid",
			`{"UtcTime":"2026-11-28T12:00:00.123Z","Source":{"VideoSource":"yard","RuleName":"avid"},"Data":{"State":true}}`},
		{Property{At: noon, Name: Name{"tns1:VideoSource/tnsavid:ImageFrozen", "yard", "frozen"}}, "VideoSource/tnsavid:ImageFrozen/&yard/frozen",
			`{"UtcTime":"2026-11-28T12:00:00.123Z","Source":{"VideoSource":"yard","RuleName":"frozen"},"Data":{"State":false}}`},
		{Property{At: noon, Name: Name{Topic, "a/b #1", "+\n"}}, "RuleEngine/MotionRegionDetector/Motion/&ab 1/",
			`{"UtcTime":"2026-11-28T12:00:00.123Z","Source":{"VideoSource":"a/b #1","RuleName":"+\n"},"Data":{"State":false}}`},
	} {
		text, err := c.property.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(text); got != c.wanted {
			t.Errorf("%s, want %s", got, c.wanted)
		}
		if got := c.property.Path(); got != c.topic || strings.ContainsAny(got, "#+") {
			t.Errorf("topic %q, want %q", got, c.topic)
		}
	}
}
