// Draws what a frame's message marks: outlines and boxes.

const color = "#ff3b1f"; // on video, the same in light and dark
const halo = "rgba(0, 0, 0, 0.7)"; // so that it shows on red and on white

// marks says whether there is anything to draw.
export const marks = (meta) => Boolean(meta && (meta.outlines?.length || meta.boxes?.length));

// paint draws the marks of a picture of meta.width × meta.height into the
// rectangle x, y, w, h of a canvas; lines are width px.
export function paint(c, meta, x, y, w, h, width) {
	if (!marks(meta) || !(meta.width > 0) || !(meta.height > 0)) return;
	const [sx, sy] = [w / meta.width, h / meta.height];
	const lines = new Path2D();
	for (const o of meta.outlines ?? []) {
		if (o.length < 6) continue;
		lines.moveTo(x + o[0] * sx, y + o[1] * sy);
		for (let i = 2; i + 1 < o.length; i += 2) lines.lineTo(x + o[i] * sx, y + o[i + 1] * sy);
		lines.closePath();
	}
	const corners = new Path2D();
	for (const b of meta.boxes ?? []) corner(corners, x + b.x * sx, y + b.y * sy, b.w * sx, b.h * sy);
	c.lineJoin = "round";
	for (const [style, extra] of [[halo, 2], [color, 0]]) {
		c.strokeStyle = style;
		c.lineWidth = width + extra;
		c.stroke(lines);
		c.lineWidth = width / 2 + extra / 2;
		c.stroke(corners);
	}
}

// corner draws a box by its corners: the outline stays the clearer of both.
function corner(p, x, y, w, h) {
	const l = Math.max(4, Math.min(w, h) / 5);
	const [r, b] = [x + w, y + h];
	for (const [cx, cy, dx, dy] of [[x, y, 1, 1], [r, y, -1, 1], [r, b, -1, -1], [x, b, 1, -1]]) {
		p.moveTo(cx + dx * Math.min(l, w / 2), cy);
		p.lineTo(cx, cy);
		p.lineTo(cx, cy + dy * Math.min(l, h / 2));
	}
}
