// The history: what was recorded, by camera, time, kind and zone. What it shows is in its
// address.

import { byId, el } from "../dom.js";
import { ask } from "./ask.js";
import { Days } from "./days.js";
import { Event } from "./event.js";
import { keyOf, List } from "./list.js";
import { dayOf, read, sameEvents, write } from "./place.js";
import { kind } from "./say.js";

const refreshEach = 15000; // ms

const filters = byId("filters");
let place = read(location.search);
let listed = null; // the place whose events are listed
let opened = ""; // key of the event that is open
let cameras = []; // as /api/history has them
let manage = false;
let days = null; // once the cameras are known
let dayShown = "";

const titleOf = (name) => cameras.find((c) => c.name === name)?.title ?? name;

const list = new List(titleOf, {
	open(e, click) {
		if (click.ctrlKey || click.metaKey || click.shiftKey) return; // into a tab of its own
		click.preventDefault();
		go({ event: keyOf(e) });
	},
});
const event = new Event(titleOf, {
	close,
	beside(by) {
		const e = list.beside(opened, by);
		if (e) go({ event: keyOf(e) }, true);
	},
	changed(e) {
		list.changed(e);
		days?.refresh();
	},
});

// go changes what is shown; instead says that Back does not lead here.
function go(change, instead = false) {
	place = { ...place, ...change };
	history[instead ? "replaceState" : "pushState"](null, "", location.pathname + write(place));
	show();
}

function close() {
	const was = opened;
	go({ event: "" });
	list.focus(was);
}

// options fills a filter; it is not shown where there is nothing to choose.
function options(name, all, chosen) {
	const select = filters.elements[name];
	const known = all.some(([value]) => value === chosen) || chosen === "" ? all : [...all, [chosen, chosen]];
	select.replaceChildren(el("option", { value: "", text: "All" }), ...known.map(([value, text]) => el("option", { value, text })));
	select.value = chosen;
	select.parentElement.hidden = known.length < (name === "zone" ? 1 : 2) && chosen === "";
}

// choices are the values that the events of the chosen cameras have.
const choices = (field) => [...new Set(cameras.filter((c) => !place.camera || c.name === place.camera).flatMap((c) => c[field]))].sort();

function fill() {
	options(
		"camera",
		cameras.map((c) => [c.name, c.title]),
		place.camera,
	);
	options(
		"kind",
		choices("kinds").map((k) => [k, kind(k)]),
		place.kind,
	);
	options(
		"zone",
		choices("zones").map((z) => [z, z]),
		place.zone,
	);
	for (const name of ["from", "to"]) filters.elements[name].value = place[name];
	filters.elements.open.checked = place.open === "1";
}

// showDays draws the day of the address, or today, where it is another one than before.
function showDays() {
	const day = place.day || dayOf(Date.now());
	const key = `${day} ${place.camera}`;
	if (!days || key === dayShown) return;
	dayShown = key;
	days.show(day, place.camera);
}

async function show() {
	fill();
	showDays();
	document.title = `${place.camera ? `${titleOf(place.camera)} – ` : ""}History – avid`;
	if (place.event !== opened) {
		opened = place.event;
		event.show(opened, manage).then(() => {
			if (opened) byId("event").focus({ preventScroll: innerWidth >= 1000 });
		});
	}
	if (!listed || !sameEvents(listed, place)) {
		listed = place;
		await list.show(place);
	}
	list.chosen(opened);
}

filters.addEventListener("change", () => {
	const value = (name) => filters.elements[name].value;
	const camera = value("camera");
	const other = camera !== place.camera; // another camera has other kinds and zones
	go({
		camera,
		kind: other ? "" : value("kind"),
		zone: other ? "" : value("zone"),
		from: value("from"),
		to: value("to"),
		open: filters.elements.open.checked ? "1" : "",
	});
});
filters.addEventListener("reset", (e) => {
	e.preventDefault();
	go({ camera: "", kind: "", zone: "", from: "", to: "", open: "" });
});
filters.addEventListener("submit", (e) => e.preventDefault());
addEventListener("popstate", () => {
	place = read(location.search);
	show();
});
addEventListener("keydown", (e) => {
	if (e.key === "Escape" && opened && !e.defaultPrevented && !document.fullscreenElement) close();
});
async function refresh() {
	await list.refresh();
	list.chosen(opened);
	await days?.refresh();
}
setInterval(() => document.visibilityState === "visible" && refresh(), refreshEach);

const [me, known] = await Promise.all([ask("/api/me"), ask("/api/history")]).catch(() => [{ manage: false }, []]);
manage = me.manage;
cameras = known;
if (cameras.length)
	days = new Days(cameras, manage, {
		open: (e) => go({ event: keyOf(e) }),
		choose: (name) => go({ camera: place.camera === name ? "" : name, kind: "", zone: "" }),
		day: (day) => go({ day: day === dayOf(Date.now()) ? "" : day }),
	});
show();
