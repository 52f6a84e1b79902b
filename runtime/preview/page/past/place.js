// What the page shows, as its address has it, so that links and Back work.

const names = ["camera", "kind", "zone", "from", "to", "open", "day", "event"];
const days = ["from", "to", "day"]; // local dates, 2026-11-28

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

// read gives the place of an address' search; what is not set or no date is "".
export function read(search) {
	const given = new URLSearchParams(search);
	const place = {};
	for (const name of names) place[name] = given.get(name) ?? "";
	for (const name of days) if (!isDay(place[name])) place[name] = "";
	place.open = place.open === "1" ? "1" : "";
	return place;
}

// write gives the search of a place.
export function write(place) {
	const search = new URLSearchParams();
	for (const name of names) if (place[name]) search.set(name, place[name]);
	const text = search.toString().replaceAll("%2F", "/");
	return text ? `?${text}` : "";
}

// dayOf is the local date of UNIX ms.
export function dayOf(ms) {
	const d = new Date(ms);
	return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
}

// midnight is when a local date begins, or the date so many days later, UNIX ms.
export function midnight(day, later = 0) {
	const [y, m, d] = day.split("-").map(Number);
	return new Date(y, m - 1, d + later).getTime();
}

const iso = (ms) => new Date(ms).toISOString();

// question is what /api/events is asked for a place.
export function question(place, limit, cursor) {
	const q = new URLSearchParams({ limit });
	for (const name of ["camera", "kind", "zone"]) if (place[name]) q.set(name, place[name]);
	if (place.from) q.set("from", iso(midnight(place.from)));
	if (place.to) q.set("to", iso(midnight(place.to, 1))); // that day included
	if (place.open) q.set("unacknowledged", "true");
	if (cursor) q.set("cursor", cursor);
	return `/api/events?${q}`;
}

// period is what /api/cameras/NAME/timeline is asked for a day.
export const period = (camera, day) =>
	`/api/cameras/${encodeURIComponent(camera)}/timeline?${new URLSearchParams({ from: iso(midnight(day)), to: iso(midnight(day, 1)) })}`;

// sameEvents tells whether two places have the same list.
export const sameEvents = (a, b) => ["camera", "kind", "zone", "from", "to", "open"].every((name) => a[name] === b[name]);
