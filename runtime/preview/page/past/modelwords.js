// What is said of a camera's bundle and of one that is learnt anew.

import { percent, plural } from "../format.js";

const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });

// day is a time as the server has it, in words.
export const day = (text) => dayFormat.format(Date.parse(text));

// good says how good a bundle is by its own test.
export const good = (m) =>
	m.grade.charAt(0).toUpperCase() + m.grade.slice(1) + (m.found === undefined ? "" : `: finds ${percent(m.found)} of what was drawn into ordinary footage`);

// busy tells whether a camera's training waits or is under way.
export const busy = (r) => ["waiting", "training", "comparing"].includes(r?.state);

// state says how it is with a training; "" where there was none.
export function state(r) {
	const kept = r?.resumable ? " What it had learnt is kept: it can go on, or begin anew." : "";
	switch (r?.state) {
		case "waiting":
			return "Another camera is being learnt; this one is next.";
		case "training":
			return "It is being learnt. The present model goes on judging.";
		case "comparing":
			return "The new model is learnt, and is being compared with the present one.";
		case "ready":
			return r.words ? "The model before judges again; the newer one is still there." : "The new model is ready.";
		case "failed":
			return `It was not learnt: ${r.words}.${kept}`;
		case "cancelled":
			return `Learning was cancelled.${kept}`;
		case "promoted":
			return "The new model judges.";
		case "kept":
			return "The old model stays. The new one is kept until the next is learnt.";
	}
	return "";
}

// doing is what a training does now, from its line of progress: the step and the time left,
// or the line without the share, which is shown otherwise.
export function doing(r) {
	const line = r.words ?? "";
	const step = line.match(/\bstep (\d+)\b/);
	const left = line.match(/\bleft ([\d:]+)/);
	if (left) return `${step ? `step ${step[1]}, ` : ""}${left[1]} left`;
	return line.replace(/^[a-z]+: [\d:]+(, +\d+ %)?(, *)?/, "");
}

const hours = (h) => (h < 1 ? plural(Math.round(60 * h), "minute") : `${h < 10 ? h.toFixed(1).replace(".0", "") : Math.round(h)} h`);

// compared are the figures of a comparison, a sentence each.
export function compared(c) {
	if (!c) return [];
	const all = [];
	const a = c.alarms;
	if (c.hours > 0)
		all.push(
			`In ${hours(c.hours)} of ordinary time that neither has learnt, the new one gives ${plural(a.both + a.only_new, "alarm")}, the old one ${a.both + a.only_present}, of which both give ${a.both}.`,
		);
	else all.push("There was no ordinary time that neither has learnt.");
	const e = c.events;
	const known = e.both + e.only_present + e.only_new + e.neither;
	if (known > 0)
		all.push(
			`Of ${plural(known, "known event")} the new one finds ${e.both + e.only_new}, the old one ${e.both + e.only_present}${e.only_present ? `; ${e.only_present} the old one alone` : ""}.`,
		);
	return all;
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

// against says what speaks against the new model, a sentence each.
export const against = (r) => (r.against?.length ? r.against.map(sentence) : ["Nothing speaks against the new one."]);
