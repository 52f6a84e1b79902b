// One stream: its connection, its tile, its scores and its events.

import { Chart } from "./chart.js";
import { Clock } from "./clock.js";
import { now, say } from "./dom.js";
import { EventLog } from "./eventlog.js";
import { percent, score } from "./format.js";
import { History } from "./history.js";
import { Link } from "./link.js";
import { Meter } from "./meter.js";
import { Overlay } from "./overlay.js";
import { Snaps } from "./snap.js";
import { Tile } from "./tile.js";

const stall = 3000; // ms without a decoded frame that are told
const lateFrom = 2000; // ms from the camera to here that are told
const pings = [0, 150, 300, 450, 600]; // ms after the channel opened; then one each 5 s
const chartEach = 1000; // ms at most between two drawings of the chart

const onScreen = new WeakMap(); // charts to whether they can be seen
const sight = new IntersectionObserver((entries) => {
	for (const e of entries) onScreen.set(e.target, e.isIntersecting);
});

export class Stream {
	#clock = new Clock();
	#meter = new Meter();
	#history = new History();
	#latency = NaN; // ms, smoothed
	#newest = { score: NaN, threshold: 0, confidence: NaN };
	#blind = ""; // why nothing is judged, while frames come
	#held = false; // and that is told of, as darkness is
	#impaired = ""; // why it is not judged well
	#frames = { count: -1, at: 0 };
	#stalled = false;
	#late = false;
	#drawn = 0; // when the chart was drawn last
	#column = 0;
	#width = 0;
	#seconds = 0; // ticks of a second
	#events;
	large = false;

	// on: enlarge(event), signIn(), changed(), live(). events is the EventList.
	constructor(path, events, on) {
		this.path = path;
		this.info = { title: path };
		this.on = on;
		this.#events = events;
		this.tile = new Tile(path, { enlarge: on.enlarge, retry: () => this.link.retryNow() });
		this.log = new EventLog(
			(r, gone) => this.#eventChanged(r, gone),
			(r, which, rtp) => {
				this.snaps.take(rtp, (blob) => this.#events.picture(r, which, blob));
			},
		);
		this.overlay = new Overlay(this.tile.video, this.tile.ink, (meta, at) => this.#shown(meta, at));
		this.snaps = new Snaps(this.tile.video, () => this.overlay.meta);
		this.chart = new Chart(this.tile.chart, this.#history, () => this.log.spans());
		sight.observe(this.tile.chart);
		this.link = new Link(`/${encodeURIComponent(path)}/whep`, {
			state: (s) => this.#linkChanged(s),
			media: (m) => this.#play(m),
			message: (m) => this.#message(m),
		});
		this.describe(this.info);
		this.link.start();
	}

	// describe takes what the server says of the stream: hello or /api/streams.
	describe(info) {
		this.info = { ...this.info, missing: false, note: "", ...info, title: info.title || this.path };
		this.tile.describe(this.info);
	}

	// state is that of the link, or stalled, late, blind, held or impaired.
	get state() {
		if (this.link.state !== "live") return this.link.state;
		if (this.#stalled) return "stalled";
		if (this.#late) return "late";
		if (this.#blind) return this.#held ? "held" : "blind";
		return this.#impaired ? "impaired" : "live";
	}

	get picture() {
		const v = this.tile.video;
		return v.videoWidth ? [v.videoWidth, v.videoHeight] : [this.info.width, this.info.height];
	}

	remove() {
		this.#sees(true);
		this.log.cut();
		this.link.stop();
		sight.unobserve(this.tile.chart);
		this.tile.root.remove();
	}

	#linkChanged(state) {
		this.#stalled = this.#late = false;
		this.#frames = { count: -1, at: performance.now() };
		if (state === "live") {
			say(this.info.title, "live");
			this.on.live();
		} else if (state !== "connecting") {
			this.log.cut();
			this.overlay.clear();
			this.#newest = { score: NaN, threshold: 0, confidence: NaN };
			this.#sees(true);
			this.#latency = NaN;
			this.tile.measures({});
			if (state === "retry") say(this.info.title, "connection lost, trying again");
			if (state === "full") say(this.info.title, "the server is full");
			if (state === "gone") say(this.info.title, "ended");
			if (state === "token") this.on.signIn();
		}
		this.#showState();
		this.on.changed();
	}

	#showState() {
		const seconds = Math.ceil((this.link.retryAt - performance.now()) / 1000);
		this.tile.state(this.state, seconds, { ...this.info, reason: this.#blind || this.#impaired });
	}

	// #sees says whether the stream is judged, and else why not, or why not well.
	#sees(judged, reason, held = false) {
		this.#held = held;
		this.#impaired = judged ? reason || "" : "";
		this.#blind = judged ? "" : reason || "no reason is known";
		this.#events.judging(this.path, this.info.title, judged);
	}

	#play(media) {
		this.tile.video.srcObject = media;
		this.tile.video.play().catch(() => {}); // autoplay does it once it may
	}

	#message(m) {
		if (m.type === "hello") {
			this.#clock = new Clock();
			for (const wait of pings) setTimeout(() => this.#clock.ping((p) => this.link.send(p)), wait);
			this.describe({ title: m.title, codec: m.codec, width: m.width, height: m.height });
		} else if (m.type === "pong") {
			this.#clock.pong(m);
		} else if (m.type === "frame") {
			const at = this.#clock.local(m.captured ?? NaN);
			const time = Number.isFinite(at) ? at : now();
			this.#events.verdict(m.judged);
			if (m.captured !== null) this.#sees(m.state !== "blind" && m.state !== "held", m.reason, m.state === "held"); // else it is of no frame
			if (m.judged) {
				this.#newest = { score: m.score ?? NaN, threshold: m.threshold ?? 0, confidence: m.confidence ?? NaN };
				this.#history.add(time, this.#newest.score - this.#newest.threshold);
				this.chart.threshold = this.#newest.threshold;
			}
			this.log.frame(m, time);
			this.overlay.add(m);
		}
	}

	// #shown is called for each frame on screen.
	#shown(meta, at) {
		if (this.overlay.shown !== null) this.snaps.shown(this.overlay.shown);
		if (!meta || meta.rtp !== this.overlay.shown) return;
		const latency = at - this.#clock.local(meta.captured ?? NaN);
		if (!Number.isFinite(latency)) return;
		this.#latency = Number.isFinite(this.#latency) ? this.#latency + 0.1 * (latency - this.#latency) : latency;
	}

	#eventChanged(record, gone) {
		this.#events.changed(this.path, this.info.title, record, gone);
		if (gone) return;
		this.tile.irregular(this.log.open !== null);
		say(this.info.title, record.open ? "irregular" : "ordinary again");
		this.#drawn = 0;
		this.on.changed();
	}

	// tick is called four times a second while the page is visible.
	tick(minutes) {
		this.tile.verdict(this.#newest.score, this.#newest.threshold, this.#newest.confidence);
		this.#showState();
		if (this.#seconds++ % 4 === 0) this.#second(minutes);
		this.#drawChart(minutes);
	}

	#drawChart(minutes) {
		if (!onScreen.get(this.tile.chart)) return;
		// A chart moves by whole pixels: in between there is nothing to draw.
		const width = this.tile.chart.clientWidth;
		const column = Math.floor((now() * width) / (minutes * 60000));
		const other = this.chart.minutes !== minutes || this.chart.large !== this.large || width !== this.#width;
		if (!other && column === this.#column && performance.now() - this.#drawn < chartEach) return;
		Object.assign(this.chart, { minutes, large: this.large });
		this.#column = column;
		this.#width = width;
		this.#drawn = performance.now();
		this.chart.draw();
	}

	async #second(minutes) {
		if (this.link.state === "live" && (this.#seconds >> 2) % 5 === 0) this.#clock.ping((p) => this.link.send(p));
		const v = this.#newest;
		this.tile.chart.setAttribute("aria-label", `Score of ${this.info.title} over ${minutes} min, now ${score(v.score)}, probability ${percent(v.confidence)}`);
		if (this.log.open) this.#events.refresh(this.log.open);
		const m = await this.#meter.read(this.link.pc, this.link.receiver).catch(() => null); // closed meanwhile
		if (!m) return;
		if (Number.isFinite(m.buffer)) this.overlay.delay = m.buffer;
		if (m.frames !== this.#frames.count) this.#frames = { count: m.frames, at: performance.now() };
		const before = this.state;
		this.#stalled = performance.now() - this.#frames.at > stall;
		this.#late = this.#latency > lateFrom;
		if (this.state !== before) {
			say(this.info.title, { stalled: "no video", late: "late" }[this.state] ?? this.state);
			this.on.changed();
		}
		this.tile.measures({ ...m, latency: this.#latency });
	}
}
