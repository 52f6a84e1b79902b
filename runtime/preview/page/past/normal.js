// The button that calls an event normal, and what becomes of that.

import { el, say } from "../dom.js";
import { ask, eventAddress } from "./ask.js";

const again = 1500; // ms between two questions while it is being learnt
const words = {
	"": "",
	waiting: "It waits until other events are learnt.",
	learning: "It is being learnt: the camera's bundle looks at the clip.",
	done: "",
	failed: "It was not learnt: ",
};

export class Normal {
	#event;
	#on;
	#timer = 0;

	// on.changed() is called when the event has become another.
	constructor(event, on) {
		this.#event = event;
		this.#on = on;
		this.button = el("button", { type: "button", on: { click: () => this.#press() } });
		this.text = el("p", { class: "quiet", role: "status" });
		this.root = el("div", { class: "row normal" }, this.button, this.text);
		this.#show({ state: "" });
		this.#look();
	}

	// stop asks no more.
	stop() {
		clearTimeout(this.#timer);
		this.#timer = -1;
	}

	// take shows another form of the event.
	take(event) {
		this.#event = event;
		this.button.textContent = event.ordinary ? "Not normal after all" : "This is normal";
		this.button.title = event.ordinary ? "It is found again from now on" : "It gives no alarm again; what is found elsewhere stays found";
	}

	#show(is) {
		this.take(this.#event);
		const busy = is.state === "waiting" || is.state === "learning";
		this.button.disabled = !this.#event.ordinary && !this.#event.clips.length;
		this.#busy(busy);
		const none = this.#event.clips.length ? "" : "Without film it cannot be learnt.";
		this.text.textContent =
			(words[is.state] || none) + (is.state === "failed" ? `${is.why}.` : is.state === "done" && is.why ? `${is.why[0].toUpperCase()}${is.why.slice(1)}.` : "");
		return busy;
	}

	// #busy has the button do nothing; disabled it would lose the keyboard's focus.
	#busy(is) {
		this.button.ariaDisabled = is ? "true" : null;
	}

	async #look(before = "") {
		if (this.#timer === -1) return;
		try {
			const is = await ask(`${eventAddress(this.#event)}/normal`);
			if (this.#timer === -1) return;
			if (this.#show(is)) this.#timer = setTimeout(() => this.#look(is.state), again);
			else if (before) {
				say("Event", this.text.textContent);
				this.#on.changed();
			}
		} catch {
			this.root.hidden = true; // this server does not learn
		}
	}

	async #press() {
		if (this.button.ariaDisabled) return;
		this.#busy(true);
		try {
			const is = await ask(`${eventAddress(this.#event)}/normal`, this.#event.ordinary ? "DELETE" : "POST");
			this.#show(is);
			this.#timer = setTimeout(() => this.#look(is.state), again);
		} catch (e) {
			this.#show({ state: "failed", why: e.message });
		}
	}
}
