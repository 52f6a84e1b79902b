// The model of a camera, which is its bundle: which one judges, learning it again from what
// was recorded, and putting the new one in its place or not.

import { el, setText } from "../dom.js";
import { percent } from "../format.js";
import { ask } from "./ask.js";
import { against, busy, compared, day, doing, good, state } from "./modelwords.js";

const soon = 2000; // ms between two questions while it learns
const seldom = 15000; // ms otherwise: somebody else may have changed it

export class Model {
	#camera = null;
	#manage;
	#timer = 0;
	#asked = 0;
	#state = null; // of the training that is shown

	constructor(manage) {
		this.#manage = manage;
		this.facts = el("dl", { class: "facts" });
		this.said = el("p", { class: "state-said", role: "status", tabindex: "-1" });
		this.problem = el("p", { class: "problem", role: "alert" });
		this.progress = el("progress", { max: 1, "aria-label": "Learnt so far" });
		this.doing = el("p", { class: "quiet doing" });
		this.figures = el("ul", { class: "figures" });
		this.report = el("a", { class: "button", target: "_blank", text: "Report with pictures" });
		this.use = this.#button("Use this model", () => this.#send("POST", "/promote", { force: this.#state?.against?.length > 0 }), "main");
		this.keep = this.#button("Keep the old one", () => this.#send("DELETE", "/retrain"));
		this.cancel = this.#button("Cancel", () => this.#send("DELETE", "/retrain"));
		this.resume = this.#button("Go on learning", () => this.#send("POST", "/retrain", { resume: true }), "main");
		this.back = this.#button("Back to the one before", () => this.#send("POST", "/promote/back"));
		this.form = this.#learn();
		this.busy = el("div", { class: "busy" }, this.progress, this.doing);
		const choices = el("div", { class: "row" }, this.report, this.cancel, this.resume, this.keep, this.use, this.back);
		this.body = el("div", { class: "choices", hidden: true }, this.facts, this.said, this.busy, this.figures, this.problem, choices, this.form);
		this.root = el("details", { class: "sense model", hidden: true }, el("summary", { text: "Model" }), this.body);
		this.root.addEventListener("toggle", () => this.#look());
	}

	#button(text, press, look = "") {
		return el("button", { type: "button", class: look, text, hidden: true, on: { click: press } });
	}

	// #learn is the form that begins a training.
	#learn() {
		const hours = el("input", { name: "hours", placeholder: "all day", maxlength: 11, autocomplete: "off", "aria-describedby": "hours-how" });
		const days = el("input", { name: "days", type: "number", min: 1, max: 365, step: "any", value: 3, required: true });
		const footage = el("input", { name: "footage", type: "number", min: 5, max: 240, step: "any", value: 50, required: true });
		const form = el(
			"form",
			{ class: "row learn" },
			el("label", {}, "Hours of the day", hours),
			el("label", {}, "Of the last days", days),
			el("label", {}, "Minutes of them", footage),
			el("button", { type: "submit", text: "Learn again" }),
			el("p", {
				class: "quiet",
				id: "hours-how",
				text: "Such as 06-22, or 22-06 over midnight. It learns anew what is ordinary from so many minutes of what was recorded in these hours, evenly over days and hours, without the events that nobody called normal. It takes long; nothing changes until you say so.",
			}),
		);
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			this.#send("POST", "/retrain", { hours: hours.value.trim(), days: Number(days.value), footage: `${footage.value}m` });
		});
		return form;
	}

	get #address() {
		return `/api/cameras/${encodeURIComponent(this.#camera.name)}`;
	}

	// show is for one camera; null: for none.
	show(camera) {
		this.root.hidden = !camera?.duty || !this.#manage;
		if (camera === this.#camera) return;
		this.#camera = camera;
		this.#state = null;
		this.root.open = false;
		this.body.hidden = true;
		setText(this.problem, "");
		this.#look();
	}

	// #look asks how it is, and again while that is to be seen.
	async #look() {
		clearTimeout(this.#timer);
		const asked = ++this.#asked;
		if (!this.root.open || this.root.hidden) return;
		try {
			const is = await ask(this.#address);
			if (asked !== this.#asked) return;
			this.#show(is);
			this.#timer = setTimeout(() => this.#look(), busy(is.retrain) ? soon : seldom);
		} catch (e) {
			if (asked !== this.#asked) return;
			this.body.hidden = false;
			setText(this.problem, `It is not known: ${e.message}.`);
			this.#timer = setTimeout(() => this.#look(), seldom);
		}
	}

	#show({ model, retrain }) {
		this.#state = retrain ?? null;
		const now = retrain?.state ?? "";
		this.#facts(model);
		setText(this.said, state(retrain));
		this.said.hidden = this.said.textContent === "";
		this.busy.hidden = !busy(retrain);
		if (!this.busy.hidden) this.#progress(retrain);
		const ready = ["ready", "kept", "promoted"].includes(now);
		const lines = ready && retrain.compared ? [...compared(retrain.compared), ...against(retrain)] : [];
		if ([...this.figures.children].map((li) => li.textContent).join() !== lines.join())
			this.figures.replaceChildren(...lines.map((text) => el("li", { text })));
		this.figures.hidden = lines.length === 0;
		this.report.hidden = !ready;
		this.report.href = retrain?.report ?? "";
		this.cancel.hidden = !busy(retrain);
		this.resume.hidden = !retrain?.resumable;
		this.use.hidden = now !== "ready" && now !== "kept";
		setText(this.use, retrain?.against?.length ? "Use it all the same" : "Use this model");
		this.keep.hidden = now !== "ready";
		this.back.hidden = !model?.previous || busy(retrain) || now === "ready";
		this.form.hidden = busy(retrain);
		this.body.hidden = false;
	}

	#progress(r) {
		if (r.progress === undefined) this.progress.removeAttribute("value");
		else this.progress.value = r.progress;
		setText(this.doing, [r.progress === undefined ? "" : percent(r.progress), doing(r)].filter(Boolean).join(" · "));
	}

	#facts(m) {
		const facts = m
			? [
					["Judges now", m.name && m.name !== m.file.replace(/\.avid$/, "") ? `${m.file} (${m.name})` : m.file],
					["By its own test", good(m) + (m.advice ? `; ${m.advice}` : "")],
					["Made", m.made ? day(m.made) : "–"],
					["In place since", day(m.since)],
				]
			: [["Judges now", "Its bundle cannot be read"]];
		const text = JSON.stringify(facts);
		if (this.facts.dataset.text === text) return;
		this.facts.dataset.text = text;
		this.facts.replaceChildren(...facts.map(([name, what]) => el("div", {}, el("dt", { text: name }), el("dd", { text: what }))));
		this.facts.title = m ? `SHA-256 ${m.sha256}` : "";
	}

	// #send changes something, and says what came of it or why it is refused.
	async #send(method, path, body) {
		setText(this.problem, "");
		const from = document.activeElement;
		try {
			await ask(this.#address + path, method, body);
		} catch (e) {
			setText(this.problem, `It is refused: ${e.message.replace(/^refused: /, "")}.`);
		}
		await this.#look();
		if (this.root.contains(from) && !from.checkVisibility()) this.said.focus(); // else the keyboard is nowhere
	}
}
