// What became of a camera in a day: the score against the threshold, events, and when it
// was not judged. A cursor moves over it by pointer and by keys, and opens events.

import { el, setText } from "../dom.js";
import { clock, duration, level, minute } from "../format.js";
import { palette } from "../palette.js";
import { midnight } from "./place.js";
import { kind } from "./say.js";

const span = 6; // logits above and below the threshold that always show
const far = 30; // logits that show at most
const near = 8; // px from an event that still choose it
const minuteLong = 60000;
const kinds = { blind: "Not judging", silent: "No frames", away: "Away", "camera-moved": "Camera moved", "out-of-focus": "Out of focus" };

export class Day {
	#data = null; // as the server has it, with times in ms
	#cursor = NaN;
	#large = false;
	#on;

	// on has open(event) and choose(camera).
	constructor(camera, on) {
		this.camera = camera;
		this.#on = on;
		this.canvas = el("canvas", { "aria-hidden": "true" });
		this.slider = el("div", { class: "slider", role: "slider", tabindex: "0", "aria-orientation": "horizontal", "aria-valuemin": "0" }, this.canvas);
		this.readout = el("p", { class: "readout quiet" });
		this.name = el("button", { type: "button", class: "name", text: camera.title, on: { click: () => on.choose(camera.name) } });
		this.root = el("div", { class: "day" }, el("div", { class: "over" }, this.name, this.readout), this.slider);
		const point = (e) => this.#move(this.#time(e.offsetX), false);
		this.slider.addEventListener("pointermove", point);
		this.slider.addEventListener("pointerdown", point);
		this.slider.addEventListener("pointerleave", () => this.#move(NaN, false));
		this.slider.addEventListener("click", (e) => this.#open(this.#time(e.offsetX), (near * this.#length) / this.slider.clientWidth));
		this.slider.addEventListener("keydown", (e) => this.#key(e));
		new ResizeObserver(() => this.draw()).observe(this.slider);
	}

	get #length() {
		return this.#data.to - this.#data.from;
	}

	#time(x) {
		return this.#data ? this.#data.from + Math.max(0, Math.min(1, x / this.slider.clientWidth)) * this.#length : NaN;
	}

	// show takes what the server says of a day; large: it has the page's width to itself.
	show(data, day, large) {
		const ms = (s) => (s.end === null ? { ...s, start: Date.parse(s.start), end: Date.now() } : { ...s, start: Date.parse(s.start), end: Date.parse(s.end) });
		if (midnight(day) !== this.#data?.from) this.#cursor = NaN; // else it is what came since
		this.#large = large;
		this.root.classList.toggle("large", large);
		this.#data = data && {
			...data,
			from: midnight(day),
			to: midnight(day, 1),
			events: data.events.map((e) => ({ event: e, start: Date.parse(e.start), end: Date.parse(e.end) })).reverse(),
			conditions: data.conditions.map(ms),
			unjudged: data.unjudged.map(ms),
			recorded: data.recorded.map(ms),
		};
		if (!data) return;
		this.slider.setAttribute("aria-valuemax", String(this.#length / minuteLong));
		this.slider.setAttribute("aria-label", `${this.camera.title}: ${this.#summary()}`);
		this.#move(this.#cursor, this.slider === document.activeElement);
	}

	#summary() {
		const { events, conditions } = this.#data;
		const words = [`${events.length} ${events.length === 1 ? "event" : "events"}`];
		const long = new Map(); // by kind
		for (const c of conditions) long.set(this.#kind(c), (long.get(this.#kind(c)) ?? 0) + (c.end - c.start) / 1000);
		if (long.size) words.push([...long].map(([kind, s]) => `${kind.toLowerCase()} for ${duration(s)}`).join(", "));
		return words.join("; ");
	}

	#kind(c) {
		return kinds[c.kind] ?? kind(c.kind);
	}

	#move(t, byKey) {
		this.#cursor = t;
		if (!this.#data) return;
		const text = Number.isNaN(t) ? this.#summary() : this.#words(t);
		setText(this.readout, text);
		if (byKey || Number.isNaN(t)) {
			this.slider.setAttribute("aria-valuenow", String(Number.isNaN(t) ? 0 : Math.round((t - this.#data.from) / minuteLong)));
			this.slider.setAttribute("aria-valuetext", text);
		}
		this.draw();
	}

	// #words says what was at a time.
	#words(t) {
		const d = this.#data;
		const holds = (s) => t >= s.start && t <= s.end;
		const i = Math.floor((t - d.from) / (1000 * d.step));
		const words = [this.#large ? clock(t) : minute(t)];
		for (const c of d.conditions.filter(holds)) words.push(this.#kind(c).toLowerCase());
		if (d.peak[i] == null) words.push(t > Date.now() ? "to come" : "not judged");
		else words.push(d.peak[i] >= d.threshold[i] ? level(d.peak[i], d.threshold[i]) : "ordinary");
		if (this.#at(t, 1000 * d.step)) words.push("event");
		return words.join(" · ");
	}

	// #at is the event nearest to a time, and no further away than so.
	#at(t, within) {
		let best = null;
		let least = within;
		for (const e of this.#data.events) {
			const away = Math.max(e.start - t, t - e.end, 0);
			if (away <= least) [best, least] = [e, away];
		}
		return best;
	}

	#open(t, within) {
		const e = this.#data && this.#at(t, within);
		if (e) this.#on.open(e.event);
	}

	#key(e) {
		if (!this.#data || e.ctrlKey || e.metaKey || e.altKey) return;
		const { from, to, events } = this.#data;
		const now = Number.isNaN(this.#cursor) ? Math.min(to, Date.now()) : this.#cursor;
		const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[e.key] * (e.shiftKey ? 60 : 5) * minuteLong;
		let t = NaN;
		if (by) t = now + by;
		else if (e.key === "Home") t = from;
		else if (e.key === "End") t = to;
		else if (e.key === "PageUp") t = events.findLast((v) => v.start < now - 1)?.start;
		else if (e.key === "PageDown") t = events.find((v) => v.start > now + 1)?.start;
		else if (e.key === "Enter" || e.key === " ") this.#open(now, 5 * minuteLong);
		else return;
		e.preventDefault();
		if (Number.isFinite(t)) this.#move(Math.max(from, Math.min(to, t)), true);
	}

	draw() {
		const d = this.#data;
		const { clientWidth: w, clientHeight: h } = this.slider;
		if (!d || w < 20) return;
		const density = devicePixelRatio || 1;
		Object.assign(this.canvas, { width: Math.round(w * density), height: Math.round(h * density) });
		const c = this.canvas.getContext("2d");
		c.scale(density, density);
		c.font = "11px system-ui, sans-serif";
		const foot = this.#large ? 18 : 0; // for the hours
		const view = { c, w, top: 6, bottom: h - foot - 6, x: (t) => ((t - d.from) / this.#length) * w };
		view.fill = (s, y, tall, color, least = 1) => {
			c.fillStyle = color;
			const left = Math.max(0, view.x(s.start));
			c.fillRect(left, y, Math.max(least, Math.min(w, view.x(s.end)) - left), tall);
		};
		const p = palette();
		for (const s of d.unjudged) view.fill(s, 0, h - foot, p.gap);
		this.#hours(view, h, foot);
		this.#scores(view);
		for (const s of d.recorded) view.fill(s, h - foot - 2, 2, p.good);
		for (const s of d.conditions) view.fill(s, 0, 4, p.warn, 2);
		for (const e of d.events) view.fill(e, h - foot - 7, 5, e.event.acknowledged ? p.quiet : p.alert, 3);
		if (!Number.isNaN(this.#cursor)) {
			c.fillStyle = p.text;
			c.fillRect(Math.round(view.x(this.#cursor)), 0, 1, h - foot);
		}
	}

	#hours({ c, w, x }, h, foot) {
		const p = palette();
		const each = (w < 500 ? 6 : 3) * 60 * minuteLong;
		c.textAlign = "center";
		for (let t = this.#data.from + each; t < this.#data.to; t += each) {
			c.fillStyle = p.rule;
			c.fillRect(Math.round(x(t)), 0, 1, h - foot);
			c.fillStyle = p.quiet;
			if (foot) c.fillText(minute(t), x(t), h - 4);
		}
	}

	// #scores draws the score beyond the threshold: quietly below it, as an alert above.
	#scores({ c, w, top, bottom, x }) {
		const d = this.#data;
		const p = palette();
		const above = d.peak.map((v, i) => (v === null ? NaN : Math.max(-far, Math.min(far, v - d.threshold[i]))));
		const known = above.filter((v) => !Number.isNaN(v));
		const high = Math.max(span, ...known);
		const low = Math.min(-span, ...known);
		const y = (v) => top + ((high - v) / (high - low)) * (bottom - top);
		c.strokeStyle = p.quiet;
		c.setLineDash([4, 4]);
		c.beginPath();
		c.moveTo(0, Math.round(y(0)) + 0.5);
		c.lineTo(w, Math.round(y(0)) + 0.5);
		c.stroke();
		c.setLineDash([]);
		const wide = Math.max(1, (w * 1000 * d.step) / this.#length);
		above.forEach((v, i) => {
			if (Number.isNaN(v)) return;
			const left = x(d.from + 1000 * d.step * i);
			c.fillStyle = v >= 0 ? p.alert : p.line;
			if (v >= 0) c.fillRect(left, y(v), wide, y(0) - y(v));
			else c.fillRect(left, y(v), wide, 1.5);
		});
	}
}
