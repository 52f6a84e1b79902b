// The surface over the picture on which zones are drawn, by pointer, finger and keyboard.

import { middle } from "./zoneshape.js";

const space = "http://www.w3.org/2000/svg";
const touch = 22; // px around a corner that are it
const step = 0.005; // of the picture that an arrow key moves a corner; ten times that with Shift
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const share = (v) => `${(100 * v).toFixed(1)} %`;

function svg(tag, props, ...children) {
	const e = document.createElementNS(space, tag);
	for (const [name, value] of Object.entries(props)) e.setAttribute(name, value);
	e.append(...children);
	return e;
}

export class Surface {
	#drawing;
	#fixed;
	#size;
	#on;
	#drag = false;

	// drawing is a Drawing, fixed zones that are only shown; size() is that of the picture
	// in pixels, on.changed() is called after each change, on.leave() for Escape.
	constructor(drawing, fixed, size, on) {
		this.#drawing = drawing;
		this.#fixed = fixed;
		this.#size = size;
		this.#on = on;
		this.root = svg("svg", {
			class: "zones",
			role: "application",
			tabindex: 0,
			"aria-label": "Zones in the picture",
			"aria-describedby": "zone-hint",
			preserveAspectRatio: "xMidYMid meet",
		});
		this.root.addEventListener("pointerdown", (e) => this.#down(e));
		this.root.addEventListener("pointermove", (e) => this.#move(e));
		for (const type of ["pointerup", "pointercancel"]) this.root.addEventListener(type, () => this.#up());
		this.root.addEventListener("dblclick", () => this.#drawing.close() && this.#on.changed());
		this.root.addEventListener("keydown", (e) => this.#key(e));
		this.root.addEventListener("focusin", (e) => this.#focus(e.target));
		this.root.addEventListener("click", (e) => e.stopPropagation()); // it is not meant for the picture
		this.sight = new ResizeObserver(() => this.draw());
		this.sight.observe(this.root);
	}

	// #at is where a pointer is, shares of the picture.
	#at(e) {
		const [w, h] = this.#size();
		const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(this.root.getScreenCTM().inverse());
		return [p.x / w, p.y / h];
	}

	// #near says whether a pointer is within so many px of a corner.
	#near(e, [x, y], px) {
		const [w, h] = this.#size();
		const p = new DOMPoint(x * w, y * h).matrixTransform(this.root.getScreenCTM());
		return Math.hypot(p.x - e.clientX, p.y - e.clientY) <= px;
	}

	#down(e) {
		if (e.button !== 0) return;
		const d = this.#drawing;
		const { zone, corner, between } = e.target.closest("[data-zone]")?.dataset ?? {};
		e.preventDefault();
		if (d.open) {
			const { points } = d.chosen;
			if (points.length > 2 && this.#near(e, points[0], touch)) d.close();
			else if (points.length === 0 || !this.#near(e, points.at(-1), 6)) {
				d.add(this.#at(e));
				this.#drag = true;
			}
		} else if (corner !== undefined) {
			d.choose(Number(zone), Number(corner));
			d.step();
			this.#drag = true;
		} else if (between !== undefined) {
			d.add(this.#at(e), Number(between));
			this.#drag = true;
		} else if (zone !== undefined) d.choose(Number(zone));
		if (this.#drag) this.root.setPointerCapture(e.pointerId);
		this.#on.changed();
		this.focus();
	}

	#move(e) {
		if (!this.#drag) return;
		this.#drawing.moveTo(this.#at(e));
		this.#on.changed();
	}

	#up() {
		this.#drag = false;
	}

	#focus(target) {
		const { zone, corner } = target.dataset;
		if (corner === undefined || (Number(zone) === this.#drawing.zone && Number(corner) === this.#drawing.corner)) return;
		this.#drawing.choose(Number(zone), Number(corner));
		this.#on.changed();
	}

	#key(e) {
		const d = this.#drawing;
		const undo = (e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z";
		if (!undo && (e.ctrlKey || e.altKey || e.metaKey || e.key === "Tab")) return;
		e.stopPropagation(); // the page's own keys are not meant
		const by = arrows[e.key];
		if (undo) d.undoable && d.undo();
		else if (by) {
			const far = step * (e.shiftKey ? 10 : 1);
			if (!e.repeat) d.step();
			d.moveBy(far * by[0], far * by[1]);
		} else if (["+", "Insert", " "].includes(e.key)) d.grow();
		else if (e.key === "Enter") d.close();
		else if (["Delete", "Backspace"].includes(e.key)) d.cut();
		else if (e.key === "Escape" && d.open) d.drop();
		else if (e.key === "Escape") return this.#on.leave();
		else return;
		e.preventDefault();
		this.#on.changed();
		this.focus();
	}

	// focus sets the keyboard on the chosen corner, or on the surface.
	focus() {
		(this.root.querySelector(".corner.chosen") ?? this.root).focus({ preventScroll: true });
	}

	// draw shows the zones as they are.
	draw() {
		const [w, h] = this.#size();
		const width = this.root.clientWidth;
		if (!w || !h || !width) return;
		const unit = 1 / Math.min(width / w, this.root.clientHeight / h); // a px of the page, in those of the picture
		const had = this.root.contains(document.activeElement) && document.activeElement !== this.root;
		this.root.setAttribute("viewBox", `0 0 ${w} ${h}`);
		const ring = (points) => points.map(([x, y]) => `${x * w},${y * h}`).join(" ");
		const shapes = this.#fixed.map((z) => svg("polygon", { class: `zone fixed ${z.kind}`, points: ring(z.points) }));
		const corners = [];
		this.#drawing.zones.forEach((z, i) => {
			const chosen = i === this.#drawing.zone;
			const open = chosen && this.#drawing.open;
			shapes.push(svg(open ? "polyline" : "polygon", { class: `zone ${z.kind}${chosen ? " chosen" : ""}`, points: ring(z.points), "data-zone": i }));
			if (z.points.length) shapes.push(this.#label(z, w, h, unit));
			if (chosen) corners.push(...this.#corners(z, i, open, w, h, unit));
		});
		this.root.replaceChildren(...shapes, ...corners);
		if (had) this.focus();
	}

	#label(z, w, h, unit) {
		const [x, y] = z.points.reduce((a, b) => (b[1] < a[1] ? b : a));
		const text = svg("text", {
			x: x * w,
			y: Math.max(y * h - 12 * unit, 16 * unit),
			"font-size": 13 * unit,
			"text-anchor": x < 0.1 ? "start" : x > 0.9 ? "end" : "middle",
			"aria-hidden": "true",
		});
		text.textContent = z.name;
		return text;
	}

	// #corners are the handles of the chosen zone: its corners, and the places between them.
	#corners(z, zone, open, w, h, unit) {
		const all = [];
		const place = ([x, y], props, r) =>
			svg(
				"g",
				{ "data-zone": zone, ...props },
				svg("circle", { class: "reach", cx: x * w, cy: y * h, r: touch * unit }),
				svg("circle", { cx: x * w, cy: y * h, r: r * unit }),
			);
		if (!open) {
			z.points.forEach((p, i) => {
				all.push(place(middle(p, z.points[(i + 1) % z.points.length]), { class: "between", "data-between": i, "aria-hidden": "true" }, 4));
			});
		}
		z.points.forEach((p, i) => {
			const label = `Corner ${i + 1} of ${z.points.length} of ${z.name}: ${share(p[0])} from the left, ${share(p[1])} from the top`;
			const chosen = i === this.#drawing.corner;
			all.push(
				place(p, { class: `corner${chosen ? " chosen" : ""}`, "data-corner": i, role: "button", tabindex: 0, "aria-pressed": chosen, "aria-label": label }, 8),
			);
		});
		return all;
	}

	close() {
		this.sight.disconnect();
		this.root.remove();
	}
}
