// How far the server's clock is ahead of ours, from pings over the data
// channel (the way of RFC 5905 §8 with two of the four times): the answer that
// was back soonest says most.

import { now } from "./dom.js";

const keep = 8; // answers

export class Clock {
	#answers = [];
	offset = NaN; // ms, server minus here

	ping(send) {
		send({ type: "ping", t: now() });
	}

	pong({ t, server }) {
		const trip = now() - t;
		if (!Number.isFinite(trip) || trip < 0 || !Number.isFinite(server)) return;
		this.#answers.push({ trip, offset: server - (t + trip / 2) });
		if (this.#answers.length > keep) this.#answers.shift();
		this.offset = this.#answers.reduce((a, b) => (b.trip < a.trip ? b : a)).offset;
	}

	// local turns the server's UNIX ms into ours; NaN until a pong was there.
	local(ms) {
		return ms - this.offset;
	}
}
