// How many columns the grid has: the largest tiles that all fit the window, or
// else rows to scroll through.

const gap = 12; // px, as in style.css
const least = 280; // px of a tile's width

// columns for n tiles in w × h px, each with a picture of the given ratio and
// extra px below it.
export function columns(n, w, h, ratio, extra) {
	const most = Math.max(1, Math.floor((w + gap) / (least + gap)));
	for (let c = 1; c <= Math.min(n, most); c++) {
		const tile = (w - gap * (c - 1)) / c;
		const rows = Math.ceil(n / c);
		if (rows * (tile / ratio + extra) + gap * (rows - 1) <= h) return c;
	}
	return Math.max(1, Math.min(n, most));
}

// A page has as many tiles as fit the window at a readable size: at least so many, which
// are scrolled through where they do not, and at most so many videos at once, which
// browsers and graphics cards still decode.
const fewest = 6;
const most = 36;

// fits is how many tiles a page of w × h px has.
export function fits(w, h, ratio, extra) {
	const across = Math.max(1, Math.floor((w + gap) / (least + gap)));
	const tile = (w - gap * (across - 1)) / across;
	const down = Math.floor((h + gap) / (tile / ratio + extra + gap));
	return Math.min(most, Math.max(fewest, across * down));
}

// ratio is that of all pictures where they agree, 16:9 otherwise.
export function ratio(pictures) {
	const known = pictures.filter(([w, h]) => w > 0 && h > 0).map(([w, h]) => w / h);
	const first = known[0] ?? 16 / 9;
	return known.every((r) => Math.abs(r - first) < 0.02) ? first : 16 / 9;
}
