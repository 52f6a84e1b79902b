// The page: which streams there are, which one is large, and what they share.

import { byId, setText, store, stored } from "./dom.js";
import { EventList } from "./eventlist.js";
import { plural } from "./format.js";
import { listen } from "./keys.js";
import { columns, ratio } from "./layout.js";
import { Pages } from "./pages.js";
import { Stream } from "./stream.js";

const pollEach = 4000; // ms
const tickEach = 250;
const missedTwice = 2; // answers without a stream until its tile goes

const events = new EventList();
const streams = new Map(); // by path
const pages = new Pages(location, () => turnPage());
let focus = pathOf(location); // of the stream that is large; null: the grid
let gridSeen = false; // its streams stay connected while one is large
let newest = 0; // when the newest event was told that is known here
let known = []; // as /api/streams had it last
let reachable = true;
let poll = 0;
let tick = 0;
let outlines = true;

function pathOf(place) {
	const path = decodeURIComponent(place.pathname.slice(1));
	return path === "" ? null : path;
}

// large is the path of the stream that has the page to itself: a single one too.
const large = () => focus ?? (streams.size === 1 ? [...streams.keys()][0] : null);

function add(path) {
	const s = new Stream(path, events, {
		enlarge(e) {
			if (e.ctrlKey || e.metaKey || e.shiftKey) return; // into a tab of its own
			e.preventDefault();
			if (large() !== path) go(path);
		},
		signIn,
		changed: summarize,
		live: () => setTimeout(ask, 500), // it counts this viewer then
	});
	s.overlay.visible = outlines;
	s.tile.video.addEventListener("resize", () => {
		arrange();
		beat();
	});
	streams.set(path, s);
	// In the server's order. Those that are there stay: moving a video stops it.
	const later = known.slice(known.findIndex((info) => info.path === path) + 1);
	const next = later.map((info) => streams.get(info.path)).find(Boolean);
	byId("streams").insertBefore(s.tile.root, next?.tile.root ?? null);
	return s;
}

// update makes the tiles agree with what the server has; back: it was away.
function update(back) {
	for (const info of known) {
		const s = streams.get(info.path) ?? add(info.path);
		if (back || s.missed > 0 || (s.info.missing && !info.missing)) s.link.retryNow();
		s.missed = 0;
		s.describe(info);
	}
	for (const [path, s] of streams) {
		if (known.some((info) => info.path === path)) continue;
		s.missed = (s.missed ?? 0) + 1;
		if (path === focus || s.missed < missedTwice) continue;
		s.remove();
		streams.delete(path);
	}
	arrange();
}

async function ask() {
	clearTimeout(poll);
	// Of streams on other pages it hears in no other way.
	if (document.visibilityState !== "visible" && pages.count < 2) return;
	poll = setTimeout(ask, pollEach);
	try {
		const answer = await fetch(`/api/streams?since=${newest}`, { cache: "no-store" });
		if (answer.status === 401) return signIn();
		if (!answer.ok) throw new Error(answer.statusText);
		known = await answer.json();
		for (const info of known) for (const e of info.events ?? []) newest = Math.max(newest, e.changed);
		const back = !reachable || byId("sign-in").open;
		reachable = true;
		byId("sign-in").close();
		update(back);
	} catch {
		reachable = false;
		summarize();
	}
}

// go enlarges a stream, or shows all (null).
function go(path, remember = true) {
	const from = focus;
	focus = path;
	if (path === null && from !== null && remember) pages.show(known.findIndex((info) => info.path === from));
	if (remember) history.pushState(null, "", path === null ? pages.address : `/${encodeURIComponent(path)}`);
	if (path !== null && !streams.has(path)) add(path);
	if (path === null) update(false);
	arrange();
	(streams.get(path ?? from)?.tile.link ?? document.querySelector(".brand")).focus({ preventScroll: true });
	if (path !== null) scrollTo(0, 0);
}

// arrange lays the tiles out.
function arrange() {
	const one = large();
	const grid = byId("streams");
	document.body.classList.toggle("one", one !== null);
	document.querySelector(".back").hidden = focus === null;
	const r = ratio((one === null ? [...streams.values()] : [streams.get(one)]).map((s) => s?.picture ?? [0, 0]));
	const below = parseFloat(getComputedStyle(grid).getPropertyValue("--below")) || 96;
	// Those that the server has no more stay on the page until they are gone.
	const all = [...new Set([...known.map((info) => info.path).filter((path) => streams.has(path)), ...streams.keys()])];
	const onPage = pages.of(all, grid.clientWidth, innerHeight - grid.offsetTop - 16, r, below);
	gridSeen ||= one === null && known.length > 0;
	for (const [path, s] of streams) {
		if (s.large && path !== one) s.leave();
		s.large = path === one;
		s.tile.root.hidden = one === null ? !onPage.includes(path) : path !== one;
		if (path === one || (gridSeen && onPage.includes(path))) s.link.start();
		else s.link.stop();
		s.tile.root.classList.toggle("large", s.large);
	}
	grid.style.setProperty("--ratio", r);
	grid.style.setProperty("--columns", one === null ? columns(onPage.length, grid.clientWidth, innerHeight - grid.offsetTop - 16, r, below) : 1);
	events.only(one);
	summarize();
}

function summarize() {
	const all = [...streams.values()];
	const irregular = all.filter((s) => s.log.open).length;
	const live = all.filter((s) => s.playing).length;
	let text = all.length > 1 && focus === null ? plural(all.length, "stream") : "";
	if (text && live < all.length) text += `, ${live} live`;
	if (irregular && text) text += `, ${irregular} irregular`;
	pages.summarize(
		large() === null,
		known.map((info) => Boolean(streams.get(info.path)?.log.open)),
	);
	if (!reachable) text = "Server not reachable";
	setText(byId("summary"), text);
	const empty = byId("empty");
	empty.hidden = all.length > 0;
	setText(empty, reachable ? "No stream yet. It will show here as soon as it starts." : "The server cannot be reached. Trying again.");
	const title = (streams.get(large())?.info.title ?? "avid") + (large() ? " – avid" : "");
	document.title = (irregular ? "● " : "") + title;
}

function signIn() {
	const dialog = byId("sign-in");
	if (dialog.open) return;
	dialog.querySelector("form").action = location.pathname;
	dialog.showModal();
}

function setOutlines(on) {
	outlines = on;
	byId("outlines").setAttribute("aria-pressed", String(on));
	for (const s of streams.values()) s.overlay.visible = on;
}

// setNumbers shows scores as numbers too, or in words alone, also next time.
function setNumbers(on) {
	document.body.classList.toggle("numbers", on);
	byId("numbers").setAttribute("aria-pressed", String(on));
	store("numbers", on);
}

const minutes = () => Number(document.querySelector("#range input:checked").value);
function nextRange() {
	const all = [...document.querySelectorAll("#range input")];
	all[(all.findIndex((i) => i.checked) + 1) % all.length].checked = true;
	beat();
}

function beat() {
	for (const s of streams.values()) s.tick(minutes());
}

// awake starts or stops what only a visible page needs.
function awake() {
	clearInterval(tick);
	if (document.visibilityState !== "visible") return;
	tick = setInterval(beat, tickEach);
	for (const s of streams.values()) {
		s.wake();
		s.link.retryNow();
	}
	ask();
}

const toggleOutlines = () => setOutlines(!outlines);
const toggleNumbers = () => setNumbers(!document.body.classList.contains("numbers"));
const current = () => [...streams.values()].find((s) => s.tile.root.contains(document.activeElement)) ?? streams.get(large()) ?? [...streams.values()][0];
const help = () => byId("help").showModal();

// turn enlarges the stream by places further on, where one is large.
function turn(by) {
	if (focus === null || known.length < 2) return;
	const i = known.findIndex((info) => info.path === focus);
	go(known[(i + by + known.length) % known.length].path);
}

// turnPage shows the page that was chosen.
function turnPage() {
	history.pushState(null, "", pages.address);
	arrange();
	scrollTo(0, 0);
}

listen(
	{
		o: toggleOutlines,
		n: toggleNumbers,
		r: nextRange,
		"?": help,
		f: () => current()?.tile.fullscreen(),
		Escape: () => focus !== null && go(null),
		PageUp: () => focus === null && pages.turn(-1),
		PageDown: () => focus === null && pages.turn(1),
		ArrowLeft: () => turn(-1),
		ArrowRight: () => turn(1),
	},
	() => [...streams.values()].filter((s) => !s.tile.root.hidden).map((s) => s.tile.link),
);

byId("outlines").addEventListener("click", toggleOutlines);
byId("numbers").addEventListener("click", toggleNumbers);
byId("help-button").addEventListener("click", help);
byId("range").addEventListener("change", beat);
for (const a of document.querySelectorAll("[data-all]")) {
	a.addEventListener("click", (e) => {
		if (e.ctrlKey || e.metaKey || e.shiftKey) return;
		e.preventDefault();
		if (focus !== null) go(null);
	});
}
addEventListener("popstate", () => {
	pages.read(location);
	go(pathOf(location), false);
});
addEventListener("resize", () => {
	arrange();
	beat();
});
addEventListener("online", awake);
document.addEventListener("visibilitychange", awake);
addEventListener("pagehide", () => {
	for (const s of streams.values()) s.link.stop();
});
addEventListener("pageshow", (e) => {
	if (e.persisted) arrange();
});

// The way to the history, where something is recorded.
fetch("/api/me", { cache: "no-store" })
	.then((answer) => (answer.ok ? answer.json() : {}))
	.then((me) => (byId("to-history").hidden = !me.history))
	.catch(() => {}); // the server is away, which is told anyway

setNumbers(stored("numbers") === true);
if (focus !== null) add(focus);
awake();
arrange();
