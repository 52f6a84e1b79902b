// The list of events of all streams, one row an event, and the dialog with its
// pictures.

import { byId, el, now, setText } from "./dom.js";
import { clock, duration, level, moment, percent, score, sigmoid } from "./format.js";

const howLong = (r) => (r.open ? `${duration(r.duration)}, going on` : duration(r.duration) + (r.cut ? " or more" : ""));
const sure = (r) => percent(sigmoid(r.peak - r.threshold));
const peak = (r) => `${score(r.peak, 2)} · ${sure(r)}`;
// where says what an event was and in which zone, as far as that is known.
const where = (r) => [r.zone, r.kind].filter(Boolean).join(", ");

const someFrames = 100; // the filter's window is full long before

export class EventList {
	#list = byId("events");
	#rows = new Map(); // by record
	#records = new WeakMap(); // by item of the list
	#only = null;
	#since = now();
	#judged = false; // a verdict has come
	#unjudged = 0; // frames without, until then
	#blind = new Map(); // paths of streams of which nothing is judged, to their titles
	#dialog = byId("picture");
	#shown = null; // record in the dialog

	constructor() {
		this.#dialog.addEventListener("close", () => {
			this.#shown = null;
			byId("pictures").replaceChildren();
		});
		this.#count();
	}

	// changed is EventLog's, for the stream of that path and title.
	changed(path, title, record, gone) {
		let row = this.#rows.get(record);
		if (gone) {
			row?.item.remove();
			this.#rows.delete(record);
			for (const p of Object.values(record.pictures)) URL.revokeObjectURL(p.url);
		} else if (!row) {
			row = this.#make(path, title, record);
			this.#rows.set(record, row);
			// By time: two streams' messages may come in another order.
			this.#records.set(row.item, record);
			const next = [...this.#list.children].find((item) => this.#records.get(item).from <= record.from);
			const newest = this.#list.scrollLeft < 8; // of the strip on a phone
			this.#list.insertBefore(row.item, next ?? null);
			if (newest) this.#list.scrollLeft = 0; // Firefox snaps to the one that was first before
		}
		this.refresh(record);
		this.#count();
	}

	#make(path, title, record) {
		const image = el("img", { alt: "", hidden: true, decoding: "async", loading: "lazy", on: { error: () => (image.hidden = true) } });
		const time = el("time", { datetime: new Date(record.from).toISOString(), text: moment(record.from) });
		const long = el("span", { class: "long" });
		const place = el("span", { class: "zone" });
		const high = el("span", { class: "level" });
		const numbers = el("span", { class: "number" });
		const name = el("span", { class: "name", text: title });
		const button = el(
			"button",
			{ type: "button", on: { click: () => this.#open(record) } },
			el("span", { class: "thumb" }, image),
			el("span", { class: "what" }, time, name, long, place, el("span", { class: "high" }, high, numbers)),
		);
		const item = el("li", { hidden: this.#only !== null && this.#only !== path }, button);
		return { path, title, item, image, long, place, high, numbers };
	}

	// refresh shows what has changed in a record.
	refresh(record) {
		const row = this.#rows.get(record);
		if (!row) return;
		row.item.classList.toggle("open", record.open);
		setText(row.long, howLong(record));
		setText(row.place, where(record));
		setText(row.high, level(record.peak, record.threshold));
		setText(row.numbers, ` · ${peak(record)}`);
		row.numbers.parentElement.title = `Peak: score and probability ${peak(record)}`;
		const best = (record.pictures.peak ?? record.pictures.begin)?.url ?? record.kept;
		if (best && row.image.getAttribute("src") !== best) {
			row.image.src = best;
			row.image.hidden = false;
		}
		if (this.#shown === record) this.#fill(record, row);
	}

	// picture keeps one picture of a record, in place of an earlier one.
	picture(record, which, blob) {
		if (!this.#rows.has(record)) return; // dropped since
		const old = record.pictures[which];
		record.pictures[which] = { url: URL.createObjectURL(blob), at: now() };
		this.refresh(record);
		if (old) URL.revokeObjectURL(old.url);
	}

	// only shows the events of one stream, or of all (null).
	only(path) {
		this.#only = path;
		this.#list.classList.toggle("one", path !== null);
		for (const row of this.#rows.values()) row.item.hidden = path !== null && row.path !== path;
		this.#count();
	}

	// verdict is told of each frame whether it has one.
	verdict(judged) {
		if (this.#judged) return;
		this.#judged = judged;
		if (judged || ++this.#unjudged === someFrames) this.#count();
	}

	// judging says whether the stream of that path and title is judged. Of the
	// time that it was not, nobody knows whether it was ordinary.
	judging(path, title, on) {
		if (on !== this.#blind.has(path)) return;
		if (on) {
			this.#blind.delete(path);
			this.#since = now();
		} else this.#blind.set(path, title);
		this.#count();
	}

	// #nothing says why there is no event.
	#nothing() {
		const blind = [...this.#blind].filter(([path]) => this.#only === null || this.#only === path).map(([, title]) => title);
		if (blind.length) return `Not judging: ${blind.join(", ")}.`;
		if (this.#unjudged < someFrames || this.#judged) return `Nothing irregular since ${clock(this.#since)}.`;
		return "This video comes without verdicts: is there an avidfilter before the sink, and nothing after it that drops its metadata?";
	}

	#count() {
		const n = [...this.#rows.values()].filter((row) => !row.item.hidden).length;
		byId("events").parentElement.classList.toggle("some", n > 0);
		setText(byId("events-count"), n ? String(n) : "");
		setText(byId("events-none"), n ? "" : this.#nothing());
		byId("events-none").hidden = n > 0;
	}

	#open(record) {
		const row = this.#rows.get(record);
		this.#shown = record;
		this.#fill(record, row);
		this.#dialog.showModal();
	}

	#fill(record, row) {
		setText(byId("picture-title"), `${row.title}, ${moment(record.from)}`);
		const facts = [howLong(record), where(record), level(record.peak, record.threshold)].filter(Boolean).join(" · ");
		setText(byId("picture-facts"), facts);
		setText(byId("picture-numbers"), `Peak ${score(record.peak, 2)}, threshold ${score(record.threshold)}, probability ${sure(record)}`);
		const { begin, peak } = record.pictures;
		const figures = [
			[begin?.url, "As it began"],
			[peak?.url ?? (begin ? "" : record.kept), "At its peak"],
		]
			.filter(([src]) => src)
			.map(([src, words]) => el("figure", {}, el("img", { src, alt: `${row.title}, ${words.toLowerCase()}` }), el("figcaption", { text: words })));
		byId("pictures").replaceChildren(...(figures.length ? figures : [el("p", { class: "quiet", text: "No picture was taken." })]));
	}
}
