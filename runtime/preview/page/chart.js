// Draws the scores of a stream over the last minutes. The history has them beyond
// the threshold, so that a threshold that is moved stays where it is; what is
// written beside them is the score itself.

import { now } from "./dom.js";
import { clock, minute, percent, score, sigmoid } from "./format.js";
import { palette } from "./palette.js";

const font = "11px system-ui, sans-serif";
const span = 6; // logits above and below the threshold that always show
const edge = { left: 34, right: 56, top: 8, bottom: 20 }; // px for words, in the large chart
const bare = { left: 0, right: 0, top: 4, bottom: 5 };
const grids = { 1: 15000, 5: 60000, 15: 180000 }; // ms between times, by minutes

export class Chart {
	#history;
	#events;
	#hover = NaN; // x of the pointer, px
	large = false;
	minutes = 5;
	threshold = 0; // logits, of the newest verdict

	// events gives [{from, to}] in local ms; to is NaN while one goes on.
	constructor(canvas, history, events) {
		this.canvas = canvas;
		this.#history = history;
		this.#events = events;
		canvas.addEventListener("pointermove", (e) => this.#point(e.offsetX));
		canvas.addEventListener("pointerleave", () => this.#point(NaN));
	}

	#point(x) {
		this.#hover = x;
		if (this.large) this.draw();
	}

	draw() {
		const { clientWidth: w, clientHeight: h } = this.canvas;
		if (w < 20 || h < 10) return;
		const density = devicePixelRatio || 1;
		const [dw, dh] = [Math.round(w * density), Math.round(h * density)];
		if (this.canvas.width !== dw || this.canvas.height !== dh) {
			this.canvas.width = dw;
			this.canvas.height = dh;
		}
		const c = this.canvas.getContext("2d");
		c.setTransform(density, 0, 0, density, 0, 0);
		c.clearRect(0, 0, w, h);
		c.font = font;
		const m = this.large ? edge : bare;
		const pw = w - m.left - m.right;
		const perPixel = (this.minutes * 60000) / pw;
		const to = Math.ceil(now() / perPixel) * perPixel; // whole pixels: nothing shimmers
		const view = { c, w, h, m, pw, ph: h - m.top - m.bottom, from: to - this.minutes * 60000, to };
		this.#fit(view);
		view.x = (t) => m.left + (t - view.from) / perPixel;
		view.y = (v) => m.top + ((view.high - v) / (view.high - view.low)) * view.ph;
		this.#frame(view);
		this.#scores(view);
		this.#marks(view);
		if (this.large && this.#hover >= m.left && this.#hover <= w - m.right) this.#readout(view);
	}

	// #fit finds the lowest and highest score to show, in even numbers so that
	// the scale rarely moves.
	#fit(view) {
		let [low, high] = [-span, span];
		this.#history.each(view.from, view.to, (_, a, b) => {
			low = Math.min(low, a);
			high = Math.max(high, b);
		});
		view.low = Math.max(-40, 2 * Math.floor(low / 2));
		view.high = Math.min(40, 2 * Math.ceil(high / 2));
	}

	// #frame draws threshold, times and, at the left the score, at the right
	// the probability.
	#frame({ c, w, h, m, pw, from, to, low, high, x, y }) {
		const p = palette();
		c.lineWidth = 1;
		c.strokeStyle = p.rule;
		if (this.large) {
			const grid = grids[this.minutes] * (pw < 420 ? 2 : 1);
			c.fillStyle = p.quiet;
			c.textAlign = "center";
			c.beginPath();
			for (let t = Math.ceil(from / grid) * grid; t <= to; t += grid) {
				const at = Math.round(x(t)) + 0.5;
				c.moveTo(at, m.top);
				c.lineTo(at, h - m.bottom);
				if (at > m.left + 20 && at < w - m.right - 14) c.fillText(this.minutes === 1 ? clock(t) : minute(t), at, h - 6);
			}
			c.stroke();
			for (const v of [high, 0, low]) {
				c.textAlign = "right";
				c.fillText(score(v + this.threshold).replace(".0", ""), m.left - 6, y(v) + 4);
				c.textAlign = "left";
				c.fillText(percent(sigmoid(v)), w - m.right + 6, y(v) + 4);
			}
		}
		c.strokeStyle = p.quiet;
		c.setLineDash([4, 4]);
		c.beginPath();
		c.moveTo(m.left, Math.round(y(0)) + 0.5);
		c.lineTo(w - m.right, Math.round(y(0)) + 0.5);
		c.stroke();
		c.setLineDash([]);
	}

	// #scores draws the line twice: below the threshold quietly, above it as an
	// alert with the area under it.
	#scores(view) {
		const { c, w, m, ph, from, to, x, y } = view;
		const line = new Path2D();
		const area = new Path2D();
		const zero = y(0);
		let last = NaN;
		const gap = Math.max(this.#history.gap, 2 * ((to - from) / view.pw));
		const gaps = [];
		this.#history.each(from, to, (t, low, high) => {
			const at = x(t);
			if (t - last <= gap) {
				line.lineTo(at, y(high));
			} else {
				if (last) area.lineTo(x(last), zero);
				line.moveTo(at, y(high));
				area.moveTo(at, zero);
				if (!Number.isNaN(last)) gaps.push([last, t]);
			}
			if (low < high) line.lineTo(at, y(low));
			area.lineTo(at, y(high));
			last = t;
		});
		if (!Number.isNaN(last)) area.lineTo(x(last), zero);
		if (to - last > gap + 500) gaps.push([last, to]);
		const p = palette();
		c.fillStyle = p.gap;
		for (const [a, b] of gaps) c.fillRect(x(a), m.top, x(b) - x(a), ph);
		c.lineJoin = "round";
		c.lineWidth = 1.5;
		const part = (top, bottom, color, fill) => {
			c.save();
			c.beginPath();
			c.rect(m.left, top, w - m.left - m.right, bottom - top);
			c.clip();
			c.strokeStyle = c.fillStyle = color;
			if (fill) {
				c.globalAlpha = 0.25;
				c.fill(area);
				c.globalAlpha = 1;
			}
			c.stroke(line);
			c.restore();
		};
		part(zero, m.top + ph + 2, p.line, false);
		part(0, zero, p.alert, true);
	}

	// #marks draws the events as bars at the foot.
	#marks({ c, w, h, m, from, to, x }) {
		c.fillStyle = palette().alert;
		for (const e of this.#events()) {
			const end = Number.isNaN(e.to) ? to : e.to;
			if (end < from || e.from > to) continue;
			const left = Math.max(m.left, x(e.from));
			c.fillRect(left, h - m.bottom + 1, Math.max(2, Math.min(w - m.right, x(end)) - left), 3);
		}
	}

	// #readout says what was at the pointer.
	#readout({ c, w, h, m, pw, from, to }) {
		const p = palette();
		const t = from + ((this.#hover - m.left) / pw) * (to - from);
		const v = this.#history.at(t, Math.max(400, (to - from) / pw));
		c.strokeStyle = p.quiet;
		c.lineWidth = 1;
		c.beginPath();
		c.moveTo(Math.round(this.#hover) + 0.5, m.top);
		c.lineTo(Math.round(this.#hover) + 0.5, h - m.bottom);
		c.stroke();
		const text = `${clock(t)}  ${Number.isNaN(v) ? "nothing" : `${score(v + this.threshold)}  ${percent(sigmoid(v))}`}`;
		const right = this.#hover < w / 2;
		c.textAlign = right ? "left" : "right";
		c.fillStyle = v >= 0 ? p.alert : p.quiet;
		c.fillText(text, this.#hover + (right ? 6 : -6), m.top + 10);
	}
}
