// One stream: its connection, its tile, its scores and its events.

import { Chart } from "./chart.js";
import { Clock } from "./clock.js";
import { el, now, say } from "./dom.js";
import { EventLog } from "./eventlog.js";
import { percent, score } from "./format.js";
import { History } from "./history.js";
import { Link } from "./link.js";
import { Meter } from "./meter.js";
import { Overlay } from "./overlay.js";
import { Pace } from "./pace.js";
import { Snaps } from "./snap.js";
import { Tile } from "./tile.js";
import { ZonePanel } from "./zonepanel.js";

const lateFrom = 2000; // ms from the camera to here that are told
const pings = [0, 150, 300, 450, 600]; // ms after the channel opened; then one each 5 s
const chartEach = 1000; // ms at most between two drawings of the chart

// spoken is what screen readers hear of a state.
const spoken = {
	live: "live",
	stalled: "no video",
	paused: "paused",
	late: "late",
	retry: "connection lost, trying again",
	full: "no place left",
	gone: "ended",
};

const onScreen = new WeakMap(); // charts and pictures to whether they can be seen
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
	#pace = new Pace(performance.now()); // of the frames that are shown
	#frames = -1; // decoded so far; -1: not known
	#told = ""; // the state that was told
	#lastShown = NaN; // when a frame was, local ms
	#frame = ""; // address of that frame, once its connection is gone
	#pictured = NaN; // of when the picture is that the server keeps
	#moved = false; // the camera was turned
	#zones = null; // the ZonePanel that is open
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
		this.tile = new Tile(path, { enlarge: on.enlarge, retry: () => this.#again(), draw: () => this.#draw() });
		this.log = new EventLog(
			(r, gone, old) => this.#eventChanged(r, gone, old),
			(r, which, rtp) => {
				this.snaps.take(rtp, (blob) => this.#events.picture(r, which, blob));
			},
		);
		this.overlay = new Overlay(
			this.tile.video,
			this.tile.ink,
			(meta, at) => this.#shown(meta, at),
			() => {
				this.#pace.frame(performance.now());
				this.#lastShown = now();
			},
		);
		this.snaps = new Snaps(this.tile.video, () => this.overlay.meta);
		this.chart = new Chart(this.tile.chart, this.#history, () => this.log.spans());
		sight.observe(this.tile.chart);
		sight.observe(this.tile.stage);
		this.link = new Link(`/${encodeURIComponent(path)}/whep`, {
			state: (s) => this.#linkChanged(s),
			media: (m) => this.#play(m),
			leaving: () => this.#keepFrame(),
			message: (m) => this.#message(m),
		});
		this.describe(this.info);
	}

	// describe takes what the server says of the stream: hello or /api/streams.
	describe(info) {
		this.info = { ...this.info, missing: false, stalled: false, note: "", ...info, title: info.title || this.path };
		for (const e of info.events ?? []) this.log.told(e, now());
		if (this.info.missing) this.log.away();
		if (info.pictured !== undefined) {
			const at = now() - 1000 * info.pictured;
			if (!(Math.abs(at - this.#pictured) < 2000)) this.#pictured = at; // the same picture
		}
		this.#pace.announce(this.info.rate);
		this.tile.describe(this.info);
	}

	// state is that of the link or, while that is live, waiting, paused, stalled, late,
	// blind, held or impaired: live only while frames are really shown.
	get state() {
		if (this.link.state !== "live") return this.link.state;
		const pace = this.#pace.state(performance.now());
		if (this.tile.video.paused && this.#seen && pace !== "waiting") return "paused";
		if (pace !== "moving") return pace === "still" ? "stalled" : "waiting";
		if (this.#latency > lateFrom) return "late";
		if (this.#blind) return this.#held ? "held" : "blind";
		return this.#impaired ? "impaired" : "live";
	}

	// #seen: the video is on screen, so that its frames would be shown.
	get #seen() {
		return onScreen.get(this.tile.stage) && !this.tile.root.hidden;
	}

	// wake is called when the page can be seen again: what was shown before says
	// nothing.
	wake() {
		this.#pace.reset(performance.now());
		this.#frames = -1;
	}

	// playing says whether it is live or, where it is not shown, whether the server has
	// frames of it.
	get playing() {
		if (this.link.state !== "idle") return this.state === "live";
		return !this.info.missing && !this.info.stalled;
	}

	// #draw opens the zones for drawing, or closes them.
	async #draw() {
		if (this.#zones) return this.#zones.close();
		this.tile.draw.disabled = true;
		const panel = await ZonePanel.open(this.path, this.tile.stage, {
			title: this.info.title,
			size: () => this.picture,
			moved: () => this.#moved,
			closed: () => {
				this.#zones = null;
				this.tile.draw.setAttribute("aria-expanded", "false");
				this.tile.root.classList.remove("drawing");
				this.tile.draw.focus();
			},
		});
		this.tile.draw.disabled = false;
		if (!panel) return;
		this.#zones = panel;
		this.tile.draw.setAttribute("aria-expanded", "true");
		this.tile.root.classList.add("drawing");
		this.tile.chart.before(panel.root);
		panel.list.firstElementChild.focus();
	}

	// leave gives up what was drawn and not saved, as the stream is large no more.
	leave() {
		this.#zones?.close();
	}

	// #again does what the button over the picture says.
	#again() {
		if (this.state === "paused")
			this.tile.video.play().catch(() => {}); // it stays paused, and says so
		else this.link.retryNow();
	}

	get picture() {
		const v = this.tile.video;
		return v.videoWidth ? [v.videoWidth, v.videoHeight] : [this.info.width, this.info.height];
	}

	remove() {
		this.leave();
		this.#sees(true);
		this.log.cut();
		this.link.stop();
		sight.unobserve(this.tile.chart);
		sight.unobserve(this.tile.stage);
		this.tile.root.remove();
		URL.revokeObjectURL(this.#frame);
	}

	#linkChanged(state) {
		this.#pace.reset(performance.now());
		this.#frames = -1;
		if (state === "live") {
			this.on.live();
		} else if (state !== "connecting") {
			this.log.cut();
			this.overlay.clear();
			this.#newest = { score: NaN, threshold: 0, confidence: NaN };
			this.#sees(true);
			this.#latency = NaN;
			this.tile.measures({});
			if (state === "token") this.on.signIn();
		}
		this.#showState();
	}

	#showState() {
		const seconds = Math.ceil((this.link.retryAt - performance.now()) / 1000);
		const state = this.state;
		this.tile.state(state, seconds, { ...this.info, reason: this.#blind || this.#impaired, refusal: this.link.refusal });
		this.#showLast(state);
		if (state === this.#told) return;
		this.#told = state;
		if (spoken[state]) say(this.info.title, spoken[state]);
		this.on.changed();
	}

	// #keepFrame keeps the frame that is shown: without its connection Chromium's is black.
	#keepFrame() {
		const v = this.tile.video;
		if (v.readyState < 2 || !v.videoWidth) return;
		const canvas = el("canvas", { width: v.videoWidth, height: v.videoHeight });
		canvas.getContext("2d").drawImage(v, 0, 0);
		v.srcObject = null;
		canvas.toBlob(
			(blob) => {
				URL.revokeObjectURL(this.#frame);
				this.#frame = blob ? URL.createObjectURL(blob) : "";
			},
			"image/jpeg",
			0.8,
		);
	}

	// #showLast shows the last picture where none comes: that of the video, the one that it
	// had, or the one that the server keeps, as after a reload.
	#showLast(state) {
		const away = ["connecting", "retry", "gone", "full", "codec", "stalled", "waiting"].includes(state);
		const own = this.tile.video.readyState >= 2 && this.tile.video.videoWidth > 0;
		if (!away) this.tile.away("", NaN);
		else if (own) this.tile.away("", this.#lastShown);
		else if (this.#frame) this.tile.away(this.#frame, this.#lastShown);
		else if (Number.isFinite(this.#pictured))
			this.tile.away(`/api/cameras/${encodeURIComponent(this.path)}/picture?${Math.round(this.#pictured / 2000)}`, this.#pictured);
		else this.tile.away("", NaN);
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
			this.describe({ title: m.title, codec: m.codec, width: m.width, height: m.height, rate: m.rate });
		} else if (m.type === "pong") {
			this.#clock.pong(m);
		} else if (m.type === "frame") {
			const at = this.#clock.local(m.captured ?? NaN);
			const time = Number.isFinite(at) ? at : now();
			this.#events.verdict(m.judged);
			this.#moved = m.scene === "camera-moved";
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

	#eventChanged(record, gone, old) {
		this.#events.changed(this.path, this.info.title, record, gone);
		if (gone) return;
		this.tile.irregular(this.log.open !== null);
		if (!old) say(this.info.title, record.open ? "irregular" : "ordinary again");
		this.#drawn = 0;
		this.on.changed();
	}

	// tick is called four times a second while the page is visible.
	tick(minutes) {
		this.#count();
		const still = ["stalled", "paused", "waiting"].includes(this.state); // a score is of a picture that is shown
		this.tile.verdict(still ? NaN : this.#newest.score, this.#newest.threshold, this.#newest.confidence);
		this.#showState();
		if (this.#seconds++ % 4 === 0) this.#second(minutes);
		this.#drawChart(minutes);
	}

	// #count counts the frames that were shown, in browsers that do not tell of each.
	#count() {
		if (!this.overlay.counts) this.#decoded(this.tile.video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0);
	}

	// #decoded takes how many frames were decoded so far, which would have been shown.
	#decoded(frames) {
		if (this.#frames >= 0 && frames > this.#frames) this.#pace.frame(performance.now(), frames - this.#frames);
		this.#frames = frames;
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
		if (this.tile.video.paused && this.link.state === "live" && this.#seen) this.tile.video.play().catch(() => {}); // the button may do it
		const m = await this.#meter.read(this.link.pc, this.link.receiver).catch(() => null); // closed meanwhile
		if (m && Number.isFinite(m.buffer)) this.overlay.delay = m.buffer;
		if (m && this.overlay.counts && !this.#seen) this.#decoded(m.frames);
		else if (this.overlay.counts) this.#frames = -1;
		if (this.link.state !== "live") return;
		this.tile.measures({ ...m, rate: this.#pace.rate(performance.now()), latency: this.#latency });
	}
}
