// The days of the cameras, one day at a time.

import { byId, el, setText } from "../dom.js";
import { onScheme } from "../palette.js";
import { ask } from "./ask.js";
import { Day } from "./day.js";
import { Model } from "./model.js";
import { dayOf, midnight, period } from "./place.js";
import { Sense } from "./sense.js";

export class Days {
	#root = byId("days");
	#days = new Map(); // by camera
	#asked = 0;
	#day = "";

	// on has open(event), choose(camera) and day(day, quietly).
	constructor(cameras, manage, on) {
		for (const c of cameras) this.#days.set(c.name, new Day(c, on));
		onScheme(() => {
			for (const d of this.#days.values()) d.draw();
		});
		const step = (by, words, sign) =>
			el("button", {
				type: "button",
				class: "square",
				"aria-label": words,
				title: words,
				text: sign,
				on: { click: () => on.day(dayOf(midnight(this.#day, by))) },
			});
		this.date = el("input", { type: "date", "aria-label": "Day", on: { change: () => this.date.value && on.day(this.date.value) } });
		this.later = step(1, "The day after", "→");
		this.problem = el("p", { class: "problem", role: "alert" });
		this.sense = new Sense(manage);
		this.model = new Model(manage);
		const legend = el("ul", { class: "legend", "aria-label": "Colours" });
		for (const [name, words] of [
			["line", "Score"],
			["alert", "Irregular"],
			["warn", "Not judged well"],
			["gap", "Not judged"],
			["good", "Film"],
		])
			legend.append(el("li", { class: name, text: words }));
		this.list = el("div", { class: "all" });
		if (!cameras.length) return;
		this.#root.append(
			el("div", { class: "head" }, el("h2", { id: "days-title", text: "Day" }), step(-1, "The day before", "←"), this.date, this.later, legend),
			this.problem,
			this.list,
			this.sense.root,
			this.model.root,
		);
	}

	// show draws a day of a camera, or of all ("").
	async show(day, camera) {
		this.#day = day;
		this.date.value = day;
		this.later.disabled = day >= dayOf(Date.now());
		const shown = [...this.#days.values()].filter((d) => !camera || d.camera.name === camera);
		this.list.replaceChildren(...shown.map((d) => d.root));
		for (const part of [this.sense, this.model]) part.show(shown.length === 1 ? shown[0].camera : null);
		await this.refresh();
	}

	// refresh asks for the day again.
	async refresh() {
		const asked = ++this.#asked;
		const day = this.#day;
		const shown = [...this.#days.values()].filter((d) => d.root.isConnected);
		let failed = "";
		for (const d of shown) {
			try {
				const data = await ask(period(d.camera.name, day));
				if (asked !== this.#asked) return;
				d.show(data, day, shown.length === 1);
			} catch (e) {
				failed = `The day cannot be shown: ${e.message}.`;
			}
		}
		setText(this.problem, failed);
	}
}
