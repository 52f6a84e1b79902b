// How a video goes on, by the frames that are really shown.

const least = 2000; // ms without a frame that are told
const most = 60000;
const recent = 10; // frames whose distance says when the next is due

export class Pace {
	#times = []; // ms, of the frames of the last while
	#since; // that a first frame is waited for
	#usual = 0; // ms between frames as announced

	constructor(now) {
		this.reset(now);
	}

	// reset forgets all, as when a connection or a tab begins anew.
	reset(now) {
		this.#times = [];
		this.#since = now;
	}

	// announce takes the frames/s that the server tells, 0 where it does not.
	announce(rate) {
		this.#usual = rate > 0 ? 1000 / rate : 0;
	}

	// frame counts n frames that were shown at a time.
	frame(now, n = 1) {
		for (let i = 0; i < Math.min(n, 100); i++) this.#times.push(now);
		const from = now - this.due;
		while (this.#times.length > recent && this.#times[0] < from) this.#times.shift();
	}

	// due is how long the next frame may take, ms: three times the usual distance.
	get due() {
		const last = this.#times.slice(-recent);
		const between = last.length > 1 ? (last.at(-1) - last[0]) / (last.length - 1) : this.#usual;
		return Math.min(most, Math.max(least, 3 * Math.max(between, this.#usual)));
	}

	// state is waiting (for the first frame), moving, or still.
	state(now) {
		const last = this.#times.at(-1);
		if (now - (last ?? this.#since) > this.due) return "still";
		return last === undefined ? "waiting" : "moving";
	}

	// rate is that of the time in which a frame is due, frames/s: 0 as soon as the
	// state is still.
	rate(now) {
		if (this.#times.length === 0) return this.state(now) === "still" ? 0 : NaN;
		const span = Math.min(this.due, Math.max(1, now - this.#since));
		return (1000 * this.#times.filter((t) => t > now - span).length) / span;
	}
}
