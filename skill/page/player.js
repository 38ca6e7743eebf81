// Plays a clock: every cue begins in its own time, and the silence after the words is kept.

import { durationOf } from "./clock.js";

// How often a file that plays is looked at: it may break off.
const LOOK_MS = 250;
// So long the network may keep us waiting in the middle of a file.
const STUCK_MS = 4_000;

export class Player {
  #run = 0;
  #timers = new Map();

  // say(cue): speaks it, and resolves when it has been said. open(url): begins to play a file that holds the whole
  // clock, and resolves to its Sound, or to null if it cannot. onCue(clock, at): a cue begins. onEnd(): all was heard.
  constructor({ say, open = () => null, onCue, onEnd }) {
    this.say = say;
    this.open = open;
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

  async play(clock, url) {
    this.stop();
    const run = this.#run;
    this.isPlaying = true;
    this.endsAt = Date.now() + durationOf(clock);
    const sound = url ? await this.open(url) : null;
    if (run !== this.#run) return;
    let begunAt = performance.now();
    for (const [at, cue] of clock.entries()) {
      this.onCue(clock, at);
      const isHeard = sound !== null && (await this.#hears(sound, cue));
      if (run !== this.#run) return;
      if (isHeard) {
        begunAt = performance.now() - cue.start_ms - cue.length_ms;
        continue;
      }
      // No file, or one that broke off: the voice says what is left, each cue in its time.
      const endsAt = begunAt + cue.start_ms + cue.length_ms;
      await Promise.all([this.say(cue), this.#until(endsAt)]);
      if (run !== this.#run) return;
      // A voice that needed longer moves everything after it; no pause is cut short for it.
      begunAt += Math.max(0, performance.now() - endsAt);
    }
    this.isPlaying = false;
    this.onEnd();
  }

  // Whether a file was heard to the end of a cue. Its own time counts: it may wait for the network.
  async #hears(sound, cue) {
    const run = this.#run;
    let reachedMs = -1;
    let movedAt = 0;
    for (;;) {
      const nowMs = sound.positionMs;
      const leftMs = cue.start_ms + cue.length_ms - nowMs;
      if (leftMs <= 0 || sound.isOver) return true;
      if (nowMs > reachedMs) [reachedMs, movedAt] = [nowMs, performance.now()];
      const isStuck = performance.now() - movedAt > STUCK_MS;
      if (isStuck || sound.isBroken || run !== this.#run) return false;
      await this.#until(performance.now() + Math.min(leftMs, LOOK_MS));
    }
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
