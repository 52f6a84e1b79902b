//go:build !nogst

package main

import (
	"errors"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"avid/models/bundle"
	"avid/runtime/publish"
)

// dutyMetrics are the figures at /metrics that the page's server does not know: of the
// addresses that events go to, and of recordings.
type dutyMetrics struct{ duty *duty }

// Descriptions of the figures; an address is called by its name in the file.
var (
	publishUp      = prometheus.NewDesc("avid_publish_up", "1 while the last attempt to send to an address was successful.", []string{"address"}, nil)
	publishQueued  = prometheus.NewDesc("avid_publish_queued", "Records of events that wait for an address.", []string{"address"}, nil)
	publishSent    = prometheus.NewDesc("avid_publish_sent_total", "Records that an address has acknowledged.", []string{"address"}, nil)
	publishDropped = prometheus.NewDesc("avid_publish_dropped_total", "Records that an address has refused, or that its full queue has dropped.", []string{"address"}, nil)
	publishFailed  = prometheus.NewDesc("avid_publish_failed_total", "Attempts to send to an address that failed.", []string{"address"}, nil)
	recordDropped  = prometheus.NewDesc("avid_record_dropped_frames_total", "Frames that were not recorded: before the first key frame, or faster than the disk takes them.", []string{"stream"}, nil)
	recordBytes    = prometheus.NewDesc("avid_record_bytes_total", "Bytes that were recorded.", []string{"stream"}, nil)
	recordFree     = prometheus.NewDesc("avid_record_free_ratio", "Share of the disk of the recordings that is free.", []string{"stream"}, nil)
	modelJudges    = prometheus.NewDesc("avid_model_judges", "1 for the bundle that judges the stream now, 0 for the others that it has.", []string{"stream", "model"}, nil)
	recordFailing  = prometheus.NewDesc("avid_record_failing", "1 while recordings cannot be written, as on a full disk.", []string{"stream"}, nil)
)

// heapLive is what Go's heap had in use after it was collected last: unlike other figures
// of the heap it does not go up and down with the collector.
var heapLive = collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile("^/gc/heap/live:bytes$")}

// measure adds figures to those at /metrics: those of dutyMetrics, and what Go and the
// system say of this process, by the names that Prometheus has for them.
func (d *duty) measure() error {
	return errors.Join(d.host.Collect(dutyMetrics{d}), d.host.Collect(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		d.host.Collect(collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(heapLive))))
}

// Describe is called by the registry.
func (m dutyMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{publishUp, publishQueued, publishSent, publishDropped, publishFailed, recordDropped, recordBytes, recordFree, recordFailing, modelJudges} {
		out <- d
	}
}

// Collect is called by the registry for each GET /metrics.
func (m dutyMetrics) Collect(out chan<- prometheus.Metric) {
	for _, name := range slices.Sorted(maps.Keys(m.duty.routes)) {
		for _, s := range m.duty.routes[name].Status() {
			collectRoute(out, name, s)
		}
	}
	m.duty.mu.Lock()
	posts := maps.Clone(m.duty.posts)
	m.duty.mu.Unlock()
	for name, p := range posts {
		judging := p.judging()
		for _, path := range bundle.Paths(p.camera.Model) {
			out <- prometheus.MustNewConstMetric(modelJudges, prometheus.GaugeValue, oneIf(path == judging), name, filepath.Base(path))
		}
		if p.kept == nil {
			continue
		}
		s := p.kept.main.State()
		out <- prometheus.MustNewConstMetric(recordDropped, prometheus.CounterValue, float64(s.Dropped), name)
		out <- prometheus.MustNewConstMetric(recordFailing, prometheus.GaugeValue, oneIf(s.Failed), name)
		out <- prometheus.MustNewConstMetric(recordBytes, prometheus.CounterValue, float64(s.Bytes), name)
		out <- prometheus.MustNewConstMetric(recordFree, prometheus.GaugeValue, s.Free, name)
	}
}

// collectRoute gives the figures of an address.
func collectRoute(out chan<- prometheus.Metric, name string, s publish.Status) {
	for _, v := range []struct {
		desc  *prometheus.Desc
		kind  prometheus.ValueType
		value float64
	}{
		{publishUp, prometheus.GaugeValue, oneIf(s.Connected)}, {publishQueued, prometheus.GaugeValue, float64(s.Queued)},
		{publishSent, prometheus.CounterValue, float64(s.Sent)}, {publishDropped, prometheus.CounterValue, float64(s.Dropped)},
		{publishFailed, prometheus.CounterValue, float64(s.Failed)},
	} {
		out <- prometheus.MustNewConstMetric(v.desc, v.kind, v.value, name)
	}
}

// oneIf is a truth as a number.
func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// ticks tells, now and then, how it is with the camera.
func (p *post) ticks(now time.Time) {
	p.teller.tick(now)
	p.isBack()
	if p.kept != nil {
		p.kept.tick(now)
	}
}
