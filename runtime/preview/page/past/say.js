// What is said of an event.

import { clock, duration, level, percent, score, sigmoid } from "../format.js";

const dateFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const shortFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

// date is the day of UNIX ms in words, when the day in short and the time.
export const date = (ms) => dateFormat.format(ms);
export const when = (ms) => `${shortFormat.format(ms)}, ${clock(ms)}`;

// long says how long an event was.
export function long(e) {
	const seconds = (Date.parse(e.end) - Date.parse(e.start)) / 1000;
	if (e.state === "open") return `${duration(seconds)}, going on`;
	return duration(seconds) + (e.state === "cut" ? " or more" : "");
}

// high says how far above the threshold an event came, and numbers the same in numbers.
export const high = (e) => (Number.isFinite(e.peak) && Number.isFinite(e.threshold) ? level(e.peak, e.threshold) : "");
export const numbers = (e) =>
	`Score ${score(e.peak ?? NaN, 2)}, threshold ${score(e.threshold ?? NaN, 2)}, probability ${percent(sigmoid(e.peak - e.threshold))}`;

// seen says whether somebody has looked at an event.
export function seen(e) {
	if (!e.acknowledged) return "";
	return (e.ordinary ? "Normal" : "Acknowledged") + (e.by ? ` by ${e.by}` : "");
}

export const kindWords = { moving: "Moving" };
export const kind = (name) => kindWords[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
