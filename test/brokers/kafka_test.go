package brokers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"avid/runtime/publish"
)

// TestKafka: brokers that refuse for a while, and a process that restarts: everything
// arrives, in order. The broker is franz-go's own, which keeps its data in memory, so
// that it cannot be restarted.
func TestKafka(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "events"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	url := "kafka://" + strings.Join(cluster.ListenAddrs(), ",") + "/events"
	got := consume(t, cluster.ListenAddrs())
	dir := t.TempDir()
	p := begin(t, dir, url, publish.Host{})
	put(t, p, 0, 20)
	got.wait(t, 20)
	refused := make(chan struct{}, 100)
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		if cap(refused) > 0 && len(refused) < 4 {
			cluster.KeepControl()
			refused <- struct{}{}
			return nil, fmt.Errorf("the broker is ill"), true // ends the connection
		}
		return nil, nil, false
	})
	put(t, p, 20, 60)
	got.wait(t, 60)
	if len(refused) == 0 {
		t.Error("nothing was refused")
	}
	end(t, p)
	p = begin(t, dir, url, publish.Host{})
	put(t, p, 60, 70)
	inOrder(t, got.wait(t, 70), 70)
	end(t, p)
}

// TestKafkaAway: nobody is there: records wait, and the process ends.
func TestKafkaAway(t *testing.T) {
	dir := t.TempDir()
	p := begin(t, dir, fmt.Sprintf("kafka://127.0.0.1:%d/events", freePort(t)), publish.Host{})
	put(t, p, 0, 3)
	end(t, p)
	if s := p.Status()[0]; s.Queued != 3 || s.Dropped != 0 {
		t.Errorf("status %+v", s)
	}
}

// consume reads a topic as another program would.
func consume(t *testing.T, hosts []string) *inbox {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(hosts...), kgo.ConsumeTopics("events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	box := newInbox()
	partitions := map[int32]bool{}
	go func() {
		for {
			fetches := client.PollFetches(t.Context())
			if fetches.IsClientClosed() || t.Context().Err() != nil {
				return
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if partitions[r.Partition] = true; len(partitions) > 1 || string(r.Key) != "Front Door" {
					t.Errorf("key %q, partitions %v: a camera's records are in one", r.Key, partitions)
				}
				box.put(t, r.Value)
			})
		}
	}()
	return box
}
