// Small helpers. Text from outside reaches the page through textContent only.

// el makes an element: props are its attributes, with "text" its text and
// "on" an object of listeners; children are elements.
export function el(tag, props = {}, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(props)) {
		if (name === "text") e.textContent = value;
		else if (name === "on") for (const [type, f] of Object.entries(value)) e.addEventListener(type, f);
		else if (value === true) e.setAttribute(name, "");
		else if (value !== false && value != null) e.setAttribute(name, value);
	}
	e.append(...children);
	return e;
}

export const byId = (id) => document.getElementById(id);

// setText changes only what differs: an unchanged text costs no layout.
export function setText(e, text) {
	if (e.textContent !== text) e.textContent = text;
}

// store keeps a setting in this browser, stored gives it; null where there is none, or
// where the browser keeps nothing.
export function store(name, value) {
	try {
		localStorage.setItem(`avid-${name}`, JSON.stringify(value));
	} catch {} // the setting is for this time alone
}
export function stored(name) {
	try {
		return JSON.parse(localStorage.getItem(`avid-${name}`));
	} catch {
		return null;
	}
}

// now is the wall clock in ms, from the clock that frame callbacks use.
export const now = () => performance.timeOrigin + performance.now();

// say has screen readers speak, once each few seconds at most and without the
// states that have passed already.
const waiting = new Map();
let timer = 0;
export function say(who, what) {
	waiting.delete(who);
	waiting.set(who, what);
	if (timer !== 0) return;
	timer = setTimeout(() => {
		timer = 0;
		byId("said").textContent = [...waiting].map(([a, b]) => `${a}: ${b}`).join(". ");
		waiting.clear();
	}, 1500);
}
