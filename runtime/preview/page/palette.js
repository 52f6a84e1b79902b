// The colours of the style sheet, for what is drawn on a canvas.

const names = ["line", "alert", "quiet", "rule", "gap", "good", "warn", "text"];

// palette reads them; again when the scheme changes.
let colors = null;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (colors = null));
export function palette() {
	if (colors) return colors;
	const style = getComputedStyle(document.documentElement);
	colors = {};
	for (const name of names) colors[name] = style.getPropertyValue(`--${name}`).trim();
	return colors;
}
