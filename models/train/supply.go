package train

import (
	"math/rand/v2"
	"sync"
)

// maxAhead is how many batches are made ahead at most: a Run of StepsOnDevice at
// the default AuxiliarySteps takes as many. At the default size each is 25 MB.
const maxAhead = 24

// supply makes batches while the steps before them are computed. They are those,
// and in the order, that the random source gives, whatever is made ahead.
type supply struct {
	feed   *feeder
	source *rand.PCG // feed's; the maker's alone once it runs
	random []byte    // the source's state after the batch that was taken last, from which to go on

	free  chan *batch
	ready chan supplied
	quit  chan struct{}
	maker sync.WaitGroup
	begin func() // starts the maker, once
}

// supplied is a batch, and the source's state after it.
type supplied struct {
	batch  *batch
	random []byte
}

// newSupply makes batches into the given ones, as soon as one is wanted for the
// first time.
func newSupply(feed *feeder, source *rand.PCG, batches []*batch) *supply {
	s := &supply{feed: feed, source: source, free: make(chan *batch, len(batches)),
		ready: make(chan supplied, len(batches)), quit: make(chan struct{})}
	for _, b := range batches {
		s.free <- b
	}
	s.random = s.state()
	s.begin = sync.OnceFunc(func() { s.maker.Go(s.make) })
	return s
}

func (s *supply) state() []byte {
	random, _ := s.source.MarshalBinary() // never fails, by its documentation
	return random
}

func (s *supply) make() {
	for {
		select {
		case b := <-s.free:
			s.feed.fill(b)
			s.ready <- supplied{b, s.state()} // has room for all there are
		case <-s.quit:
			return
		}
	}
}

// take gives the next batch; give takes it back, and it is made anew.
func (s *supply) take() *batch {
	s.begin()
	next := <-s.ready
	s.random = next.random
	return next.batch
}

func (s *supply) give(b *batch) { s.free <- b }

// close ends the making; nothing may be taken after it.
func (s *supply) close() {
	close(s.quit)
	s.maker.Wait()
}
