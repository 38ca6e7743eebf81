// The conversation with the service, and what the browser keeps of it: an id of the person and of the open
// conversation, and our own last question. Never an answer of theirs.

const PROCESS = "/api/conversation/process";
const TAG = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Private windows may forbid storage; then nothing outlasts the page.
function keep(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // as above
  }
}

function kept(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

export class Talk {
  constructor() {
    this.conversationId = null;
    this.userId = kept(localStorage, "user_id") ?? newId();
    keep(localStorage, "user_id", this.userId);
    this.token = kept(localStorage, "token");
    this.language = TAG.test(navigator.language) ? navigator.language : undefined;
    this.onExchange = () => {};
  }

  setToken(token) {
    this.token = token;
    keep(localStorage, "token", token);
  }

  // One turn; null opens. Returns the answer, or throws Refused, or TypeError where there is no network.
  async send(text) {
    const message = { text, conversation_id: this.conversationId, language: this.language, user_id: this.userId };
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const response = await fetch(PROCESS, { method: "POST", headers, body: JSON.stringify(message) });
    const body = await response.json().catch(() => ({ message: response.statusText }));
    this.onExchange(message, body);
    if (!response.ok) throw new Refused(response.status, String(body.message));
    this.conversationId = body.continue_conversation ? body.conversation_id : null;
    return body;
  }

  // What a reload needs to go on.
  remember(answer, endsAt) {
    const { question, guiding, clock } = answer.gentle_back;
    const place = { id: answer.conversation_id, question, guiding, endsAt, ask: clock.at(-1)?.text ?? "" };
    keep(sessionStorage, "place", answer.continue_conversation ? JSON.stringify(place) : null);
  }

  forget() {
    this.conversationId = null;
    keep(sessionStorage, "place", null);
  }

  recall() {
    try {
      const place = JSON.parse(kept(sessionStorage, "place"));
      this.conversationId = place?.id ?? null;
      return place;
    } catch {
      return null;
    }
  }
}

export const setting = (name, value) =>
  value === undefined ? kept(localStorage, name) : keep(localStorage, name, value);

// Over plain HTTP from another machine there is no crypto.randomUUID.
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
