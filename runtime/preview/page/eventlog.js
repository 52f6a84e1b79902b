// Merges what a stream reports of its events, begin, change and end, into one
// record an event.

export const limit = 100; // records a stream

const better = 0.5; // logits by which a peak must rise for another picture
const between = 400; // ms between two pictures of an event

const near = 5000; // ms within which two reports of a number are of the same event

// A record has: id, start (s of running time), from (local ms), duration (s),
// peak and threshold (logits), open, cut (its end was not seen), pictures {begin, peak},
// kind and zone where they are known, kept: the address of the recorder's picture, if there is one, and told: the server has told of it, and its frames
// were not seen here.
export class EventLog {
	#open = null;
	#changed;
	#picture;
	records = []; // newest first

	// changed(record, gone, old) tells of a record that is new, other, or dropped; old:
	// it was over before this page knew of it.
	// picture(record, which, rtp) asks for a picture of the frame.
	constructor(changed, picture) {
		this.#changed = changed;
		this.#picture = picture;
	}

	get open() {
		return this.#open ?? this.records.find((r) => r.told && r.open) ?? null;
	}

	// told takes an event from the server's list, at the local time at: of a stream that
	// is not watched here, of the time before it was, or of which the server says more.
	told(e, at) {
		const id = Number(e.id.slice(e.id.lastIndexOf("-") + 1));
		const from = at - 1000 * e.ago;
		const known = this.records.find((r) => r.id === id && Math.abs(r.from - from) < near);
		const r = known ?? { id, start: NaN, from, pictures: {}, told: true, cut: false };
		if (r.cut) r.told = true;
		r.kind = e.kind;
		r.zone = e.zone;
		r.kept = e.picture ?? r.kept;
		if (r.told) Object.assign(r, { open: e.open, cut: Boolean(e.cut), duration: e.duration, peak: e.peak ?? NaN, threshold: e.threshold ?? NaN });
		if (!known) {
			const behind = this.records.findIndex((other) => other.from <= from);
			this.records.splice(behind < 0 ? this.records.length : behind, 0, r);
		}
		this.#changed(r, false, !r.open && !known);
		for (const old of this.records.splice(limit)) this.#changed(old, true);
	}

	// away says that the stream is: nobody tells the end of what was open.
	away() {
		for (const r of this.records) {
			if (!r.told || !r.open) continue;
			r.open = false;
			r.cut = true;
			this.#changed(r, false);
		}
	}

	// frame takes a frame's message; at is its local time, ms.
	frame(m, at) {
		const e = m.event;
		if (e) this.#event(e, m, at);
		const r = this.#open;
		const score = m.score ?? NaN;
		if (!r || !m.judged || !(score >= (m.threshold ?? 0))) return;
		r.duration = Math.max(r.duration, m.pts - r.start);
		if (score > r.peak || !Number.isFinite(r.peak)) r.peak = score;
		if (!(score <= r.pictured + better) && at - r.picturedAt >= between) {
			r.pictured = score;
			r.picturedAt = at;
			this.#picture(r, "peak", m.rtp);
		}
	}

	#event(e, m, at) {
		const from = at - 1000 * (m.pts - e.start);
		let r = this.records.find((r) => r.id === e.id && (r.told ? Math.abs(r.from - from) < near : Math.abs(r.start - e.start) < 0.01 && (r.open || r.cut)));
		if (!r) {
			if (e.kind === "end" && e.duration === undefined) return;
			this.cut();
			r = {
				id: e.id,
				start: e.start,
				from,
				pictures: {},
				peak: NaN,
				threshold: m.threshold ?? 0,
				pictured: m.score ?? NaN,
				picturedAt: at,
			};
			this.records.unshift(r);
			this.#picture(r, "begin", m.rtp);
		}
		if (r.told) {
			Object.assign(r, { told: false, start: e.start, pictured: m.score ?? NaN, picturedAt: at });
			if (!r.pictures.begin) this.#picture(r, "begin", m.rtp);
		}
		r.open = e.kind !== "end";
		r.cut = false;
		r.duration = e.duration;
		if (Number.isFinite(e.peak)) r.peak = e.peak;
		this.#open = r.open ? r : null;
		this.#changed(r, false);
		for (const old of this.records.splice(limit)) this.#changed(old, true);
	}

	// cut tells that nothing more is seen of an open event, as when the
	// connection is lost.
	cut() {
		const r = this.#open;
		if (!r) return;
		this.#open = null;
		r.open = false;
		r.cut = true;
		this.#changed(r, false);
	}

	// spans are the events in local ms, for the chart.
	spans() {
		return this.records.map((r) => ({ from: r.from, to: r.open ? NaN : r.from + 1000 * r.duration }));
	}
}
