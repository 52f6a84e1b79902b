// Keeps one stream connected: tries again with growing waits, at once when the
// network or the page comes back.

import { Session, WHEPError } from "./whep.js";

const firstWait = 500; // ms
const longestWait = 15000;
const connectWithin = 8000;
const lostWithin = 4000; // a connection that ICE calls disconnected may recover
const steadyAfter = 10000; // of being live, the waits begin anew

// States, as Link.state and on.state have them: idle, connecting, live, retry,
// token (401), full (503), gone (404), codec (406: no codec in common). From
// the last four on, retry's countdown goes on too, but for token.
const refusals = new Map([
	[401, "token"],
	[403, "token"],
	[404, "gone"],
	[406, "codec"],
	[503, "full"],
]);

export class Link {
	#url;
	#on;
	#session = null;
	#abort = null;
	#timer = 0;
	#lost = 0;
	#fails = 0;
	#liveSince = 0;
	state = "idle";
	retryAt = 0; // performance.now() of the next try
	refusal = ""; // what the server said as it refused, in a sentence without its end

	// on: state(), media(MediaStream), message(object), and leaving() while what was live
	// still shows its last frame.
	constructor(url, on) {
		this.#url = url;
		this.#on = on;
	}

	get pc() {
		return this.#session?.pc ?? null;
	}

	get receiver() {
		return this.#session?.receiver ?? null;
	}

	send(message) {
		const c = this.#session?.channel;
		if (c?.readyState === "open") c.send(JSON.stringify(message));
	}

	#set(state) {
		this.state = state;
		this.#on.state(state);
	}

	start() {
		if (this.state === "idle") this.#try();
	}

	stop() {
		this.#drop();
		this.#fails = 0;
		if (this.state !== "idle") this.#set("idle");
	}

	// retryNow cuts a wait short.
	retryNow() {
		if (this.#session || this.state === "idle") return;
		this.#fails = Math.min(this.#fails, 2);
		this.#try();
	}

	#drop() {
		if (this.state === "live") this.#on.leaving();
		clearTimeout(this.#timer);
		clearTimeout(this.#lost);
		this.#timer = this.#lost = 0;
		this.#abort?.abort();
		this.#session?.close();
		this.#session = this.#abort = null;
	}

	async #try() {
		this.#drop();
		this.#set("connecting");
		const abort = new AbortController();
		const session = new Session(this.#url);
		this.#abort = abort;
		this.#session = session;
		const mine = () => this.#session === session;
		this.#timer = setTimeout(() => mine() && this.#failed(), connectWithin);
		session.pc.ontrack = ({ track }) => mine() && this.#on.media(new MediaStream([track]));
		session.pc.onconnectionstatechange = () => mine() && this.#changed(session.pc.connectionState);
		session.channel.onmessage = ({ data }) => mine() && this.#read(data);
		session.channel.onclose = () => mine() && this.#failed(); // the server closed
		try {
			await session.open(abort.signal);
		} catch (err) {
			if (mine()) this.#failed(err);
		}
	}

	#changed(state) {
		clearTimeout(this.#lost);
		if (state === "connected") {
			clearTimeout(this.#timer);
			this.#timer = 0;
			this.#liveSince = performance.now();
			if (this.state !== "live") this.#set("live");
		} else if (state === "failed" || state === "closed") {
			this.#failed();
		} else if (state === "disconnected") {
			this.#lost = setTimeout(() => this.#failed(), lostWithin);
		}
	}

	#read(data) {
		let message;
		try {
			message = JSON.parse(data);
		} catch {
			return;
		}
		if (message && typeof message === "object") this.#on.message(message);
	}

	#failed(err) {
		if (this.#liveSince && performance.now() - this.#liveSince > steadyAfter) this.#fails = 0;
		this.#liveSince = 0;
		this.#drop();
		const state = (err instanceof WHEPError && refusals.get(err.status)) || "retry";
		if (state !== "token") {
			// Doubled each time, and ±25 % so that a server's viewers do not all
			// come back at once.
			let wait = Math.min(longestWait, firstWait * 2 ** this.#fails++) * (0.75 + Math.random() / 2);
			if (err instanceof WHEPError) wait = Math.max(wait, 1000 * err.retryAfter);
			this.retryAt = performance.now() + wait;
			this.#timer = setTimeout(() => this.#try(), wait);
		}
		this.refusal = err instanceof WHEPError ? err.text : "";
		this.#set(state);
	}
}
