package servers_test

import (
	"bytes"
	"os"
	"testing"
)

// TestMediaMTX: each pipeline of docs/servers.md reads a camera from MediaMTX and sends
// it the marked video, which others then read there.
func TestMediaMTX(t *testing.T) {
	need(t, "build/bin/mediamtx")
	s := newStage(t)
	s.start("exec build/bin/mediamtx pipelines/servers/mediamtx.yml")
	eventually(t, "the cameras", func() bool {
		return s.plays("rtsp://127.0.0.1:8554/door", 5) && s.plays("rtsp://127.0.0.1:8554/yard", 5)
	})
	for _, path := range []string{"marked", "live", "far"} {
		t.Run(path, func(t *testing.T) {
			p := s.start("exec " + shell(t, "docs/servers.md", "server "+path))
			defer p.stop()
			eventually(t, "its video", func() bool { return s.plays("rtsp://127.0.0.1:8554/"+path, 30) })
		})
	}
}

// TestMediaMTXRestart: avid serve finds its cameras again when the media server was away.
func TestMediaMTXRestart(t *testing.T) {
	need(t, "build/avid")
	need(t, "build/bin/mediamtx")
	s := newStage(t)
	media := s.start("exec build/bin/mediamtx pipelines/servers/mediamtx.yml")
	s.start("exec build/avid serve --no-browser pipelines/servers/cameras.yaml")
	cameras := func(state string) func() bool {
		return func() bool {
			var all []struct{ State string }
			return get("http://127.0.0.1:"+s.port["8889"]+"/api/cameras", &all) && len(all) == 2 && all[0].State == state && all[1].State == state
		}
	}
	eventually(t, "both cameras", cameras("running"))
	media.stop()
	eventually(t, "both cameras away", func() bool { return !cameras("running")() })
	s.start("exec build/bin/mediamtx pipelines/servers/mediamtx.yml")
	eventually(t, "both cameras again", cameras("running"))
}

// TestSRT: avid listens for a program that sends by SRT, as OBS does.
func TestSRT(t *testing.T) {
	need(t, "build/avid")
	s := newStage(t)
	s.start(`exec build/avid preview "srt://:9000?mode=listener" --live -m demo/walkway.avid --no-browser --listen 127.0.0.1:8889`)
	s.start(`until gst-launch-1.0 -q filesrc location=demo/walkway.mp4 ! decodebin ! videoconvert ! x264enc tune=zerolatency key-int-max=20 ! ` +
		`h264parse ! mpegtsmux alignment=7 ! srtsink uri=srt://127.0.0.1:9000 sync=true; do sleep 1; done`)
	eventually(t, "verdicts of what comes", func() bool {
		text, ok := body("http://127.0.0.1:" + s.port["8889"] + "/metrics")
		return ok && bytes.Contains(text, []byte("avid_score{")) && bytes.Contains(text, []byte("\navid_blind{stream=\"camera1\"} 0"))
	})
}

// TestRTSPServer: a client of a gst-rtsp-server with avidfilter in it gets video, and the
// signal of the element tells of events.
func TestRTSPServer(t *testing.T) {
	s := newStage(t)
	p := s.start("exec pipelines/servers/rtsp-server.py demo/walkway.mp4 demo/walkway.avid 8754")
	eventually(t, "video", func() bool { return s.plays("rtsp://127.0.0.1:8754/marked", 60) })
	eventually(t, "events", func() bool {
		s.plays("rtsp://127.0.0.1:8754/marked", 60) // it judges only while somebody watches
		text, err := os.ReadFile(p.log)
		return err == nil && bytes.Contains(text, []byte(`"kind": "begin"`))
	})
}

// TestGo2rtc: go2rtc hands a camera to avid's pipeline and takes the marked video.
func TestGo2rtc(t *testing.T) {
	need(t, "build/bin/mediamtx")
	need(t, "build/bin/go2rtc")
	s := newStage(t)
	s.start("exec build/bin/mediamtx pipelines/servers/mediamtx.yml")
	eventually(t, "the camera", func() bool { return s.plays("rtsp://127.0.0.1:8554/door", 5) })
	s.start("exec build/bin/go2rtc -config pipelines/servers/go2rtc.yaml")
	eventually(t, "the camera by go2rtc", func() bool { return s.plays("rtsp://127.0.0.1:8654/door", 10) })
	s.start("exec " + shell(t, "docs/servers.md", "go2rtc"))
	eventually(t, "the marked video", func() bool { return s.plays("rtsp://127.0.0.1:8654/marked", 30) })
}
