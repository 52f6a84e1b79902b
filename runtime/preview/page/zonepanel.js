// The zones of one camera, drawn over its picture by those who may change them: what is
// beside the surface, and the way to the server.

import { el, say, setText } from "./dom.js";
import { Drawing } from "./zoneshape.js";
import { Surface } from "./zonesurface.js";

const kinds = { judge: "Judge apart", ignore: "Leave out", private: "Hide (private)" };
const means = {
	judge: "Only what lies in such a zone counts, and events carry its name.",
	ignore: "What lies in it never counts.",
	private: "What lies in it never counts, and is black. The camera is started anew for it, and its own stream is recorded no more.",
};

export class ZonePanel {
	#address;
	#on;
	#data;
	#fields = {};

	// open asks for a camera's zones and shows them; on: title, size(), moved(), closed().
	// It gives null, and says why, where that cannot be.
	static async open(path, stage, on) {
		const address = `/api/cameras/${encodeURIComponent(path)}/zones`;
		try {
			const answer = await fetch(address, { cache: "no-store" });
			if (answer.ok) return new ZonePanel(address, await answer.json(), stage, on);
		} catch {} // said below
		say(on.title, "its zones cannot be had now");
		return null;
	}

	constructor(address, data, stage, on) {
		this.#address = address;
		this.#on = on;
		this.#data = data;
		this.drawing = new Drawing(data.zones);
		this.surface = new Surface(this.drawing, data.bundle, on.size, { changed: () => this.show(), leave: () => this.cancel.focus() });
		const button = (text, click, props = {}) => el("button", { type: "button", text, on: { click }, ...props });
		const step = (change) => this.#step(change);
		const d = this.drawing;
		this.list = el("div", { class: "zone-list", role: "group", "aria-label": "Zones" });
		this.grow = button(
			"Add corner",
			step(() => d.grow()),
		);
		this.cut = button(
			"Delete corner",
			step(() => d.cut()),
		);
		this.ring = button(
			"Close outline",
			step(() => d.close()),
		);
		this.drop = button(
			"Delete zone",
			step(() => d.drop()),
		);
		this.undo = button(
			"Undo",
			step(() => d.undo()),
		);
		this.hint = el("p", { class: "quiet", id: "zone-hint", "aria-live": "polite" });
		this.wrong = el("p", { class: "wrong", role: "alert" });
		this.cancel = button("Cancel", () => this.close());
		this.save = button("Save", () => this.#send("PUT", JSON.stringify(d.saved)), { class: "main" });
		this.reset = button("As in the file", () => this.#send("DELETE"), { hidden: !data.set });
		this.root = el(
			"section",
			{ class: "zone-panel", "aria-label": `Zones of ${on.title}`, on: { keydown: (e) => this.#key(e) } },
			this.list,
			this.#form(),
			el("div", { class: "zone-tools" }, this.grow, this.cut, this.ring, this.undo, this.drop),
			this.hint,
			this.wrong,
			el("div", { class: "row" }, this.reset, this.cancel, this.save),
		);
		stage.append(this.surface.root);
		this.show();
	}

	// #form are the fields of the chosen zone.
	#form() {
		const field = (name, text, input, read) => {
			input.addEventListener("change", () => {
				this.drawing.set(name, read(input.value));
				this.show();
			});
			this.#fields[name] = input;
			return el("label", { class: name }, el("span", { text }), input);
		};
		const number = (most, step) => el("input", { type: "number", min: 0, max: most, step, inputmode: "decimal" });
		const kind = el("select", {}, ...Object.entries(kinds).map(([value, text]) => el("option", { value, text })));
		this.form = el(
			"div",
			{ class: "zone-form" },
			field("name", "Name", el("input", { type: "text", maxlength: 64, spellcheck: "false", autocomplete: "off" }), (v) => v.trim()),
			field("kind", "Kind", kind, (v) => v),
			field("least_size", "Least size, % of the picture", number(100, "any"), (v) => Number(v) / 100),
			field("least_time", "Least time, s", number(3600, "any"), Number),
		);
		return this.form;
	}

	// #key keeps the page's keys away from who draws.
	#key(e) {
		if (e.key === "Tab") return;
		e.stopPropagation();
		if ((e.ctrlKey || e.metaKey) && e.key === "z" && !e.target.matches("input") && this.drawing.undoable) {
			e.preventDefault();
			this.drawing.undo();
			this.show();
		}
	}

	// #step is a listener that changes the drawing and shows it.
	#step(change) {
		return () => {
			change();
			this.show();
		};
	}

	#begin() {
		this.drawing.begin();
		this.show();
		this.surface.focus();
	}

	// show has the page agree with the drawing.
	show() {
		const d = this.drawing;
		this.surface.draw();
		const focused = [...this.list.children].indexOf(document.activeElement);
		const zones = d.zones.map((z, i) =>
			el("button", { type: "button", "aria-pressed": String(i === d.zone), class: z.kind, text: z.name, on: { click: this.#step(() => d.choose(i)) } }),
		);
		this.list.replaceChildren(...zones, el("button", { type: "button", text: "New zone", class: "new", on: { click: () => this.#begin() } }));
		this.list.children[focused]?.focus();
		const z = d.chosen;
		this.form.hidden = !z;
		for (const [name, input] of Object.entries(this.#fields)) {
			const value = name === "least_size" ? String(+(100 * (z?.least_size ?? 0)).toFixed(4)) : String(z?.[name] ?? 0);
			if (input.value !== value) input.value = value;
			if (name.startsWith("least")) input.parentElement.hidden = z?.kind !== "judge";
		}
		this.grow.disabled = !z;
		this.cut.disabled = d.corner < 0;
		this.ring.hidden = !d.open;
		this.ring.disabled = !d.open || z.points.length < 3;
		this.drop.disabled = !z;
		this.undo.disabled = !d.undoable;
		this.save.disabled = d.open;
		setText(this.hint, this.#words());
	}

	#words() {
		const d = this.drawing;
		const fixed = this.#data.bundle.map((z) => `${z.name} (${kinds[z.kind].toLowerCase()})`).join(", ");
		const all = [];
		if (this.#on.moved()) all.push("The camera has moved: zones belong to the place that it usually sees, and are moved along as it is judged.");
		if (d.open)
			all.push(
				"Set corners in the picture; the first one, Enter or a double click closes the outline. By keyboard: Space sets a corner, arrows move it (Shift: further), Delete removes it.",
			);
		else if (d.chosen) all.push(means[d.chosen.kind], "Corners can be moved, by arrow keys too; + adds one, Delete removes it.");
		else all.push("There is no zone: the whole picture counts.");
		if (fixed) all.push(`The bundle has zones of its own, which always count: ${fixed}.`);
		return all.join(" ");
	}

	// #send saves, and closes the panel where that worked.
	async #send(method, body) {
		setText(this.wrong, "");
		this.save.disabled = this.reset.disabled = true;
		try {
			const answer = await fetch(this.#address, { method, body, headers: body ? { "Content-Type": "application/json" } : {} });
			if (answer.ok) {
				say(this.#on.title, "zones saved");
				return this.close();
			}
			const told = await answer.json().catch(() => ({}));
			setText(this.wrong, `Not saved: ${told.error ?? answer.statusText}.`);
		} catch {
			setText(this.wrong, "Not saved: the server cannot be reached.");
		}
		this.save.disabled = this.reset.disabled = false;
	}

	close() {
		this.surface.close();
		this.root.remove();
		this.#on.closed();
	}
}
