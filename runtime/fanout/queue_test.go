package fanout

import (
	"testing"
	"time"

	"avid/runtime/internal/webrtctest"
)

func frameOf(n int, key bool, size int) *packetized {
	return &packetized{key: key, stamp: uint32(n), pts: time.Duration(n) * webrtctest.FrameTime, size: size, payloads: [][]byte{make([]byte, size)}}
}

// takeAll takes all that waits and returns the frames' numbers.
func takeAll(q *queue) (numbers []int) {
	for f := q.take(); f != nil; f = q.take() {
		numbers = append(numbers, int(f.stamp))
	}
	return numbers
}

func TestQueueBeginsAtKeyFrame(t *testing.T) {
	q := newQueue()
	if dropped, need := q.push(frameOf(0, false, 10)); dropped != 1 || !need {
		t.Errorf("delta frame first: dropped %d, need %v", dropped, need)
	}
	q.push(frameOf(1, true, 10))
	q.push(frameOf(2, false, 10))
	if got := takeAll(q); len(got) != 2 || got[0] != 1 {
		t.Errorf("taken %v", got)
	}
	if q.bytes != 0 {
		t.Errorf("%d bytes in an empty queue", q.bytes)
	}
}

func TestQueueDropsUpToKeyFrame(t *testing.T) {
	q := newQueue()
	q.push(frameOf(0, true, 10))
	for n := 1; n < queueFrames; n++ {
		if dropped, _ := q.push(frameOf(n, n == 40, 10)); dropped != 0 {
			t.Fatalf("frame %d: dropped %d", n, dropped)
		}
	}
	// Full: frames 0 to 39 go, 40 is a key frame.
	if dropped, need := q.push(frameOf(queueFrames, false, 10)); dropped != 40 || need {
		t.Errorf("dropped %d, need %v", dropped, need)
	}
	got := takeAll(q)
	if len(got) != queueFrames-40+1 || got[0] != 40 || got[len(got)-1] != queueFrames {
		t.Errorf("taken %v", got)
	}
}

func TestQueueDropsAll(t *testing.T) {
	q := newQueue()
	q.push(frameOf(0, true, 10))
	for n := 1; n < queueFrames; n++ {
		q.push(frameOf(n, false, 10))
	}
	if dropped, need := q.push(frameOf(64, false, 10)); dropped != queueFrames+1 || !need {
		t.Errorf("dropped %d, need %v", dropped, need)
	}
	if dropped, need := q.push(frameOf(65, false, 10)); dropped != 1 || !need {
		t.Errorf("before the key frame: dropped %d, need %v", dropped, need)
	}
	if dropped, need := q.push(frameOf(66, true, 10)); dropped != 0 || need {
		t.Errorf("key frame: dropped %d, need %v", dropped, need)
	}
	if got := takeAll(q); len(got) != 1 || got[0] != 66 {
		t.Errorf("taken %v", got)
	}
}

func TestQueueKeyFrameReplacesAll(t *testing.T) {
	q := newQueue()
	q.push(frameOf(0, true, 10))
	for n := 1; n < queueFrames; n++ {
		q.push(frameOf(n, n == 30, 10))
	}
	if dropped, need := q.push(frameOf(64, true, 10)); dropped != queueFrames || need {
		t.Errorf("dropped %d, need %v", dropped, need)
	}
	if got := takeAll(q); len(got) != 1 || got[0] != 64 {
		t.Errorf("taken %v", got)
	}
}

func TestQueueBytes(t *testing.T) {
	q := newQueue()
	// One frame beyond the bound is let in: nothing smaller would come.
	if dropped, need := q.push(frameOf(0, true, 2*queueBytes)); dropped != 0 || need {
		t.Errorf("dropped %d, need %v", dropped, need)
	}
	if dropped, need := q.push(frameOf(1, false, 10)); dropped != 2 || !need {
		t.Errorf("dropped %d, need %v", dropped, need)
	}
	if q.bytes != 0 {
		t.Errorf("%d bytes in an empty queue", q.bytes)
	}
}

func TestQueueStartsFromLongGroup(t *testing.T) {
	q := newQueue()
	group := make([]*packetized, 3*queueFrames)
	for n := range group {
		group[n] = frameOf(n, n == 0, 10)
	}
	q.start(group)
	q.start(group) // once only
	for n := range queueFrames {
		if dropped, _ := q.push(frameOf(len(group)+n, false, 10)); dropped != 0 {
			t.Fatalf("frame %d after the group: dropped %d", n, dropped)
		}
	}
	if dropped, need := q.push(frameOf(999, false, 10)); dropped == 0 || !need {
		t.Errorf("beyond the bound: dropped %d, need %v", dropped, need)
	}
	if !q.needKey {
		t.Error("does not wait for a key frame")
	}
}

func TestGroup(t *testing.T) {
	start := time.Unix(1000, 0)
	var g gop
	g.add(frameOf(0, false, 10), start)
	if len(g.frames) != 0 {
		t.Error("a group without a key frame")
	}
	g.add(frameOf(1, true, 10), start)
	g.add(frameOf(2, false, 10), start.Add(webrtctest.FrameTime))
	if len(g.frames) != 2 || g.bytes != 20 || !g.fresh(start.Add(freshGOP)) || g.fresh(start.Add(freshGOP+1)) {
		t.Errorf("%d frames, %d bytes", len(g.frames), g.bytes)
	}
	g.add(frameOf(3, false, gopBytes), start)
	if len(g.frames) != 0 {
		t.Error("beyond its bytes")
	}
	g.add(frameOf(4, false, 1), start)
	if len(g.frames) != 0 {
		t.Error("delta frames after it was forgotten")
	}
	g.add(frameOf(5, true, 10), start)
	g.add(frameOf(5+30*4+1, false, 10), start)
	if len(g.frames) != 0 {
		t.Error("beyond its span")
	}
}
