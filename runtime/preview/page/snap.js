// Takes pictures from the video, each of a certain frame once it is shown.

import { paint } from "./ink.js";
import { after } from "./overlay.js";

const width = 640; // px at most
const quality = 0.8; // of the JPEG; about 40 kB
const late = 1500; // ms after which what is there has to do, as when no frame is shown

export class Snaps {
	#video;
	#meta;
	#waiting = new Set();

	// meta() gives what is said of the frame on screen.
	constructor(video, meta) {
		this.#video = video;
		this.#meta = meta;
	}

	// take calls done(blob) with the picture of the frame of an RTP timestamp,
	// or of one soon after; not at all when there is no picture.
	take(rtp, done) {
		const want = { rtp, done };
		want.timer = setTimeout(() => this.#fill(want), late);
		this.#waiting.add(want);
	}

	// shown tells which frame is on screen.
	shown(rtp) {
		for (const want of this.#waiting) {
			if (after(rtp, want.rtp) >= 0) this.#fill(want);
		}
	}

	#fill(want) {
		clearTimeout(want.timer);
		this.#waiting.delete(want);
		const { videoWidth: vw, videoHeight: vh } = this.#video;
		if (!vw || this.#video.readyState < 2) return;
		const scale = Math.min(1, width / vw);
		const canvas = document.createElement("canvas");
		canvas.width = Math.round(vw * scale);
		canvas.height = Math.round(vh * scale);
		const c = canvas.getContext("2d");
		c.drawImage(this.#video, 0, 0, canvas.width, canvas.height);
		paint(c, this.#meta(), 0, 0, canvas.width, canvas.height, 2);
		canvas.toBlob((blob) => blob && want.done(blob), "image/jpeg", quality);
	}
}
