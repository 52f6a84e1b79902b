package main

import (
	"fmt"

	"avid/models/train"
)

// trainingWords is what stands beside the bar: the step, the losses of I and D
// (reconstruction; teaching, or else the game), how often D is right, and the
// time left.
func trainingWords(p train.Progress) string {
	l := p.Losses
	return fmt.Sprintf("step %d  I %.4f  D %.3f  D right %2.0f %%  left %s ",
		p.Step, l.Reconstruction, l.Teaching+l.Real+l.Fake, 50*(l.RealAccuracy+l.FakeAccuracy), clock(p.Left))
}

// validationWords are the figures on footage that was held back.
func validationWords(p train.Progress) string {
	l, v := p.Losses, p.Validation
	return fmt.Sprintf("I %.4f  D %.3f  D right %2.0f %%  held back: reconstruction %.4f, D tells drawn irregularities at AUC %.3f  left %s",
		l.Reconstruction, l.Teaching+l.Real+l.Fake, 50*(l.RealAccuracy+l.FakeAccuracy), v.Reconstruction, v.Teaching, clock(p.Left))
}
