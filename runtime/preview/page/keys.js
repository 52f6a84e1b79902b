// The keyboard: one letter a command, arrows between streams.

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// next is the element nearest to from in a direction, of links in a grid.
function next(links, from, [dx, dy]) {
	const center = (e) => {
		const r = e.closest(".tile").getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	};
	const [x, y] = center(from);
	let [best, least] = [null, Infinity];
	for (const link of links) {
		const [a, b] = center(link);
		const along = (a - x) * dx + (b - y) * dy;
		const aside = Math.abs((a - x) * dy + (b - y) * dx);
		if (along > 1 && along + 3 * aside < least) [best, least] = [link, along + 3 * aside];
	}
	return best;
}

// listen calls a command by its key, which is the browser's where that gives false; where several links() are shown, arrows
// move between them instead.
export function listen(commands, links) {
	document.addEventListener("keydown", (e) => {
		if (e.ctrlKey || e.altKey || e.metaKey || e.defaultPrevented || document.querySelector("dialog[open]")) return;
		if (e.target.matches?.('input:not([type="radio"]), select, textarea')) return; // text is written there
		if (arrows[e.key]) {
			if (e.target.matches?.("input")) return; // arrows choose there
			const all = links();
			if (all.length > 1) {
				const to = all.includes(document.activeElement) ? next(all, document.activeElement, arrows[e.key]) : all[0];
				e.preventDefault();
				to?.focus();
				return;
			}
		}
		const command = commands[e.key.length === 1 ? e.key.toLowerCase() : e.key];
		if (command && command() !== false) e.preventDefault();
	});
}
