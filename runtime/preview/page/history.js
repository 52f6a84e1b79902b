// The scores of the last minutes, in steps of fixed length, so that memory and
// drawing cost the same at any frame rate.

export const step = 125; // ms
export const longest = 15 * 60 * 1000; // ms
const slots = longest / step + 1;

export class History {
	#index = new Float64Array(slots).fill(-1); // which step a slot holds
	#low = new Float32Array(slots);
	#high = new Float32Array(slots);
	#last = -1; // newest step
	#seen = NaN; // time of the newest score
	gap = 1500; // ms without a score that are shown as a gap

	// add takes the score of the local time t, UNIX ms. Times that go back a
	// little, as when a clock is set right, count as the newest.
	add(t, score) {
		if (!Number.isFinite(t) || !Number.isFinite(score)) return;
		if (Math.abs(t - this.#seen) < 5000) {
			// Slowly: 0.3 is for 2 frames/s and more; a gap is three intervals.
			const between = Math.min(3000, Math.max(0, t - this.#seen));
			this.gap += 0.3 * (Math.max(1500, 3 * between) - this.gap);
		}
		this.#seen = t;
		const i = Math.max(Math.floor(t / step), this.#last);
		const slot = i % slots;
		if (this.#index[slot] !== i) {
			this.#index[slot] = i;
			this.#low[slot] = this.#high[slot] = score;
		} else {
			this.#low[slot] = Math.min(this.#low[slot], score);
			this.#high[slot] = Math.max(this.#high[slot], score);
		}
		this.#last = i;
	}

	// each calls f(t, low, high) for each step between two times that has
	// scores; t is its middle.
	each(from, to, f) {
		const first = Math.max(Math.floor(from / step), this.#last - slots + 1, 0);
		const end = Math.min(Math.floor(to / step), this.#last);
		for (let i = first; i <= end; i++) {
			const slot = i % slots;
			if (this.#index[slot] === i) f((i + 0.5) * step, this.#low[slot], this.#high[slot]);
		}
	}

	// at is the highest score near a time, NaN where there is none.
	at(t, within) {
		let best = NaN;
		this.each(t - within, t + within, (_, _low, high) => {
			if (!(best >= high)) best = high;
		});
		return best;
	}
}
