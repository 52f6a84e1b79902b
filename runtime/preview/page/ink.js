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
		const corners = [];
		for (let i = 0; i + 1 < o.length; i += 2) corners.push([x + o[i] * sx, y + o[i + 1] * sy]);
		if (corners.length > 2) ring(lines, corners, Math.max(w, h) / roundness);
	}
	const corners = new Path2D();
	for (const b of meta.boxes ?? []) corner(corners, x + b.x * sx, y + b.y * sy, b.w * sx, b.h * sy);
	c.lineJoin = "round";
	for (const [style, extra] of [
		[halo, 2],
		[color, 0],
	]) {
		c.strokeStyle = style;
		c.lineWidth = width + extra;
		c.stroke(lines);
		c.lineWidth = width / 2 + extra / 2;
		c.stroke(corners);
	}
}

// roundness is the picture's longer side over how far from a corner its rounding
// begins: about two pixels of a mask of the usual size, whose outline has steps of one.
const roundness = 90;

// ring draws a closed line through corners, rounded within reach of each.
function ring(p, corners, reach) {
	// towards is the point of the way from one corner to another where rounding ends.
	const towards = ([ax, ay], [bx, by]) => {
		const part = Math.min(reach / (Math.hypot(bx - ax, by - ay) || 1), 0.5);
		return [ax + (bx - ax) * part, ay + (by - ay) * part];
	};
	corners.forEach((at, i) => {
		const before = corners.at(i - 1);
		const after = corners[(i + 1) % corners.length];
		const from = towards(at, before);
		if (i === 0) p.moveTo(...from);
		else p.lineTo(...from);
		p.quadraticCurveTo(...at, ...towards(at, after));
	});
	p.closePath();
}

// corner draws a box by its corners: the outline stays the clearer of both.
function corner(p, x, y, w, h) {
	const l = Math.max(4, Math.min(w, h) / 5);
	const [r, b] = [x + w, y + h];
	for (const [cx, cy, dx, dy] of [
		[x, y, 1, 1],
		[r, y, -1, 1],
		[r, b, -1, -1],
		[x, b, 1, -1],
	]) {
		p.moveTo(cx + dx * Math.min(l, w / 2), cy);
		p.lineTo(cx, cy);
		p.lineTo(cx, cy + dy * Math.min(l, h / 2));
	}
}
