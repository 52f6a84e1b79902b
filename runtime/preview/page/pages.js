// Which of the streams are on the page, where there are more than fit the window.

import { byId, setText } from "./dom.js";
import { plural } from "./format.js";
import { fits } from "./layout.js";

export class Pages {
	#at = 0;
	#size = Infinity; // streams a page
	#elsewhere = 0; // the page that the button leads to
	#turned;
	count = 1;

	// turned() is called when another page was chosen.
	constructor(place, turned) {
		this.#turned = turned;
		this.read(place);
		byId("page-back").addEventListener("click", () => this.turn(-1));
		byId("page-on").addEventListener("click", () => this.turn(1));
		byId("elsewhere").addEventListener("click", () => this.#go(this.#elsewhere));
	}

	// read takes the page from an address: /?page=2.
	read(place) {
		this.#at = Math.max(0, Math.trunc(Number(new URLSearchParams(place.search).get("page")) || 1) - 1);
	}

	get address() {
		return this.#at > 0 ? `/?page=${this.#at + 1}` : "/";
	}

	// of is what of a list is on the page, in a window of w × h px with pictures of a
	// ratio and extra px below each.
	of(all, w, h, ratio, extra) {
		this.#size = fits(w, h, ratio, extra);
		this.count = Math.max(1, Math.ceil(all.length / this.#size));
		if (all.length) this.#at = Math.min(this.#at, this.count - 1); // before, nobody knows how many there are
		return all.slice(this.#at * this.#size, (this.#at + 1) * this.#size);
	}

	// show chooses the page with the stream of an index.
	show(index) {
		if (index >= 0) this.#at = Math.floor(index / this.#size);
	}

	// turn goes pages further on; false where there is none.
	turn(by) {
		const to = this.#at + by;
		return to >= 0 && to < this.count && this.#go(to);
	}

	#go(to) {
		this.#at = to;
		this.#turned();
		return true;
	}

	// summarize tells which page this is, and where else something is irregular: of each
	// stream, in order, whether it is.
	summarize(grid, irregular) {
		byId("pager").hidden = !grid || this.count < 2;
		setText(byId("page-now"), `Page ${this.#at + 1} of ${this.count}`);
		byId("page-back").disabled = this.#at === 0;
		byId("page-on").disabled = this.#at === this.count - 1;
		const other = irregular.flatMap((is, i) => (is && Math.floor(i / this.#size) !== this.#at ? [Math.floor(i / this.#size)] : []));
		this.#elsewhere = other[0] ?? 0;
		byId("elsewhere").hidden = other.length === 0;
		const on = [...new Set(other)].map((n) => n + 1);
		setText(byId("elsewhere"), `${plural(other.length, "irregular stream")} on ${on.length > 1 ? "pages" : "page"} ${on.join(", ")}`);
	}
}
