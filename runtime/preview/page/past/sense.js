// How many alarms a day a camera may give, chosen by what the last week would have given.

import { el } from "../dom.js";
import { duration, plural, score } from "../format.js";
import { ask } from "./ask.js";

const given = (r) => plural(r.alarms, "alarm") + (r.alarms > 0 ? `, ${duration(60 * r.minutes)} in all` : "");
const rate = (n) => (n < 1 ? `1 in ${plural(Math.round(1 / n), "day")}` : `${n} a day`);

export class Sense {
	#camera = null;
	#manage;
	#asked = 0;

	constructor(manage) {
		this.#manage = manage;
		this.body = el("div", { class: "choices" });
		this.root = el("details", { class: "sense", hidden: true }, el("summary", { text: "Sensitivity" }), this.body);
		this.root.addEventListener("toggle", () => this.root.open && this.#load());
	}

	// show is for one camera; null: for none.
	show(camera) {
		this.root.hidden = !camera?.duty;
		if (camera === this.#camera) return;
		this.#camera = camera;
		this.root.open = false;
		this.body.replaceChildren();
	}

	async #load() {
		const asked = ++this.#asked;
		const camera = this.#camera;
		try {
			const s = await ask(`/api/cameras/${encodeURIComponent(camera.name)}/sensitivity`);
			if (asked === this.#asked && camera === this.#camera) this.#build(s);
		} catch (e) {
			if (asked === this.#asked) this.body.replaceChildren(el("p", { class: "problem", role: "alert", text: `It is not known: ${e.message}.` }));
		}
	}

	#build(s) {
		const days = s.hours / 24;
		const rests =
			s.hours < 1
				? "Less than an hour was judged in the last seven days: the counts say little."
				: `Counted from the ${Math.round(s.hours)} h of the last seven days in which it was judged${days < 3 ? ", which is little" : ""}.`;
		const table = el(
			"table",
			{},
			el("thead", {}, el("tr", {}, el("th", { scope: "col", text: "False alarms" }), el("th", { scope: "col", text: "The last week would have given" }))),
		);
		const rows = el("tbody");
		const row = (value, words, given, title) => {
			const input = el("input", { type: "radio", name: "rate", value, disabled: !this.#manage });
			input.checked = value === (s.false_alarms_per_day ?? 0);
			rows.append(el("tr", {}, el("td", {}, el("label", {}, input, ` ${words}`)), el("td", { text: given, title })));
		};
		row(0, "As calibrated", "", "");
		for (const r of s.rows) row(r.false_alarms_per_day, rate(r.false_alarms_per_day), given(r), `Threshold ${score(r.threshold, 2)}`);
		table.append(rows);
		const said = el("p", { class: "quiet", role: "status" });
		const form = el("form", {}, el("p", { class: "quiet", text: rests }), table);
		if (this.#manage) form.append(el("div", { class: "row" }, said, el("button", { type: "submit", class: "main", text: "Apply" })));
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			this.#apply(Number(new FormData(form).get("rate")), said);
		});
		this.body.replaceChildren(form);
	}

	async #apply(perDay, said) {
		try {
			await ask(`/api/cameras/${encodeURIComponent(this.#camera.name)}`, "PATCH", { false_alarms_per_day: perDay });
			said.textContent = "It judges so from now on.";
		} catch (e) {
			said.textContent = `It is not changed: ${e.message}.`;
		}
	}
}
