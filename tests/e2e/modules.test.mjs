// The page's own modules, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { durationOf, repetitionAt } from "../../skill/page/clock.js";
import { isEcho } from "../../skill/page/listen.js";
import { Player } from "../../skill/page/player.js";

function clockOf(...cues) {
  let start_ms = 0;
  return cues.map(([kind, text, length_ms = 20]) => {
    const cue = { start_ms, length_ms, kind, text };
    start_ms += length_ms;
    return cue;
  });
}

const ROCKING = clockOf(
  ["move", "Hold behind your thighs."],
  ["say", "Small and lazy."],
  ["count", "Toward you, two, three."],
  ["count", "And away, two, three."],
  ["count", "Toward you."],
  ["count", "And away."],
  ["say", "Last one."],
  ["count", "Toward you."],
  ["count", "And away."],
  ["move", "Lower your right foot."],
  ["count", "Toward you."],
  ["ask", "Better, the same, or worse?"],
);

test("the last cue's end is the clock's", () => {
  assert.equal(durationOf(ROCKING), 240);
  assert.equal(durationOf([]), 0);
});

test("repetitions are counted within their set", () => {
  const counted = ROCKING.map((_, at) => repetitionAt(ROCKING, at));
  const told = (number) => ({ number, of: 3 });
  assert.deepEqual(counted, [
    null, null, told(1), told(1), told(2), told(2), null, told(3), told(3), null, null, null,
  ]);
});

for (const [heard, said, is] of [
  ["toward you", "Toward you. And away.", true],
  ["And away", "Toward you. And away.", true],
  ["stop", "Toward you. And away.", false],
  ["it hurts", "To interrupt, say, it hurts.", true],
  ["away you", "Toward you. And away.", false],
  ["hurt", "it hurts", false],
  ["", "Toward you.", false],
]) {
  test(`"${heard}" is ${is ? "" : "not "}our own voice after "${said}"`, () => assert.equal(isEcho(heard, said), is));
}

test("a player keeps every cue's time, and waits for a voice that needs longer", async () => {
  const begun = [];
  const start = performance.now();
  const slow = new Set(["b"]);
  await new Promise((resolve) => {
    const player = new Player({
      say: ({ text }) => new Promise((done) => setTimeout(done, slow.has(text) ? 120 : 0)),
      onCue: (clock, at) => begun.push([clock[at].text, performance.now() - start]),
      onEnd: resolve,
    });
    player.play(clockOf(["say", "a", 60], ["hold", "b", 60], ["hold", "c", 60]));
  });
  const [a, b, c] = begun.map(([, at]) => at);
  assert.ok(a < 30);
  assert.ok(b >= 59, `b began at ${b}`);
  assert.ok(c - b >= 119, `c began ${c - b} after b`);
});

test("a player that is stopped says no more, and does not end", async () => {
  const begun = [];
  const player = new Player({
    say: async () => {},
    onCue: (clock, at) => begun.push(clock[at].text),
    onEnd: () => begun.push("end"),
  });
  const played = player.play(clockOf(["say", "a", 30], ["say", "b", 30]));
  player.stop();
  await played;
  assert.deepEqual(begun, ["a"]);
  assert.equal(player.isPlaying, false);
});

// A file that plays at real speed, from a place on; `breaksAtMs`: it breaks off there.
function fileOf(lengthMs, breaksAtMs = Infinity) {
  const begunAt = performance.now();
  return {
    get positionMs() { return Math.min(performance.now() - begunAt, lengthMs, breaksAtMs); },
    get isOver() { return this.positionMs >= lengthMs; },
    get isBroken() { return this.positionMs >= breaksAtMs; },
  };
}

test("a file speaks for itself, and its own time counts", async () => {
  const said = [];
  const begun = [];
  const clock = clockOf(["say", "One."], ["hold", "Two."], ["ask", "Three?"]);
  await new Promise((onEnd) => {
    new Player({
      say: (cue) => said.push(cue.text),
      open: async () => fileOf(60),
      onCue: (_, at) => begun.push(at),
      onEnd,
    }).play(clock, "/audio/pages/x.mp3");
  });
  assert.deepEqual(begun, [0, 1, 2]);
  assert.deepEqual(said, []);
});

test("what a file that breaks off has not said is said by the voice", async () => {
  const said = [];
  const clock = clockOf(["say", "One."], ["hold", "Two."], ["ask", "Three?"]);
  await new Promise((onEnd) => {
    const player = new Player({
      say: (cue) => said.push(cue.text),
      open: async () => fileOf(60, 30),
      onCue: () => {},
      onEnd,
    });
    player.play(clock, "/audio/pages/x.mp3");
  });
  assert.deepEqual(said, ["Two.", "Three?"]);
});

test("a file that cannot be played leaves everything to the voice", async () => {
  const said = [];
  await new Promise((onEnd) => {
    const player = new Player({ say: (cue) => said.push(cue.text), open: async () => null, onCue: () => {}, onEnd });
    player.play(clockOf(["say", "One."]), "/audio/pages/x.mp3");
  });
  assert.deepEqual(said, ["One."]);
});
