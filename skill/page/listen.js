// Hears with the browser's speech recognition, for as long as Talk is on.

export const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

// Whether what was heard is our own voice: nothing but words that have just been said, in their order.
export function isEcho(heard, said) {
  const words = wordsOf(heard);
  const ours = ` ${wordsOf(said).join(" ")} `;
  return words.length > 0 && ours.includes(` ${words.join(" ")} `);
}

export class Listener {
  #recognition = null;

  // onHeard(text): somebody said something. onLost(): the browser does not let us listen.
  constructor({ onHeard, onLost }) {
    this.onHeard = onHeard;
    this.onLost = onLost;
    this.isOn = false;
  }

  start(language) {
    this.isOn = true;
    const recognition = new Recognition();
    recognition.lang = language;
    recognition.continuous = true;
    recognition.addEventListener("result", (event) => {
      for (const result of [...event.results].slice(event.resultIndex)) {
        const text = result[0].transcript.trim();
        if (result.isFinal && text) this.onHeard(text);
      }
    });
    recognition.addEventListener("error", (event) => {
      if (["not-allowed", "service-not-allowed", "audio-capture", "network"].includes(event.error)) {
        this.stop();
        this.onLost();
      }
    });
    // It ends by itself after a silence; Talk stays on.
    recognition.addEventListener("end", () => {
      if (this.isOn && this.#recognition === recognition) setTimeout(() => this.#again(recognition), 300);
    });
    this.#recognition = recognition;
    recognition.start();
  }

  stop() {
    this.isOn = false;
    this.#recognition?.abort();
    this.#recognition = null;
  }

  #again(recognition) {
    if (this.isOn && this.#recognition === recognition) recognition.start();
  }
}
