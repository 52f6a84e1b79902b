// Asks the server. Who is not signed in any more gets its form.

// ask gives what an address answers, as JSON; null where the answer has no body. The error
// says in words what went wrong, and has the status.
export async function ask(address, method = "GET", body = undefined) {
	const answer = await fetch(address, { method, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
	if (answer.status === 401) {
		location.reload();
		return new Promise(() => {}); // the page goes away
	}
	const text = await answer.text();
	if (!answer.ok) throw Object.assign(new Error(words(text) || answer.statusText), { status: answer.status });
	return text ? JSON.parse(text) : null;
}

// words is the sentence of an error's answer.
function words(text) {
	try {
		return JSON.parse(text).error ?? "";
	} catch {
		return text.trim();
	}
}

// eventAddress is where an event is, by its camera and id.
export const eventAddress = (e) => `/api/events/${encodeURIComponent(e.camera)}/${encodeURIComponent(e.id)}`;
