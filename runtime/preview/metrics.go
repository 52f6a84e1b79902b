package preview

import (
	"github.com/prometheus/client_golang/prometheus"

	"avid/runtime/analyze"
	"avid/runtime/fanout"
)

// metric is one number of a stream at /metrics.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	get  func(source *fanout.Source, s fanout.StreamStats) (float64, bool)
}

func newMetric(name, help string, kind prometheus.ValueType, get func(*fanout.Source, fanout.StreamStats) (float64, bool)) metric {
	return metric{prometheus.NewDesc("avid_"+name, help, []string{"stream"}, nil), kind, get}
}

// count and gauge are for the numbers that fanout.StreamStats has.
func count(name, help string, get func(fanout.StreamStats) uint64) metric {
	return newMetric(name, help, prometheus.CounterValue, func(_ *fanout.Source, s fanout.StreamStats) (float64, bool) {
		return float64(get(s)), true
	})
}

func gauge(name, help string, get func(fanout.StreamStats) float64) metric {
	return newMetric(name, help, prometheus.GaugeValue, func(_ *fanout.Source, s fanout.StreamStats) (float64, bool) {
		return get(s), true
	})
}

// collector reads the streams' counts whenever it is asked.
type collector struct {
	server  *Server
	metrics []metric
}

// droppedDesc is of expected streams, which count while they are away too.
var droppedDesc = prometheus.NewDesc("avid_input_dropped_frames_total",
	"Frames that this machine was too slow for, dropped before they came to the stream.", []string{"stream"}, nil)

// upDesc and againDesc are of expected streams too.
var (
	upDesc    = prometheus.NewDesc("avid_up", "1 while frames of the stream come.", []string{"stream"}, nil)
	againDesc = prometheus.NewDesc("avid_restarts_total", "Times that the stream's source was started again, after it had failed or ended.", []string{"stream"}, nil)
)

// sceneDesc is of each kind of what keeps a stream from being judged well.
var sceneDesc = prometheus.NewDesc("avid_scene", "1 while that keeps the stream from being judged well.", []string{"stream", "kind"}, nil)

// one is a truth as a number.
func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// wrongDesc is of the server.
var wrongDesc = prometheus.NewDesc("avid_wrong_tokens_total", "Requests with a wrong token.", nil, nil)

// newMetrics makes a registry of the server's own: a process may have several
// servers.
func newMetrics(s *Server) *prometheus.Registry {
	c := &collector{server: s, metrics: []metric{
		count("frames_total", "Encoded frames.", func(s fanout.StreamStats) uint64 { return s.Frames }),
		count("key_frames_total", "Key frames among them.", func(s fanout.StreamStats) uint64 { return s.KeyFrames }),
		count("bytes_total", "Bytes of encoded frames.", func(s fanout.StreamStats) uint64 { return s.Bytes }),
		count("sent_bytes_total", "Bytes sent to viewers, all added up.", func(s fanout.StreamStats) uint64 { return s.Sent }),
		count("dropped_frames_total", "Frames dropped for slow viewers, added up over them.",
			func(s fanout.StreamStats) uint64 { return s.Dropped }),
		count("metas_total", "Frames that metadata was written for.", func(s fanout.StreamStats) uint64 { return s.Metas }),
		count("skipped_messages_total", "Messages that a viewer's data channel had no room for.",
			func(s fanout.StreamStats) uint64 { return s.Skipped }),
		gauge("viewers", "Viewers connected now.", func(s fanout.StreamStats) float64 { return float64(s.Viewers) }),
		count("viewers_total", "Viewers that ever connected.", func(s fanout.StreamStats) uint64 { return s.Joined }),
		gauge("bitrate_bits_per_second", "Bit rate asked of the encoder last, 0: never.",
			func(s fanout.StreamStats) float64 { return float64(s.Bitrate) }),
		newMetric("lag_seconds", "How far the newest frame was behind the camera's clock when it came.", prometheus.GaugeValue,
			func(_ *fanout.Source, s fanout.StreamStats) (float64, bool) { return s.Lag.Seconds(), s.Metas > 0 }),
		gauge("idle", "1 while nobody watches and nothing is encoded.", func(s fanout.StreamStats) float64 { return one(s.Idle) }),
		newMetric("blind", "1 while nothing of the stream is judged, or no frames come.", prometheus.GaugeValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				now := source.Status()
				return one(now.State == "blind" || now.State == "silent"), now.State != ""
			}),
		newMetric("held", "1 while judgement is held, for what avid_scene says.", prometheus.GaugeValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				now := source.Status()
				return one(now.State == "held"), now.State != ""
			}),
		newMetric("impaired", "1 while the stream is judged, but not well, as where this machine is too slow.", prometheus.GaugeValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				now := source.Status()
				return one(impaired(now)), now.State != ""
			}),
		newMetric("score", "Score of the newest verdict, logits.", prometheus.GaugeValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				now := source.Status()
				return now.Score, now.Judged
			}),
		newMetric("threshold", "What the score is measured against, logits.", prometheus.GaugeValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				now := source.Status()
				return now.Threshold, now.Judged
			}),
		newMetric("events_total", "Events that have begun.", prometheus.CounterValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				now := source.Status()
				return float64(now.Events), now.State != "" || now.Events > 0
			}),
		newMetric("inferences_total", "Runs of the network.", prometheus.CounterValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				n, _, ok := source.Inference()
				return float64(n), ok
			}),
		newMetric("inference_seconds_total", "Time spent in them.", prometheus.CounterValue,
			func(source *fanout.Source, _ fanout.StreamStats) (float64, bool) {
				_, seconds, ok := source.Inference()
				return seconds, ok
			}),
	}}
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	return r
}

// Collect adds figures to those at /metrics.
func (s *Server) Collect(c prometheus.Collector) error { return s.metrics.Register(c) }

// Describe is called by the registry.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		out <- m.desc
	}
	out <- sceneDesc
	out <- droppedDesc
	out <- upDesc
	out <- againDesc
	out <- wrongDesc
}

// Collect is called by the registry for each GET /metrics.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	for _, stream := range c.server.all() {
		stats := stream.Stats()
		for _, m := range c.metrics {
			if value, ok := m.get(stream.source, stats); ok {
				out <- prometheus.MustNewConstMetric(m.desc, m.kind, value, stream.path)
			}
		}
		if now := stream.source.Status(); now.State != "" {
			for _, kind := range analyze.Scenes() {
				out <- prometheus.MustNewConstMetric(sceneDesc, prometheus.GaugeValue, one(now.Scene == string(kind)), stream.path, string(kind))
			}
		}
	}
	for path, a := range c.server.accounts() {
		out <- prometheus.MustNewConstMetric(droppedDesc, prometheus.CounterValue, float64(a.dropped), path)
		out <- prometheus.MustNewConstMetric(againDesc, prometheus.CounterValue, float64(a.again), path)
		out <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, one(a.up), path)
	}
	out <- prometheus.MustNewConstMetric(wrongDesc, prometheus.CounterValue, float64(c.server.mistakes.count()))
}
