// Holds the messages about frames until their frame is shown, and draws them
// over it.

import { marks, paint } from "./ink.js";

const keep = 300; // messages
const hold = 22500; // a frame without one of its own shows the last, for 1/4 s of the 90 kHz clock

// after is how far RTP timestamp a is after b (RFC 3550 §5.1: they wrap).
export const after = (a, b) => (a - b) | 0;

export class Overlay {
	#video;
	#canvas;
	#on;
	#frame;
	#metas = [];
	#shown = null; // RTP timestamp of the frame on screen, null: unknown
	#meta = null; // drawn or to be drawn
	#dirty = false; // there is ink on the canvas
	#box = { w: 0, h: 0 };
	#byTime; // frames do not tell their RTP timestamp
	#visible = true;
	delay = 100; // ms from a message to its frame, where only time can match them

	// on(meta, at) is called for each frame shown: its message or null, and
	// when it is on screen in local ms, NaN where not known. frame() is called for
	// each frame on screen, where counts says that the browser tells of them.
	constructor(video, canvas, on, frame) {
		this.#frame = frame;
		this.#video = video;
		this.#canvas = canvas;
		this.#on = on;
		this.#byTime = !video.requestVideoFrameCallback;
		new ResizeObserver(() => this.#resize()).observe(canvas);
		video.addEventListener("resize", () => this.#draw());
		if (!this.#byTime) this.#wait();
	}

	get counts() {
		return Boolean(this.#video.requestVideoFrameCallback);
	}

	get shown() {
		return this.#shown;
	}

	get meta() {
		return this.#meta;
	}

	set visible(on) {
		this.#visible = on;
		this.#draw();
	}

	// add takes a frame's message.
	add(meta) {
		if (this.#byTime) {
			setTimeout(() => this.#show(meta, NaN), this.delay);
			return;
		}
		this.#metas.push(meta);
		if (this.#metas.length > keep) this.#metas.shift();
		// The picture was faster.
		if (this.#shown !== null && meta.rtp === this.#shown) this.#show(meta, NaN);
	}

	// clear forgets all, when a connection ends.
	clear() {
		this.#metas = [];
		this.#shown = this.#meta = null;
		this.#draw();
	}

	#wait() {
		this.#video.requestVideoFrameCallback((_, frame) => {
			this.#wait();
			this.#frame();
			const at = performance.timeOrigin + frame.expectedDisplayTime;
			if (frame.rtpTimestamp === undefined) {
				this.#byTime = true;
				return;
			}
			this.#byTime = false;
			this.#shown = frame.rtpTimestamp;
			this.#show(this.#find(frame.rtpTimestamp), at);
		});
	}

	// #find gives the newest message up to an RTP timestamp and forgets those
	// before it.
	#find(rtp) {
		let best = -1;
		this.#metas.forEach((m, i) => {
			const age = after(rtp, m.rtp);
			if (age >= 0 && age <= hold && (best < 0 || age < after(rtp, this.#metas[best].rtp))) best = i;
		});
		if (best < 0) return null;
		this.#metas.splice(0, best);
		return this.#metas[0];
	}

	#show(meta, at) {
		this.#meta = meta;
		this.#draw();
		this.#on(meta, at);
	}

	#resize() {
		const { clientWidth: w, clientHeight: h } = this.#canvas;
		const density = devicePixelRatio || 1;
		this.#box = { w, h };
		this.#canvas.width = Math.round(w * density);
		this.#canvas.height = Math.round(h * density);
		this.#dirty = false; // a resized canvas is empty
		this.#draw();
	}

	#draw() {
		const c = this.#canvas.getContext("2d");
		const { w, h } = this.#box;
		if (this.#dirty) {
			c.setTransform(1, 0, 0, 1, 0, 0);
			c.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
			this.#dirty = false;
		}
		const { videoWidth: vw, videoHeight: vh } = this.#video;
		if (!this.#visible || !marks(this.#meta) || !vw || !vh || !w || !h) return;
		const scale = Math.min(w / vw, h / vh); // object-fit: contain
		const density = this.#canvas.width / w;
		c.setTransform(density, 0, 0, density, 0, 0);
		paint(c, this.#meta, (w - vw * scale) / 2, (h - vh * scale) / 2, vw * scale, vh * scale, w > 700 ? 2.5 : 2);
		this.#dirty = true;
	}
}
