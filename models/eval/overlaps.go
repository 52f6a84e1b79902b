package eval

// overlaps holds, for each score pixel, how many of its truth pixels lie in
// which region of truth: a list, since few pixels touch a region and hardly any
// touches two.
type overlaps struct {
	head  []int32 // by score pixel: 1 + its first entry; 0: none
	entry []overlap
}

type overlap struct {
	region int
	pixels int
	next   int32 // 1 + the next entry; 0: none
}

// fill counts the regions of g.
func (o *overlaps) fill(g *grid) {
	if len(o.head) != len(g.weight) {
		o.head = make([]int32, len(g.weight))
	}
	clear(o.head)
	o.entry = o.entry[:0]
	if len(g.tracks.regions) == 0 {
		return
	}
	for i, label := range g.tracks.labels {
		if label != 0 {
			o.add(g.cells[i], int(label-1), 1)
		}
	}
}

// add counts n more pixels of a region at list i.
func (o *overlaps) add(i, region, n int) {
	for e := o.head[i]; e != 0; e = o.entry[e-1].next {
		if o.entry[e-1].region == region {
			o.entry[e-1].pixels += n
			return
		}
	}
	o.entry = append(o.entry, overlap{region, n, o.head[i]})
	o.head[i] = int32(len(o.entry))
}

// copyTo makes dst a copy.
func (o *overlaps) copyTo(dst *overlaps) {
	dst.head = append(dst.head[:0], o.head...)
	dst.entry = append(dst.entry[:0], o.entry...)
}

// merge adds list b to list a.
func (o *overlaps) merge(a, b int) {
	for e := o.head[b]; e != 0; {
		next := o.entry[e-1]
		o.add(a, next.region, next.pixels)
		e = next.next
	}
}
