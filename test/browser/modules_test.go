package browser_test

import (
	"fmt"
	"testing"
)

// TestModules: what the page's modules compute, by example. Each is an
// expression over m, the module, that should give the text.
func TestModules(t *testing.T) {
	s := serve(t, nil)
	p := newTab(t, 800, 600)
	p.open(s.URL())
	for _, c := range []struct{ module, expression, want string }{
		{"format", `m.score(4.2)`, "4.2"},
		{"format", `m.score(-0.04)`, "0.0"},
		{"format", `m.score(-11)`, "−11.0"},
		{"format", `m.score(28.2531, 2)`, "28.25"},
		{"format", `m.score(NaN)`, "–"},
		{"format", `m.percent(m.sigmoid(0))`, "50 %"},
		{"format", `m.percent(m.sigmoid(30))`, ">99.9 %"},
		{"format", `m.percent(m.sigmoid(-30))`, "<0.1 %"},
		{"format", `m.percent(0.973)`, "97.3 %"},
		{"format", `m.duration(3.14159)`, "3.1 s"},
		{"format", `m.duration(59.7)`, "1 min 0 s"},
		{"format", `m.duration(3725)`, "1 h 2 min"},
		{"format", `m.duration(undefined)`, "–"},
		{"format", `m.bitrate(1234567) + " " + m.bitrate(45678)`, "1.2 Mbit/s 46 kbit/s"},
		{"format", `m.milliseconds(-2.6)`, "−3 ms"},

		// The history's address: what is no date or unknown counts for nothing.
		{"past/place", `m.write(m.read("?camera=gate&day=2026-11-26&from=x&open=1&page=2&event=gate/1.5-2"))`, "?camera=gate&open=1&day=2026-11-26&event=gate/1.5-2"},
		{"past/place", `m.write(m.read(""))`, ""},
		{"past/place", `m.dayOf(m.midnight("2026-02-28", 1)) + m.dayOf(m.midnight("2026-11-28", -1))`, "2026-03-012026-11-27"},
		{"past/place", `decodeURIComponent(m.question(m.read("?camera=a/b&to=2026-11-26&open=1"), 50, "abc")).replace(/T.*Z/, "")`, "/api/events?limit=50&camera=a/b&to=2026-11-27&unacknowledged=true&cursor=abc"},
		{"past/place", `m.sameEvents(m.read("?camera=a&day=2026-11-26"), m.read("?camera=a&event=a/1"))`, "true"},

		// Scores in words, by how far they are beyond the threshold.
		{"format", `[6.8, 6.9, 8.8, 8.9, 11.8, 11.9, 40].map((v) => m.level(v, 6.9)).join()`, "ordinary,above the threshold,above the threshold,well above,well above,far above,far above"},
		{"format", `[m.level(NaN, 1), m.level(1, undefined), m.level(-1, -4)]`, `["","","well above"]`},

		// Frames that are shown: one that is late is told only once it is really late.
		{"pace", `(() => {
			const p = new m.Pace(0), seen = [p.state(1900), p.state(2100), p.rate(2100)];
			for (let t = 2100; t < 5000; t += 40) p.frame(t);
			return [...seen, p.state(5000), Math.round(p.rate(5000)), p.state(6900), p.rate(6900) > 0, p.state(7100), p.rate(7100)];
		})()`, `["waiting","still",0,"moving",25,"moving",true,"still",0]`},
		// A camera of a frame in 5 s is not still between two, nor at its beginning.
		{"pace", `(() => {
			const p = new m.Pace(0);
			p.announce(0.2);
			const seen = [p.state(14000), p.state(15500)];
			for (let t = 5000; t <= 30000; t += 5000) p.frame(t);
			return [...seen, p.state(44000), p.rate(44000) > 0, p.state(46000)];
		})()`, `["waiting","still","moving",true,"still"]`},
		{"pace", `(() => { const p = new m.Pace(0); p.frame(100, 1e9); p.reset(200); return [p.state(300), p.rate(300)]; })()`, `["waiting",null]`},

		// Tiles: the largest that all fit, or rows to scroll through.
		{"layout", `m.columns(1, 1000, 800, 16 / 9, 90)`, "1"},
		{"layout", `m.columns(3, 1100, 830, 16 / 9, 90)`, "2"},
		{"layout", `m.columns(16, 3400, 1910, 16 / 9, 90)`, "5"},
		{"layout", `m.columns(9, 374, 700, 16 / 9, 90)`, "1"},
		{"layout", `m.columns(0, 1000, 800, 16 / 9, 90)`, "1"},
		// Pages: as many as fit at a readable size, six at least and 36 at most.
		{"layout", `[m.fits(924, 730, 16 / 9, 92), m.fits(374, 700, 16 / 9, 96), m.fits(1900, 1000, 16 / 9, 92), m.fits(3480, 2080, 16 / 9, 92)]`, "[6,6,18,36]"},
		{"layout", `m.ratio([[640, 480], [320, 240], [0, 0]]).toFixed(3)`, "1.333"},
		{"layout", `m.ratio([[640, 480], [1280, 720]]) === 16 / 9`, "true"},
		{"layout", `m.ratio([]) === 16 / 9`, "true"},

		// The RTP clock wraps.
		{"overlay", `m.after(5, 0xfffffff0)`, "21"},
		{"overlay", `m.after(0xfffffff0, 5)`, "-21"},

		{"whep", `m.readLinks('<stun:a.example:3478>; rel="ice-server", <turn:b.example?transport=udp>; rel="ice-server"; username="u,\\"1"; credential="p;2"; credential-type="password", <https://c.example/>; rel="help"')`,
			`[{"urls":"stun:a.example:3478"},{"urls":"turn:b.example?transport=udp","username":"u,\"1","credential":"p;2"}]`},
		{"whep", `m.readLinks(null)`, `[]`},
		{"whep", `m.readLinks('<javascript:alert(1)>; rel="ice-server"')`, `[]`},

		// Of the pongs, the one that was soonest back counts: 40 s ahead.
		{"clock", `(() => {
			const c = new m.Clock(), t = performance.timeOrigin + performance.now();
			c.pong({ t: t - 900, server: t + 99e3 });
			c.pong({ t, server: t + 40e3 });
			c.pong({ t: t + 1e6, server: t });
			c.pong({ t, server: null });
			return Math.round(c.offset / 1000);
		})()`, "40"},
		{"clock", `new m.Clock().local(1)`, "null"}, // NaN in JSON

		// Scores: the highest near a time; none in a gap and none that is too old.
		{"history", `(() => {
			const h = new m.History(), t0 = 1e12;
			for (let t = 0; t < 20 * 60e3; t += 50) if (t < 60e3 || t > 70e3) h.add(t0 + t, t % 100 ? 1 : -1);
			h.add(t0 + 5, NaN);
			let n = 0;
			h.each(t0, t0 + 20 * 60e3, () => n++);
			return [h.at(t0 + 19 * 60e3, 300), h.at(t0 + 65e3, 300), n <= 15 * 60 * 8 + 1, n > 15 * 60 * 8 - 100];
		})()`, "[1,null,true,true]"},
		{"history", `(() => { const h = new m.History(); for (let t = 0; t < 60e3; t += 2000) h.add(1e12 + t, 0); return h.gap > 4000; })()`, "true"},

		// Events: three reports, one record; the peak is that of the frames
		// between them; the pictures are asked for.
		{"eventlog", `(() => {
			const asked = [], log = new m.EventLog(() => {}, (r, which, rtp) => asked.push(which + rtp));
			const frame = (rtp, score, event) => log.frame({ rtp, pts: rtp / 10, judged: true, score, event: event ?? null }, 1e6 + 100 * rtp);
			frame(1, -3);
			frame(2, 1);
			frame(3, 1.5, { kind: "begin", id: 7, start: 0.2, duration: 0.1, peak: 1.5 });
			for (let i = 4; i < 12; i++) frame(i, i);
			frame(12, -2);
			const open = log.open !== null;
			frame(32, -3, { kind: "end", id: 7, start: 0.2, duration: 0.9, peak: 11 });
			const r = log.records[0];
			return [open, log.open, log.records.length, r.from, r.duration, r.peak, r.open, asked.join()];
		})()`, `[true,null,1,1000200,0.9,11,false,"begin3,peak7,peak11"]`},
		// A connection that is lost in between, and an event that goes on after it.
		{"eventlog", `(() => {
			const log = new m.EventLog(() => {}, () => {});
			const frame = (pts, kind, start) => log.frame({ rtp: 1, pts, judged: true, score: 2, event: { kind, id: 1, start, duration: pts - start, peak: 2 } }, 1e6);
			frame(1, "begin", 1);
			log.cut();
			const cut = log.records[0].cut && !log.records[0].open;
			frame(9, "change", 1);
			const again = log.records.length === 1 && log.records[0].open;
			log.cut();
			frame(3, "begin", 3); // the pipeline began anew, and so did its numbers
			return [cut, again, log.records.length];
		})()`, `[true,true,2]`},
		// What the server tells: an event that frames tell of too is one, and gets its zone;
		// one of before is kept in its place, and what goes on in a stream that is away ends.
		{"eventlog", `(() => {
			const log = new m.EventLog(() => {}, () => {});
			const told = (n, zone, open, ago) => log.told({ id: "17.5-" + n, zone, kind: "moving", open, ago, duration: 1, peak: 9, threshold: 7 }, 1e6);
			log.frame({ rtp: 1, pts: 5, judged: true, score: 8, threshold: 7, event: { kind: "begin", id: 3, start: 5, duration: 0.1, peak: 8 } }, 1e6);
			told(3, "gate", true, 0.2);
			told(2, "yard", false, 60);
			const one = [log.records.length, log.records[0].zone, log.records[0].peak, log.records[1].zone];
			told(4, "lawn", true, 1); // another zone's, which frames do not tell of
			log.cut();
			const open = log.open.zone;
			log.away();
			log.frame({ rtp: 9, pts: 5.5, judged: true, score: 8, event: { kind: "change", id: 4, start: 4.5, duration: 1, peak: 8 } }, 1e6);
			return [...one, open, log.records.length, log.open.zone, log.open.told];
		})()`, `[2,"gate",8,"yard","lawn",3,"lawn",false]`},
		// After a restart of the server: an event that was seen begin and whose end nobody has
		// told is the one that the recorder has cut, and one that was seen whole stays so.
		{"eventlog", `(() => {
			const log = new m.EventLog(() => {}, () => {});
			const frame = (kind, id, start) => log.frame({ rtp: 1, pts: start + 1, judged: true, score: 8, threshold: 7, event: { kind, id, start, duration: 1, peak: 8 } }, 1e6 + 1000 * start + 1000);
			for (const kind of ["begin", "end"]) frame(kind, 1, 0);
			frame("begin", 2, 60);
			log.cut();
			const told = (n, ago, cut) => log.told({ id: "17.5-" + n, kind: "moving", open: false, cut, ago, duration: 9, peak: 9, threshold: 7 }, 1e6 + 100e3);
			told(0, 900, true);
			told(1, 100, false);
			told(2, 40, true);
			return log.records.map((r) => [r.id, r.open, r.cut, r.duration].join(" ")).concat(log.open);
		})()`, `["2 false true 9","1 false false 1","0 false true 9",null]`},
		// The cursor in a day stays where it is as what came since is shown, not on another day.
		{"past/day", `(() => {
			const d = new m.Day({ name: "gate", title: "Gate" }, {}), slider = d.slider;
			document.body.append(d.root);
			const show = (day, n) => d.show({ events: [], conditions: [], unjudged: [], recorded: [], step: 10, peak: Array(n).fill(1), threshold: Array(n).fill(6) }, day, true);
			const says = () => slider.getAttribute("aria-valuetext").replace(/^.*? · /, "");
			show("2026-11-26", 10);
			slider.focus();
			for (const key of ["Home", "ArrowRight"]) slider.dispatchEvent(new KeyboardEvent("keydown", { key }));
			const all = [says()];
			show("2026-11-26", 100);
			all.push(says(), slider.getAttribute("aria-valuenow"));
			show("2026-11-25", 100);
			d.root.remove();
			return [...all, says()];
		})()`, `["not judged","ordinary","5","0 events"]`},
		// What is kept is bounded, the oldest go, and all that go are told of.
		{"eventlog", `(() => {
			let gone = 0;
			const log = new m.EventLog((r, g) => (gone += g), () => {});
			for (let id = 1; id <= 250; id++) {
				for (const kind of ["begin", "end"]) log.frame({ rtp: id, pts: id, judged: true, score: 1, event: { kind, id, start: id, duration: 0, peak: 1 } }, 1e6);
			}
			return [log.records.length, gone, log.records[0].id, log.records.at(-1).id];
		})()`, `[100,150,250,151]`},
	} {
		got := eval[string](p, fmt.Sprintf(`import("/page/%s.js").then((m) => { const v = %s; return typeof v === "string" ? v : JSON.stringify(v); })`, c.module, c.expression))
		if got != c.want {
			t.Errorf("%s: %.200s is %s, should be %s", c.module, c.expression, got, c.want)
		}
	}
}
