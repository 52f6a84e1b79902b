package train

import "math/rand/v2"

func newTestRand() *rand.Rand { return rand.New(rand.NewPCG(8, 9)) }
