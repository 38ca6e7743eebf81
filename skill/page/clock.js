// What a clock tells: [{start_ms, length_ms, kind, text}], each cue beginning where the one before ends.

export function durationOf(clock) {
  const last = clock.at(-1);
  return last ? last.start_ms + last.length_ms : 0;
}

const firstWord = (cue) => cue.text.toLowerCase().match(/\p{L}+/u)?.[0];

// Which repetition a counted cue belongs to, and of how many; null where nothing is repeated. A repetition
// begins with the word with which the first one began; positions, rests and questions part one set from the next.
export function repetitionAt(clock, at) {
  if (clock[at].kind !== "count") return null;
  const parts = (cue) => ["move", "rest", "ask"].includes(cue.kind);
  let first = at;
  let end = at;
  while (first > 0 && !parts(clock[first - 1])) first -= 1;
  while (end < clock.length && !parts(clock[end])) end += 1;
  const counted = (from, to) => clock.slice(from, to).filter((cue) => cue.kind === "count");
  const word = firstWord(counted(first, end)[0]);
  const begun = (from, to) => counted(from, to).filter((cue) => firstWord(cue) === word).length;
  const of = begun(first, end);
  return of > 1 ? { number: begun(first, at + 1), of } : null;
}
