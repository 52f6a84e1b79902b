// The list of events, the newest first, and more of them as one asks for them.

import { byId, el, setText } from "../dom.js";
import { clock, plural } from "../format.js";
import { ask } from "./ask.js";
import { question, write } from "./place.js";
import { date, high, long, numbers, seen } from "./say.js";

const page = 50; // events at once

export const keyOf = (e) => `${e.camera}/${e.id}`;

export class List {
	#rows = new Map(); // by key, the newest first
	#place = null;
	#next = ""; // cursor of the next page; "": there is none
	#asked = 0; // lists asked for: an older one's answer counts no more
	#busy = false;
	#titles;
	#on;

	// titles gives a camera's title; on has open(event, click).
	constructor(titles, on) {
		this.#titles = titles;
		this.#on = on;
		byId("more").addEventListener("click", () => this.more());
		new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && this.more()).observe(byId("more"));
	}

	// show lists the events of a place.
	async show(place) {
		this.#place = place;
		this.#next = "";
		const asked = ++this.#asked;
		byId("found").setAttribute("aria-busy", "true");
		try {
			const answer = await ask(question(place, page));
			if (asked !== this.#asked) return;
			this.#rows.clear();
			this.#take(answer, place);
		} catch (e) {
			if (asked !== this.#asked) return;
			this.#rows.clear();
			this.#draw();
			this.#none(`The events cannot be listed: ${e.message}.`);
		}
		byId("found").removeAttribute("aria-busy");
	}

	#take(answer) {
		for (const e of answer.events) this.#put(e);
		this.#next = answer.next ?? "";
		this.#draw();
		this.#none(this.#rows.size || this.#next ? "" : "No event is like that.");
	}

	#none(text) {
		setText(byId("found-none"), text);
		byId("found-none").hidden = text === "";
	}

	// more lists what is before the last one.
	async more() {
		if (!this.#next || this.#busy) return;
		this.#busy = true;
		const asked = this.#asked;
		try {
			const answer = await ask(question(this.#place, page, this.#next));
			if (asked === this.#asked) this.#take(answer);
		} catch (e) {
			if (asked === this.#asked) this.#none(`Older events cannot be listed: ${e.message}.`);
		}
		this.#busy = false;
	}

	// refresh takes in what has come since.
	async refresh() {
		if (!this.#place) return;
		const asked = this.#asked;
		const answer = await ask(question(this.#place, page)).catch(() => null); // it is asked again soon
		if (!answer || asked !== this.#asked) return;
		const before = this.#rows.size;
		for (const e of answer.events) this.#put(e);
		if (this.#rows.size !== before) this.#draw();
	}

	// changed takes an event that somebody has looked at.
	changed(e) {
		if (this.#rows.has(keyOf(e))) this.#put(e);
	}

	// chosen marks the event that is open.
	chosen(key) {
		for (const [k, row] of this.#rows) {
			if (k === key) row.link.setAttribute("aria-current", "true");
			else row.link.removeAttribute("aria-current");
			row.link.href = write({ ...this.#place, event: k });
		}
	}

	// beside is the event before or after (by 1 or -1) one in the list.
	beside(key, by) {
		const all = [...this.#rows.values()].map((row) => row.event).sort((a, b) => Date.parse(b.start) - Date.parse(a.start));
		return all[all.findIndex((e) => keyOf(e) === key) + by];
	}

	focus(key) {
		this.#rows.get(key)?.link.focus();
	}

	#put(e) {
		const row = this.#rows.get(keyOf(e)) ?? this.#make(e);
		row.event = e;
		row.item.classList.toggle("open", e.state === "open");
		row.item.classList.toggle("seen", e.acknowledged);
		setText(row.long, long(e));
		setText(row.high, high(e));
		row.high.title = numbers(e);
		setText(row.said, [seen(e), e.note].filter(Boolean).join(": "));
		const src = e.pictures.find((p) => p.endsWith("marked.jpg")) ?? e.pictures[0] ?? "";
		row.image.hidden = !src;
		if (src && row.image.getAttribute("src") !== src) row.image.src = src;
	}

	#make(e) {
		const row = {
			image: el("img", { alt: "", loading: "lazy", decoding: "async", hidden: true }),
			long: el("span", { class: "long" }),
			high: el("span", { class: "high" }),
			said: el("span", { class: "said" }),
		};
		row.link = el(
			"a",
			{ href: write({ ...this.#place, event: keyOf(e) }), on: { click: (click) => this.#on.open(row.event, click) } },
			el("span", { class: "thumb" }, row.image),
			el(
				"span",
				{ class: "what" },
				el("time", { datetime: e.start, text: clock(Date.parse(e.start)) }),
				el("span", { class: "name", text: this.#titles(e.camera) + (e.zone ? `, ${e.zone}` : "") }),
				row.long,
				row.high,
				row.said,
			),
		);
		row.item = el("li", {}, row.link);
		this.#rows.set(keyOf(e), row);
		return row;
	}

	// #draw puts the rows in order, under their days.
	#draw() {
		const rows = [...this.#rows.values()].sort((a, b) => Date.parse(b.event.start) - Date.parse(a.event.start));
		const items = [];
		let day = "";
		for (const row of rows) {
			const its = date(Date.parse(row.event.start));
			if (its !== day) items.push(el("li", { class: "date" }, el("h3", { text: its })));
			day = its;
			items.push(row.item);
		}
		byId("found").replaceChildren(...items);
		byId("more").hidden = !this.#next;
		setText(byId("summary"), rows.length ? plural(rows.length, "event") + (this.#next ? " and more" : "") : "");
	}
}
