package preview

import (
	"fmt"

	"github.com/pion/sdp/v3"
)

// tidyAnswer mends pion's answer for offers whose first section we refuse, as
// those that ask for sound before the picture: pion puts its candidates there,
// where nobody looks for them, and leaves out the section's a=mid, which has to
// stay as it was offered (RFC 9429 §5.3.1).
func tidyAnswer(answerText, offerText string) (string, error) {
	var answer, offer sdp.SessionDescription
	if err := answer.UnmarshalString(answerText); err != nil {
		return "", fmt.Errorf("own answer: %w", err)
	}
	if err := offer.UnmarshalString(offerText); err != nil {
		return "", fmt.Errorf("%w: %w", errOffer, err)
	}
	var moved []sdp.Attribute
	var accepted *sdp.MediaDescription
	for i, media := range answer.MediaDescriptions {
		if media.MediaName.Port.Value != 0 {
			if accepted == nil {
				accepted = media
			}
			continue
		}
		kept := media.Attributes[:0]
		for _, a := range media.Attributes {
			if a.IsICECandidate() || a.Key == sdp.AttrKeyEndOfCandidates {
				moved = append(moved, a)
			} else {
				kept = append(kept, a)
			}
		}
		media.Attributes = kept
		if _, ok := media.Attribute(sdp.AttrKeyMID); !ok && i < len(offer.MediaDescriptions) {
			if mid, ok := offer.MediaDescriptions[i].Attribute(sdp.AttrKeyMID); ok {
				media.WithValueAttribute(sdp.AttrKeyMID, mid)
			}
		}
	}
	if accepted == nil {
		return "", fmt.Errorf("%w: nothing accepted", errNoCodec)
	}
	accepted.Attributes = append(accepted.Attributes, moved...)
	text, err := answer.Marshal()
	if err != nil {
		return "", fmt.Errorf("own answer: %w", err)
	}
	return string(text), nil
}
