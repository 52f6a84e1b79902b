package analyze

// maxMissed is how many due inferences in a row may be skipped because the
// pipeline is late: one turn of the window (section 3.5 has six frames). After
// that the filter infers all the same, so that lateness from elsewhere never
// blinds it.
const maxMissed = 6

// pace decides on which sampled frames to infer.
type pace struct {
	since  uint // sampled frames since the last inference
	missed int  // due inferences skipped since then
	begun  bool
	passed uint // sampled frames from the inference before the last one to that
}

// due takes one sampled frame with a full window. late says that downstream
// wants to catch up; skipped that an inference was left out for it.
func (p *pace) due(interval uint, late bool) (infer, skipped bool) {
	p.since++
	if p.begun && p.since < interval {
		return false, false
	}
	if late && p.missed < maxMissed {
		p.missed++
		return false, true
	}
	*p = pace{begun: true, passed: p.since}
	return true, false
}

// reset makes the next sampled frame due.
func (p *pace) reset() { *p = pace{} }
