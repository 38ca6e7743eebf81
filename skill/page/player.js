// Plays a clock: every cue begins in its own time, and the silence after the words is kept.

import { durationOf } from "./clock.js";

export class Player {
  #run = 0;
  #timers = new Map();

  // say(cue): speaks it, and resolves when it has been said. onCue(clock, at): a cue begins. onEnd(): all was heard.
  constructor({ say, onCue, onEnd }) {
    this.say = say;
    this.onCue = onCue;
    this.onEnd = onEnd;
    this.endsAt = 0;
    this.isPlaying = false;
  }

  stop() {
    this.#run += 1;
    this.isPlaying = false;
    for (const [timer, done] of this.#timers) {
      clearTimeout(timer);
      done();
    }
    this.#timers.clear();
  }

  async play(clock) {
    this.stop();
    const run = this.#run;
    this.isPlaying = true;
    let begunAt = performance.now();
    this.endsAt = Date.now() + durationOf(clock);
    for (const [at, cue] of clock.entries()) {
      this.onCue(clock, at);
      const endsAt = begunAt + cue.start_ms + cue.length_ms;
      await Promise.all([this.say(cue), this.#until(endsAt)]);
      if (run !== this.#run) return;
      // A voice that needed longer moves everything after it; no pause is cut short for it.
      begunAt += Math.max(0, performance.now() - endsAt);
    }
    this.isPlaying = false;
    this.onEnd();
  }

  #until(time) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, Math.max(0, time - performance.now()));
      this.#timers.set(timer, resolve);
    });
  }
}
