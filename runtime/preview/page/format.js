// Numbers and times as people read them.

const clockParts = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const clockFormat = new Intl.DateTimeFormat(undefined, clockParts);
const minuteFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

// clock and minute are the local time of day of UNIX ms.
export const clock = (ms) => clockFormat.format(ms);
export const minute = (ms) => minuteFormat.format(ms);

// moment is the same with its day, where that is not today.
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
export const moment = (ms) => (new Date(ms).toDateString() === new Date().toDateString() ? clock(ms) : `${dayFormat.format(ms)} ${clock(ms)}`);

const minus = (text) => text.replace("-", "−");

// score in logits, as the messages on the bus have it; digits behind the point.
export function score(v, digits = 1) {
	if (!Number.isFinite(v)) return "–";
	const text = v.toFixed(digits);
	return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

// probability of a logit, or of a share between 0 and 1.
export const sigmoid = (v) => 1 / (1 + Math.exp(-v));
export function percent(p) {
	if (!Number.isFinite(p)) return "–";
	const v = 100 * p;
	if (v < 0.1) return "<0.1 %"; // nothing is certain
	if (v > 99.9) return ">99.9 %";
	return `${v < 10 || v > 90 ? v.toFixed(1).replace(".0", "") : v.toFixed(0)} %`;
}

// level says how far a score is from its threshold, both in logits; "" where one of
// them is not known. From 2 logits on odds are 7 times, from 5 on 150 times those at
// the threshold.
export function level(peak, threshold) {
	const excess = peak - threshold;
	if (!Number.isFinite(excess)) return "";
	if (excess < 0) return "ordinary";
	if (excess < 2) return "above the threshold";
	return excess < 5 ? "well above" : "far above";
}

// duration of seconds.
export function duration(s) {
	if (!Number.isFinite(s)) return "–";
	if (s < 10) return `${s.toFixed(1)} s`;
	s = Math.round(s);
	if (s < 60) return `${s} s`;
	const m = Math.floor(s / 60);
	if (m < 60) return `${m} min ${s % 60} s`;
	return `${Math.floor(m / 60)} h ${m % 60} min`;
}

export const milliseconds = (v) => (Number.isFinite(v) ? `${minus(Math.round(v).toString())} ms` : "–");

export function bitrate(v) {
	if (!Number.isFinite(v)) return "–";
	return v >= 1e6 ? `${(v / 1e6).toFixed(1)} Mbit/s` : `${Math.round(v / 1e3)} kbit/s`;
}

export const rate = (v) => (Number.isFinite(v) ? `${v.toFixed(v < 10 ? 1 : 0)} fps` : "–");

const codecs = { h264: "H.264", h265: "H.265", vp8: "VP8", vp9: "VP9", av1: "AV1" };
export const codec = (name) => codecs[String(name).toLowerCase()] ?? String(name ?? "");

export const plural = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
