// The elements of one stream, and what they show of its state.

import { el, setText } from "./dom.js";
import { bitrate, codec, level, milliseconds, moment, percent, plural, rate, score } from "./format.js";

const buttons = { paused: "Play" };

// What is said of each state: beside the title, and over the picture; {s}
// stands for the seconds until the next try.
const words = {
	idle: ["Off", ""],
	connecting: ["Connecting", "Connecting…"],
	waiting: ["Waiting", ""],
	live: ["Live", ""],
	late: ["Late", ""],
	blind: ["Not judging", "Not judging: {why}."],
	held: ["On hold", "On hold: {why}."],
	impaired: ["Impaired", "Judging, but {why}."],
	stalled: ["No video", "Connected, but no video comes."],
	paused: ["Paused", "The browser has paused this video."],
	retry: ["Reconnecting", "No connection. Trying again {s}."],
	token: ["Signed out", "The server asks for its token."],
	gone: ["Ended", "This stream is not there. Looking again {s}."],
	codec: ["Cannot play", "This browser cannot play {codec}. Trying again {s}."],
};

const facts = { latency: "Latency", rate: "Frames", bitrate: "Bit rate", size: "Picture", codec: "Codec", viewers: "Watching", dropped: "Dropped" };

// full is what is said where there is no place, by the server's own words.
function full(refusal) {
	const text = refusal || "all places of this server are taken";
	return [text.includes("camera") ? "Camera full" : "Server full", `${text[0].toUpperCase()}${text.slice(1)}. Trying again {s}.`];
}

export class Tile {
	#state = "";
	#facts = {};

	// on: enlarge(event), retry(), draw().
	constructor(path, on) {
		// Set before the element is in the page, muted lets it play by itself.
		this.video = el("video", { playsinline: true, autoplay: true, muted: true, disablepictureinpicture: true });
		this.video.muted = true;
		this.last = el("img", { class: "last", alt: "", hidden: true }); // of a stream that is away
		this.ink = el("canvas", { class: "ink", "aria-hidden": "true" });
		this.veilText = el("p");
		this.retry = el("button", { type: "button", text: "Try now", on: { click: on.retry } });
		this.from = el("p", { class: "from" });
		this.veil = el("div", { class: "veil" }, this.veilText, this.retry, this.from);
		this.full = el(
			"button",
			{ type: "button", class: "full square", "aria-label": "Full screen", title: "Full screen (F)", on: { click: () => this.fullscreen() } },
			el("img", { src: "/page/full.svg", alt: "" }),
		);
		this.stage = el("div", { class: "stage" }, this.video, this.last, this.ink, this.veil, this.full);
		this.draw = el("button", { type: "button", class: "draw", text: "Zones", hidden: true, "aria-expanded": "false", on: { click: on.draw } });
		this.link = el("a", { href: `/${encodeURIComponent(path)}`, on: { click: on.enlarge } });
		this.stateText = el("span", { class: "state" });
		this.level = el("span", { class: "level" });
		this.numbers = el("span", { class: "number" });
		this.score = el("span", { class: "score" }, this.level, this.numbers);
		this.chart = el("canvas", { class: "chart", role: "img" });
		this.list = el("dl", { class: "facts" });
		for (const [name, title] of Object.entries(facts)) {
			this.#facts[name] = el("dd", { text: "–" });
			this.list.append(el("div", { class: name }, el("dt", { text: title }), this.#facts[name]));
		}
		this.root = el(
			"article",
			{ class: "tile" },
			this.stage,
			el("div", { class: "caption" }, el("h2", {}, this.link), this.stateText, this.score, this.draw),
			this.chart,
			this.list,
		);
		this.stage.addEventListener("click", (e) => {
			if (!e.target.closest("button")) on.enlarge(e);
		});
	}

	describe(info) {
		setText(this.link, info.title);
		this.root.setAttribute("aria-label", info.title);
		this.draw.hidden = !info.manage;
		if (info.codec) setText(this.#facts.codec, codec(info.codec));
		setText(this.#facts.dropped, plural(info.dropped ?? 0, "frame")); // that the machine was too slow for
		if (Number.isFinite(info.viewers)) setText(this.#facts.viewers, plural(info.viewers, "viewer"));
	}

	// state shows a state of a Stream; seconds are those until the next try, info what
	// its words need: codec, reason, refusal.
	state(state, seconds, info) {
		const away = info.missing && (state === "gone" || state === "connecting"); // the server waits for it
		const [short, long] = away ? ["No stream", info.note || "Waiting for this stream."] : state === "full" ? full(info.refusal) : words[state];
		const shown = away ? "away" : state;
		if (shown !== this.#state) {
			this.#state = this.root.dataset.state = shown;
			setText(this.stateText, short);
			this.retry.hidden = !long.includes("{s}") && !buttons[shown];
			setText(this.retry, buttons[shown] ?? "Try now");
			this.veil.hidden = long === "";
		}
		const soon = seconds >= 1 ? `in ${seconds} s` : "now";
		setText(
			this.veilText,
			long
				.replace("{s}", soon)
				.replace("{why}", info.reason)
				.replace("{codec}", codec(info.codec) || "this video"),
		);
	}

	// away shows the last picture of a stream of which none comes, by the address of one
	// where the video has none itself; at is its time, ms, NaN: there is no picture.
	away(address, at) {
		setText(this.from, Number.isFinite(at) ? `Last picture: ${moment(at)}` : "");
		if (address && this.last.getAttribute("src") !== address) this.last.src = address;
		this.last.hidden = !address;
	}

	// irregular marks the tile while an event goes on.
	irregular(on) {
		this.root.classList.toggle("irregular", on);
	}

	// verdict shows the newest score; NaN: none.
	verdict(v, threshold, confidence) {
		const numbers = Number.isFinite(v) ? `${score(v)} · ${percent(confidence)}` : "";
		setText(this.level, level(v, threshold));
		setText(this.numbers, numbers && ` · ${numbers}`);
		this.score.classList.toggle("over", v >= threshold);
		this.score.title = numbers && `Score and probability: ${numbers}; irregular from ${score(threshold)} on`;
	}

	measures(m) {
		setText(this.#facts.latency, milliseconds(Math.max(0, m.latency)));
		setText(this.#facts.rate, rate(m.rate));
		setText(this.#facts.bitrate, bitrate(m.bitrate));
		setText(this.#facts.size, m.width > 0 ? `${m.width} × ${m.height}` : "–");
	}

	fullscreen() {
		if (document.fullscreenElement) document.exitFullscreen();
		else if (this.stage.requestFullscreen) this.stage.requestFullscreen().catch(() => {});
		else this.video.webkitEnterFullscreen?.(); // iPhones: the video alone
	}
}
