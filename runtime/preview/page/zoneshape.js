// The zones that are being drawn, without how they look: their corners are shares of the
// picture, and each step can be undone.

const keep = 200; // steps
export const mostCorners = 64; // as models/zones takes

const clamp = (v) => Math.min(1, Math.max(0, v));
const round = (v) => Math.round(clamp(v) * 1e4) / 1e4;

// middle is the place between two corners.
export const middle = ([a, b], [c, d]) => [round((a + c) / 2), round((b + d) / 2)];

export class Drawing {
	#past = [];
	zones; // {name, kind, points, least_size, least_time}
	zone = -1; // which is chosen; -1: none
	corner = -1; // and which of its corners
	open = false; // the chosen zone's outline is not closed yet

	constructor(zones) {
		this.zones = structuredClone(zones);
		if (zones.length) this.zone = 0;
	}

	get chosen() {
		return this.zones[this.zone] ?? null;
	}

	get undoable() {
		return this.#past.length > 0;
	}

	// step keeps what is there, to be undone to; once before each change or drag.
	step() {
		const { zones, zone, corner, open } = this;
		this.#past.push(structuredClone({ zones, zone, corner, open }));
		if (this.#past.length > keep) this.#past.shift();
	}

	undo() {
		Object.assign(this, this.#past.pop());
	}

	choose(zone, corner = -1) {
		if (this.open && zone !== this.zone) this.drop();
		this.zone = zone;
		this.corner = corner;
	}

	// begin starts a zone without corners, by a name that none has.
	begin() {
		if (this.open) this.drop();
		this.step();
		let n = this.zones.length + 1;
		while (this.zones.some((z) => z.name === `zone-${n}`)) n++;
		this.zones.push({ name: `zone-${n}`, kind: "judge", points: [] });
		this.zone = this.zones.length - 1;
		this.corner = -1;
		this.open = true;
	}

	// drop takes the chosen zone away.
	drop() {
		if (!this.chosen) return;
		this.step();
		this.zones.splice(this.zone, 1);
		this.zone = Math.min(this.zone, this.zones.length - 1);
		this.corner = -1;
		this.open = false;
	}

	// add puts a corner behind the last one, or behind the corner after, and chooses it.
	add([x, y], after = this.chosen.points.length - 1) {
		if (this.chosen.points.length >= mostCorners) return;
		this.step();
		this.corner = after + 1;
		this.chosen.points.splice(this.corner, 0, [round(x), round(y)]);
	}

	// grow adds a corner without a pointer: the first in the middle of the picture, others
	// beside the last one of an open outline, or between the chosen one and the next.
	grow() {
		const points = this.chosen?.points;
		if (!points) return;
		const at = this.corner < 0 ? points.length - 1 : this.corner;
		if (points.length === 0) this.add([0.5, 0.5]);
		else if (this.open) {
			const [x, y] = points[points.length - 1];
			this.add([x > 0.9 ? x - 0.1 : x + 0.1, y]);
		} else this.add(middle(points[at], points[(at + 1) % points.length]), at);
	}

	// moveTo and moveBy move the chosen corner. They are no steps of their own.
	moveTo([x, y]) {
		if (this.chosen?.points[this.corner]) this.chosen.points[this.corner] = [round(x), round(y)];
	}
	moveBy(dx, dy) {
		const at = this.chosen?.points[this.corner];
		if (at) this.moveTo([at[0] + dx, at[1] + dy]);
	}

	// cut takes the chosen corner away, and the zone where fewer than three are left of it.
	cut() {
		const points = this.chosen?.points;
		if (!points?.[this.corner]) return;
		if (points.length <= 3 && !this.open) return this.drop();
		this.step();
		points.splice(this.corner, 1);
		this.corner = points.length ? Math.max(0, this.corner - 1) : -1;
	}

	// close closes the outline, if it has three corners.
	close() {
		if (!this.open || this.chosen.points.length < 3) return false;
		this.step();
		this.open = false;
		return true;
	}

	set(field, value) {
		this.step();
		this.chosen[field] = value;
	}

	// saved is the zones as the server takes them: without one that is not closed.
	get saved() {
		const all = this.open ? this.zones.filter((_, i) => i !== this.zone) : this.zones;
		return all.map(({ name, kind, points, least_size, least_time }) =>
			kind === "judge" ? { name, kind, points, least_size: least_size || undefined, least_time: least_time || undefined } : { name, kind, points },
		);
	}
}
