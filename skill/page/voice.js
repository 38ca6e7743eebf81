// Speaks aloud: a whole answer from its file, where there is one, and else in the browser's voice.

const START_WITHIN_MS = 2000;
const FASTEST = 1.3;

// A file while it plays.
class Sound {
  #audio;

  constructor(audio) {
    this.#audio = audio;
    this.isBroken = false;
  }

  get positionMs() {
    return this.#audio.currentTime * 1000;
  }

  get isOver() {
    return !this.isBroken && this.#audio.ended;
  }
}

export class Voice {
  #done = null;
  #audio = globalThis.Audio ? new Audio() : null;
  #sound = null;

  // onMissing(): the browser has no voice; called once.
  constructor(onMissing, synthesis = window.speechSynthesis) {
    this.synthesis = synthesis;
    this.isOn = true;
    this.isMissing = !synthesis;
    this.onMissing = onMissing;
    this.rate = 1;
    synthesis?.getVoices(); // begins to load them in some browsers
  }

  // Resolves when the words have been said, or at once where there is no voice.
  async say(text, language, lengthMs) {
    const begunAt = performance.now();
    this.#done?.();
    const turn = {};
    this.turn = turn;
    // Sentence by sentence: some browsers stop in the middle of a long text.
    for (const sentence of text.split(/(?<=[.?!])\s+/).filter(Boolean)) {
      if (!this.isOn || this.isMissing || this.turn !== turn) return;
      await this.#utter(sentence, language);
    }
    // A voice that cannot keep the cadence speaks a little faster from now on.
    const isLate = this.turn === turn && performance.now() - begunAt > lengthMs;
    if (isLate) this.rate = Math.min(FASTEST, this.rate * 1.1);
  }

  // Begins to play a file; null if it is not to be heard, or cannot be.
  async open(url) {
    this.#silence();
    if (!this.isOn || !this.#audio) return null;
    const sound = new Sound(this.#audio);
    this.#sound = sound;
    this.#audio.onerror = () => { sound.isBroken = true; };
    // From where the page comes, whatever the world calls the service.
    this.#audio.src = new URL(url).pathname;
    let timer = 0;
    const late = new Promise((_, refuse) => { timer = setTimeout(refuse, START_WITHIN_MS); });
    try {
      await Promise.race([this.#audio.play(), late]);
      return this.#sound === sound ? sound : null;
    } catch {
      if (this.#sound === sound) this.#silence();
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  #silence() {
    if (this.#sound) this.#sound.isBroken = true;
    this.#sound = null;
    this.#audio?.pause();
  }

  stop() {
    this.turn = null;
    this.#silence();
    this.#done?.();
    this.synthesis?.cancel();
  }

  #utter(text, language) {
    return new Promise((resolve) => {
      const utterance = new SpeechSynthesisUtterance(text);
      utterance.lang = language;
      utterance.voice = this.#voiceFor(language);
      utterance.rate = this.rate;
      let watch = 0;
      const done = () => {
        clearTimeout(watch);
        if (this.#done === done) this.#done = null;
        resolve();
      };
      const isDumb = () => {
        this.isMissing = true;
        this.synthesis.cancel();
        this.onMissing();
        done();
      };
      // Some browsers never say that they have ended.
      const longest = () => 2000 + text.length * 150;
      utterance.addEventListener("start", () => {
        clearTimeout(watch);
        watch = setTimeout(done, longest());
      });
      utterance.addEventListener("end", done);
      utterance.addEventListener("error", (event) => {
        if (["interrupted", "canceled"].includes(event.error)) done();
        else isDumb();
      });
      watch = setTimeout(isDumb, START_WITHIN_MS);
      this.#done = done;
      this.synthesis.speak(utterance);
    });
  }

  // One that speaks on this machine, if there is one: it begins at once, and sends our words nowhere.
  #voiceFor(language) {
    const short = language.split("-")[0];
    const fits = this.synthesis.getVoices().filter((voice) => voice.lang.replace("_", "-").startsWith(short));
    const score = (voice) => (voice.lang.replace("_", "-") === language) + 2 * voice.localService;
    return fits.sort((one, other) => score(other) - score(one))[0] ?? null;
  }
}
