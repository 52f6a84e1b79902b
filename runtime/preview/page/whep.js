// A WHEP client (draft-ietf-wish-whep): one attempt at one stream.

const gather = 150; // ms to wait for candidates before the offer goes; the rest trickles

// The ICE servers that the server named, for the next attempts.
let iceServers = [];

// WHEPError is an answer that is no session.
export class WHEPError extends Error {
	constructor(status, retryAfter, text) {
		super(`WHEP: status ${status}`);
		this.status = status;
		this.text = text.trim().slice(0, 200);
		this.retryAfter = Number(retryAfter) || 0;
	}
}

// readLinks finds ICE servers in a Link header (draft §4.4).
export function readLinks(header) {
	const servers = [];
	for (const [, url, rest] of (header ?? "").matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^",;\s]+))*)/g)) {
		const p = {};
		for (const [, name, quoted, bare] of rest.matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]+))/g)) {
			p[name.toLowerCase()] = bare ?? quoted.replace(/\\(.)/g, "$1");
		}
		if (p.rel !== "ice-server" || !/^(stun|turn)s?:/.test(url)) continue;
		servers.push(p.username ? { urls: url, username: p.username, credential: p.credential } : { urls: url });
	}
	return servers;
}

// Session is a peer connection and its resource on the server. The events are
// those of pc and channel.
export class Session {
	#url;
	#resource = null;
	#tag = null;
	#late = []; // candidates found after the offer went
	#closed = false;

	constructor(url) {
		this.#url = url;
		this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
		this.receiver = this.pc.addTransceiver("video", { direction: "recvonly" }).receiver;
		if ("jitterBufferTarget" in this.receiver) this.receiver.jitterBufferTarget = 0; // as live as can be
		this.channel = this.pc.createDataChannel("avid", { ordered: true, maxRetransmits: 0 });
	}

	// open offers and takes the answer. Errors: WHEPError, TypeError (network),
	// DOMException (signal, or an answer that does not fit).
	async open(signal) {
		await this.pc.setLocalDescription();
		await this.#gathered();
		const sent = this.pc.localDescription.sdp;
		this.pc.onicecandidate = ({ candidate }) => this.#trickle(candidate);
		const answer = await fetch(this.#url, {
			method: "POST",
			headers: { "Content-Type": "application/sdp" },
			body: sent,
			signal,
			cache: "no-store",
		});
		if (answer.status !== 201) throw new WHEPError(answer.status, answer.headers.get("Retry-After"), await answer.text());
		this.#tag = answer.headers.get("ETag");
		const place = answer.headers.get("Location");
		if (place) this.#resource = new URL(place, new URL(this.#url, location.href)).href;
		if (this.#closed) return this.#leave(); // closed while it was asked
		iceServers = readLinks(answer.headers.get("Link"));
		await this.pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
		for (const c of this.#late.splice(0)) this.#trickle(c);
	}

	#gathered() {
		if (this.pc.iceGatheringState === "complete") return null;
		return new Promise((done) => {
			const timer = setTimeout(done, gather);
			this.pc.onicegatheringstatechange = () => {
				if (this.pc.iceGatheringState !== "complete") return;
				clearTimeout(timer);
				done();
			};
		});
	}

	// #trickle sends a candidate in the form of RFC 8840 §9.
	#trickle(candidate) {
		if (this.#closed || !candidate?.candidate) return;
		if (!this.#resource) {
			this.#late.push(candidate);
			return;
		}
		const of = (name) => this.pc.localDescription.sdp.match(new RegExp(`^a=${name}:(.*)$`, "m"))?.[1].trim() ?? "";
		const body = [
			`a=ice-ufrag:${of("ice-ufrag")}`,
			`a=ice-pwd:${of("ice-pwd")}`,
			"m=video 9 UDP/TLS/RTP/SAVPF 0",
			`a=mid:${candidate.sdpMid}`,
			`a=${candidate.candidate}`,
			"",
		].join("\r\n");
		const headers = { "Content-Type": "application/trickle-ice-sdpfrag" };
		if (this.#tag) headers["If-Match"] = this.#tag;
		fetch(this.#resource, { method: "PATCH", headers, body }).catch(() => {}); // the others may do
	}

	// close ends the connection and frees the viewer's place.
	close() {
		if (this.#closed) return;
		this.#closed = true;
		this.channel.close();
		this.pc.close();
		this.#leave();
	}

	#leave() {
		if (this.#resource) fetch(this.#resource, { method: "DELETE", keepalive: true }).catch(() => {});
		this.#resource = null;
	}
}
