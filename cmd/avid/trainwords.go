package main

import (
	"fmt"

	"avid/models/train"
)

// trainingWords is what stands beside the bar: the step, the error of I on what it
// repaints, how often D is right, and the time left.
func trainingWords(p train.Progress) string {
	l := p.Losses
	return fmt.Sprintf("step %d  error of the repainting %.4f  detector right %2.0f %%  left %s ",
		p.Step, l.Reconstruction, 50*(l.RealAccuracy+l.FakeAccuracy), clock(p.Left))
}

// validationWords are the figures on footage that was held back.
func validationWords(p train.Progress) string {
	v := p.Validation
	return fmt.Sprintf("held back: error of the repainting %.4f, how well it spots drawn test shapes %.3f (0.5 chance, 1 perfect)  left %s",
		v.Reconstruction, v.DrawnAUC, clock(p.Left))
}
