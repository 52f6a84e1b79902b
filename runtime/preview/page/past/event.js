// One event: its clip beside its facts and pictures, and what somebody says of it.

import { byId, el, say } from "../dom.js";
import { clock } from "../format.js";
import { ask, eventAddress } from "./ask.js";
import { Normal } from "./normal.js";
import { high, kind, long, numbers, seen, when } from "./say.js";

const nothing = "Choose an event to see its clip.";

export class Event {
	#root = byId("event");
	#event = null;
	#asked = 0;
	#on;
	#titles;
	#parts = {};

	// on has close(), beside(by), changed(event); titles gives a camera's title.
	constructor(titles, on) {
		this.#titles = titles;
		this.#on = on;
		this.#empty(nothing);
	}

	get event() {
		return this.#event;
	}

	#empty(text) {
		this.#event = null;
		this.#parts.normal?.stop();
		this.#parts = {};
		document.body.classList.remove("chosen");
		this.#root.replaceChildren(el("h2", { id: "event-title", class: "unseen", text: "Event" }), el("p", { class: "quiet none", text }));
	}

	// show opens the event of a key, "camera/id"; "": none.
	async show(key, manage) {
		const asked = ++this.#asked;
		if (key === "") return this.#empty(nothing);
		const cut = key.indexOf("/");
		try {
			const event = await ask(eventAddress({ camera: key.slice(0, cut), id: key.slice(cut + 1) }));
			if (asked === this.#asked) this.#build(event, manage);
		} catch (e) {
			if (asked === this.#asked) this.#empty(e.status === 404 ? "This event is not kept any more." : `The event cannot be shown: ${e.message}.`);
		}
	}

	// take shows what has changed of the event that is open.
	#take(event) {
		this.#event = event;
		this.#say();
		this.#on.changed(event);
	}

	#build(e, manage) {
		this.#parts.normal?.stop();
		this.#event = e;
		const title = `${this.#titles(e.camera)}, ${when(Date.parse(e.start))}`;
		const step = (by, text, sign) =>
			el("button", { type: "button", class: "square", "aria-label": text, title: text, text: sign, on: { click: () => this.#on.beside(by) } });
		const head = el(
			"div",
			{ class: "head" },
			el("h2", { id: "event-title", text: title }),
			el(
				"div",
				{ class: "steps" },
				step(-1, "Newer event", "↑"),
				step(1, "Older event", "↓"),
				el("button", { type: "button", class: "square", "aria-label": "Close", title: "Close (Esc)", text: "×", on: { click: () => this.#on.close() } }),
			),
		);
		this.#root.replaceChildren(head, ...this.#film(e, title), this.#facts(e), this.#words(manage), this.#pictures(e, title));
		document.body.classList.add("chosen");
		this.#say();
	}

	#film(e, title) {
		if (!e.clips.length) return [el("p", { class: "quiet none", text: "No film was kept of this event." })];
		const video = el("video", { controls: true, playsinline: true, preload: "metadata", src: e.clips[0], "aria-label": `Clip of ${title}` });
		video.muted = true; // it has no sound, and may begin so
		video.autoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
		const save = el("a", { class: "button", href: e.clips[0], download: this.#name(e, 0), text: "Download" });
		const row = el("div", { class: "row film" });
		if (e.clips.length > 1) {
			const choose = (i) => {
				video.src = save.href = e.clips[i];
				save.download = this.#name(e, i);
			};
			const select = el("select", { on: { change: (change) => choose(Number(change.target.value)) } });
			for (let i = 0; i < e.clips.length; i++) select.append(el("option", { value: i, text: `${i + 1} of ${e.clips.length}` }));
			row.append(el("label", {}, "Part ", select));
		}
		row.append(save);
		return [video, row];
	}

	// #name is that of a file with a clip.
	#name(e, i) {
		const at = e.start.slice(0, 19).replaceAll(":", "-");
		return `${e.camera}-${at}${i ? `-${i + 1}` : ""}.mp4`;
	}

	#facts(e) {
		const list = el("dl", { class: "facts" });
		const fact = (name, ...what) => list.append(el("div", {}, el("dt", { text: name }), el("dd", {}, ...what)));
		const text = (t) => document.createTextNode(t);
		fact("From", el("time", { datetime: e.start, text: clock(Date.parse(e.start)) }));
		fact("Lasted", text(long(e)));
		if (high(e)) fact("Score", el("details", {}, el("summary", { text: high(e) }), el("span", { text: numbers(e) })));
		fact("Kind", text(kind(e.kind)));
		if (e.zone) fact("Zone", text(e.zone));
		fact("Bundle", el("abbr", { title: `SHA-256 ${e.bundle}`, text: e.bundle.slice(0, 8) || "–" }));
		return list;
	}

	#pictures(e, title) {
		const box = el("div", { class: "pictures" });
		for (const [end, words] of [
			["marked.jpg", "At its peak, marked"],
			["picture.jpg", "At its peak"],
		]) {
			const src = e.pictures.find((p) => p.endsWith(end));
			if (src)
				box.append(
					el(
						"figure",
						{},
						el("a", { href: src, target: "_blank" }, el("img", { src, alt: `${title}: ${words.toLowerCase()}` })),
						el("figcaption", { text: words }),
					),
				);
		}
		return box;
	}

	// #words is what somebody says of the event, and the form for it.
	#words(manage) {
		const said = el("p", { class: "said" });
		const note = el("input", { name: "note", maxlength: 500, autocomplete: "off" });
		const yes = el("button", { type: "submit", class: "main", text: "Acknowledge" });
		const undo = el("button", { type: "button", text: "Undo", on: { click: () => this.#acknowledge(false, "") } });
		const form = el("form", { class: "row words" }, el("label", {}, "Note ", note), yes, undo);
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			this.#acknowledge(true, note.value.trim());
		});
		const problem = el("p", { class: "problem", role: "alert" });
		const normal = manage ? new Normal(this.#event, { changed: () => this.#again() }) : null;
		this.#parts = { said, note, yes, undo, problem, normal };
		const box = el("div", { class: "saying" }, said);
		if (manage) box.append(form, normal.root);
		else box.append(el("p", { class: "quiet", text: "With your token you see events, and do not acknowledge them." }));
		box.append(problem);
		return box;
	}

	#say() {
		const e = this.#event;
		const { said, note, yes, undo } = this.#parts;
		said.textContent = [seen(e), e.note].filter(Boolean).join(": ");
		said.hidden = !e.acknowledged;
		if (document.activeElement !== note) note.value = e.note ?? "";
		yes.textContent = e.acknowledged ? "Change note" : "Acknowledge";
		undo.hidden = !e.acknowledged || Boolean(e.ordinary);
		this.#parts.normal?.take(e);
	}

	// #again asks for the event, which has become another.
	async #again() {
		const e = this.#event;
		const now = await ask(eventAddress(e)).catch(() => null); // it is asked when it is opened again
		if (now && this.#event === e) this.#take(now);
	}

	async #acknowledge(yes, text) {
		const e = this.#event;
		const { problem } = this.#parts;
		problem.textContent = "";
		try {
			await ask(eventAddress(e), "PATCH", { acknowledged: yes, note: text });
			const now = await ask(eventAddress(e));
			if (this.#event !== e) return;
			this.#take(now);
			say("Event", yes ? "acknowledged" : "not acknowledged");
		} catch (error) {
			problem.textContent = `It is not noted: ${error.message}.`;
		}
	}
}
