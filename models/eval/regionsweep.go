package eval

// regionSweep lets the threshold fall through one frame's scores: a pixel that
// comes in joins the marked regions beside it, in a forest whose roots keep area
// and overlap with each truth region. Its buffers are used again.
type regionSweep struct {
	g      *grid
	parent []int32 // by score pixel: -1 while it is not marked; its own index at a root
	area   []int   // of a root's region, truth pixels
	links  overlaps
	wrong  int    // false regions now
	hits   []int  // by truth region: marked regions that find it now
	was    []bool // and whether any did at the last step
}

// follow appends the steps of a frame to steps.
func (s *regionSweep) follow(m *ranked, g *grid, steps []regionStep) []regionStep {
	s.begin(g)
	wrong := 0
	order := m.falling()
	for n, key := range order {
		i := int(uint32(key))
		at := m.scores[i]
		if at == lowest {
			break
		}
		s.mark(i)
		if !m.last(n) {
			continue
		}
		if s.wrong != wrong {
			steps = append(steps, regionStep{at, -1, int32(s.wrong - wrong)})
			wrong = s.wrong
		}
		for k, hits := range s.hits {
			track := g.tracks.regions[k].track
			if is := hits > 0; is != s.was[k] && track != speck {
				s.was[k] = is
				step := regionStep{at, int32(track), 1}
				if !is {
					step.n = -1
				}
				steps = append(steps, step)
			}
		}
	}
	return steps
}

func (s *regionSweep) begin(g *grid) {
	s.g, s.wrong = g, 0
	if len(s.parent) != len(g.weight) {
		s.parent = make([]int32, len(g.weight))
	}
	for i := range s.parent {
		s.parent[i] = -1
	}
	s.area = append(s.area[:0], g.weight...)
	g.links.copyTo(&s.links)
	s.hits = append(s.hits[:0], make([]int, len(g.tracks.regions))...)
	s.was = append(s.was[:0], make([]bool, len(g.tracks.regions))...)
}

// mark adds pixel i.
func (s *regionSweep) mark(i int) {
	s.parent[i] = int32(i)
	root := i
	around(i, s.g.h, s.g.w, func(n int) {
		if s.parent[n] < 0 {
			return
		}
		if other := s.root(n); other != root {
			s.count(other, -1)
			root = s.join(root, other)
		}
	})
	s.count(root, 1)
}

// root finds a pixel's root and halves the way to it.
func (s *regionSweep) root(i int) int {
	for int(s.parent[i]) != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = int(s.parent[i])
	}
	return i
}

// join makes one region of two roots, the larger's.
func (s *regionSweep) join(a, b int) int {
	if s.area[a] < s.area[b] {
		a, b = b, a
	}
	s.parent[b] = int32(a)
	s.area[a] += s.area[b]
	s.links.merge(a, b)
	return a
}

// count adds n for the region of a root to what it is: false, or a hit on the
// truth regions with which it overlaps enough. One that stands for no truth
// pixel is nothing.
func (s *regionSweep) count(root, n int) {
	right := s.area[root] == 0
	for e := s.links.head[root]; e != 0; {
		o := s.links.entry[e-1]
		union := s.area[root] + s.g.tracks.regions[o.region].area - o.pixels
		if float64(o.pixels) >= Overlap*float64(union)-1e-9 {
			s.hits[o.region] += n
			right = true
		}
		e = o.next
	}
	if !right {
		s.wrong += n
	}
}
