// What getStats says of the video, as numbers of the last second or so.

export class Meter {
	#pc = null;
	#last = null;

	// read gives bitrate (bits/s), width, height, frames decoded, buffer (ms a frame
	// waits in the jitter buffer); null without a connection, or before its first
	// packet. Rates are NaN the first time.
	async read(pc, receiver) {
		if (!pc || !receiver) return null;
		if (pc !== this.#pc) this.#last = null;
		this.#pc = pc;
		let video = null;
		for (const s of (await receiver.getStats()).values()) {
			if (s.type === "inbound-rtp" && s.kind === "video") video = s;
		}
		if (!video) return null;
		const before = this.#last ?? {};
		this.#last = video;
		const seconds = (video.timestamp - before.timestamp) / 1000;
		const emitted = video.jitterBufferEmittedCount - before.jitterBufferEmittedCount;
		return {
			bitrate: (8 * (video.bytesReceived - before.bytesReceived)) / seconds,
			width: video.frameWidth,
			height: video.frameHeight,
			frames: video.framesDecoded ?? 0,
			buffer: emitted > 0 ? (1000 * (video.jitterBufferDelay - before.jitterBufferDelay)) / emitted : NaN,
		};
	}
}
