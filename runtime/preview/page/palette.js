// The colours of the style sheet, for what is drawn on a canvas.

const names = ["line", "alert", "quiet", "rule", "gap", "good", "warn", "text"];

const dark = matchMedia("(prefers-color-scheme: dark)");

// palette reads them; again when the scheme changes.
let colors = null;
dark.addEventListener("change", () => (colors = null));

// onScheme calls draw when the scheme has changed: a canvas keeps the colours that it has.
export const onScheme = (draw) => dark.addEventListener("change", draw);

export function palette() {
	if (colors) return colors;
	const style = getComputedStyle(document.documentElement);
	colors = {};
	for (const name of names) colors[name] = style.getPropertyValue(`--${name}`).trim();
	return colors;
}
