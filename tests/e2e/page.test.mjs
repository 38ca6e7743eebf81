// People at the page: a real service, Debian's Chromium, and clocks that move together.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { CHROMIUM, Person, ROOT, Service, launchBrowser, renderedClips } from "./harness.mjs";

const skip = CHROMIUM ? false : "no Chromium (on Debian: apt install chromium fonts-dejavu-core)";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SHOTS = `${ROOT}var/screenshots`;
const TOKEN = "a-token-of-some-length";
const WINDOWS = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
  sideways: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 2, hasTouch: true },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  // 1280 × 800 at 200 %, and 320 pixels wide as WCAG 1.4.10 asks.
  zoomed: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  narrow: { viewport: { width: 320, height: 568 } },
};

let service;
let browser;
let rendered;
const clips = () => (rendered ??= renderedClips());

before(async () => {
  if (skip) return;
  mkdirSync(SHOTS, { recursive: true });
  [service, browser] = await Promise.all([Service.start(), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await Service.stopAll();
});

// What axe-core finds, in words.
async function findings(page) {
  await page.evaluate(`(() => { const define = undefined; const module = undefined; ${AXE} })()`);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), AA);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
}

// Whether everything fits in the window's width.
const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// Where a drawing of the pose and the ring stand, once there are drawings.
async function withPose(page, look) {
  await page.evaluate(() => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 400 300");
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", "Lying on the back, one knee held");
    const body = document.createElementNS("http://www.w3.org/2000/svg", "path");
    body.setAttribute("d", "M20 240h190l60-110 70 60v70zM20 200a25 25 0 1 0 50 0 25 25 0 1 0-50 0");
    drawing.append(body);
    document.getElementById("pose").append(drawing);
    document.getElementById("pose").hidden = false;
  });
  await look();
  const places = [await page.locator("#pose").boundingBox(), await page.locator("#ring").boundingBox()];
  await page.evaluate(() => {
    document.getElementById("pose").hidden = true;
    document.getElementById("pose").replaceChildren();
  });
  return places;
}

const now = (person) => person.page.locator("#now").textContent();
const state = (person) => person.page.locator("body").getAttribute("data-state");
const isShown = (person, name) => person.page.getByRole("button", { name, exact: true }).isVisible();

async function isCleared(person, exercise, surface = "Floor") {
  await person.taps("Start");
  await person.listens();
  await person.types(exercise);
  await person.listens();
  for (let answered = 0; answered < 5; answered += 1) {
    await person.taps("No");
    await person.listens();
  }
  await person.taps("3");
  await person.listens();
  for (let answered = 0; answered < 2; answered += 1) {
    await person.taps("No");
    await person.listens();
  }
  return person.taps(surface);
}

async function spokenSince(person, count) {
  return (await person.page.evaluate(() => window.spoken)).slice(count);
}

test("a whole session of rolling, with its questions, its pauses and its way up", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  const before = async () => (await person.page.evaluate(() => window.spoken)).length;
  await isCleared(person, "guide me through rolling");
  assert.equal(person.ours.guiding, true);
  const warmUp = person.ours.clock;
  const from = (await before()) - 1;
  assert.equal(await isShown(person, "Better"), false, "no answer is asked for during the exercise");
  await person.listens();
  assert.equal(await state(person), "asking");
  assert.equal(await isShown(person, "Better"), true);

  // Every sentence was said, in its order, each cue at its own time and none over another.
  const spoken = await spokenSince(person, from);
  assert.equal(spoken.map(({ text }) => text).join(" "), warmUp.map(({ text }) => text).join(" "));
  const begins = new Map(spoken.map(({ text, at }) => [text, at]));
  for (const cue of warmUp) {
    const first = cue.text.split(/(?<=[.?!])\s+/)[0];
    assert.ok(begins.has(first));
  }
  const hold = warmUp.findIndex(({ kind }) => kind === "hold");
  const held = spoken.filter(({ text }) => warmUp.slice(hold, hold + 4).some((cue) => cue.text === text));
  const apart = held[1].at - held[0].at;
  assert.ok(Math.abs(apart - warmUp[hold].length_ms) < 60, `a hold of ${warmUp[hold].length_ms} lasted ${apart}`);
  for (let at = 1; at < spoken.length; at += 1) assert.ok(spoken[at].at >= spoken[at - 1].until);

  await person.taps("The same");
  await person.listens();
  await person.taps("No");
  await person.listens();
  await person.taps("No");
  assert.equal(person.ours.guiding, true);
  const counts = person.ours.clock.filter(({ kind }) => kind === "count");
  await person.waits(counts[2].start_ms + 300);
  assert.equal(await person.page.locator("#number").textContent(), "2");
  assert.equal(await person.page.locator("#unit").textContent(), "of 5");
  assert.equal(await person.page.locator("#next-text").textContent(), counts[3].text);
  await person.service.advance(person.lastsMs - counts[2].start_ms);
  await person.page.clock.runFor(person.lastsMs - counts[2].start_ms + 3_000);
  await person.taps("Better");
  await person.listens();
  await person.taps("Help me up");
  await person.listens();
  await person.taps("More time");
  await person.listens();
  await person.taps("I'm up");
  await person.listens();
  assert.equal(await state(person), "closed");
  assert.equal(await isShown(person, "Start again"), true);
  assert.equal(await isShown(person, "Stop"), false);
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("stop in the middle: silence at once, one closing answer, the way up", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await isCleared(person, "guide me through knee rocking");
  await person.waits(40_000);
  const count = (await person.page.evaluate(() => window.spoken)).length;
  await person.taps("Stop");
  assert.equal(person.answer.continue_conversation, false);
  await person.listens();
  const spoken = await spokenSince(person, count);
  assert.equal(spoken.map(({ text }) => text).join(" "), person.ours.clock.map(({ text }) => text).join(" "));
  assert.match(spoken.map(({ text }) => text).join(" "), /roll onto your side/);
  assert.equal(await state(person), "closed");
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("who pauses is found on the clock, and goes on from there", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await isCleared(person, "guide me through knee rocking");
  const whole = person.lastsMs;
  await person.waits(45_000);
  await person.turn(() => person.page.keyboard.press("Escape"));
  assert.equal(person.ours.question, "paused");
  await person.listens();
  await person.taps("Go on");
  assert.equal(person.ours.guiding, true);
  assert.ok(person.lastsMs < whole - 20_000, `${person.lastsMs} of ${whole} are left`);
  await person.leaves();
});

test("it hurts, easier, repeat and next are answered in the middle of a page", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await isCleared(person, "guide me through knee rocking");
  for (const name of ["Repeat", "Easier", "Next", "It hurts"]) {
    await person.waits(15_000);
    await person.taps(name);
    assert.notEqual(person.ours.intent, "AMAZON.FallbackIntent", name);
    if (!(await isShown(person, name))) break;
  }
  assert.equal(person.ours.intent, "ReportPainIntent");
  assert.equal(person.ours.guiding, false);
  await person.leaves();
});

test("an emergency is answered at once, large, with a number to call", { skip }, async () => {
  const person = await Person.arrives(browser, service, { context: WINDOWS.phone });
  await isCleared(person, "guide me through knee rocking");
  await person.waits(30_000);
  await person.types("i can't feel between my legs");
  assert.equal(person.ours.triage, "emergency");
  assert.equal(await person.page.locator("#alarm-title").textContent(), "Call 911 now");
  assert.equal(await person.page.getByRole("link", { name: "Call 911" }).getAttribute("href"), "tel:911");
  const box = await person.page.locator("#alarm-title").boundingBox();
  assert.ok(box.y >= 0 && box.y + box.height < 844, "the number is seen without scrolling");
  await person.listens();
  assert.equal(await person.page.locator("#alarm").isVisible(), true);
  assert.equal(await state(person), "closed");
  await person.taps("Start again");
  assert.equal(await person.page.locator("#alarm").isVisible(), false);
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("after a reload it goes on where it was", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await isCleared(person, "guide me through knee rocking");
  const id = person.answer.conversation_id;
  await person.waits(45_000);
  await person.page.reload();
  assert.equal(await person.page.locator("#hello").textContent(), "Shall we go on?");
  const going = person.page.waitForRequest((request) => request.method() === "POST");
  await person.taps("Go on");
  assert.equal((await going).postDataJSON().text, "go on");
  assert.equal(person.answer.conversation_id, id);
  assert.equal(person.ours.guiding, true);
  assert.ok(person.lastsMs < 120_000);

  // Once all is said, the question is put again without a turn.
  await person.listens();
  const asked = await now(person);
  await person.page.reload();
  await person.page.getByRole("button", { name: "Go on" }).click();
  assert.equal(await now(person), asked);
  await person.waits(1_000);
  await person.taps("The same");
  assert.equal(person.answer.conversation_id, id);

  // Nothing that was answered is kept in the browser.
  const kept = await person.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  assert.doesNotMatch(kept, /slots|score|RatePain|triage/);
  await person.leaves();
});

test("after a reload one can start anew", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await person.taps("Start");
  const id = person.answer.conversation_id;
  await person.page.reload();
  await person.page.getByRole("button", { name: "Start anew" }).click();
  await person.page.waitForFunction(() => document.getElementById("hello")?.textContent.startsWith("A calm voice"));
  await person.taps("Start");
  assert.notEqual(person.answer.conversation_id, id);
  await person.leaves();
});

test("a conversation that is gone is begun anew, with its questions", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await isCleared(person, "guide me through knee rocking");
  await person.waits(30_000);
  await person.taps("Pause");
  await service.advance(16 * 60_000);
  await person.page.clock.runFor(20_000);
  await person.taps("Go on");
  assert.equal(person.ours.guiding, false, "no clearance outlasts its conversation");
  await person.leaves();
});

test("two tabs have a conversation each", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await person.taps("Start");
  const first = person.answer.conversation_id;
  const firstTab = person.page;
  await person.opensTab();
  await person.taps("Start");
  assert.notEqual(person.answer.conversation_id, first);
  person.page = firstTab;
  await person.waits(15_000);
  await person.types("a tip");
  assert.equal(person.answer.conversation_id, first);
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("one talks after being told who may hear it, and interrupts aloud", { skip }, async () => {
  const person = await Person.arrives(browser, service, { canTalk: true });
  await person.page.getByRole("button", { name: "Talk", exact: true }).click();
  assert.match(await person.page.locator("#consent").textContent(), /the browser's maker may hear it/);
  assert.equal(await person.page.evaluate(() => window.isListening()), false, "nothing listens before that");
  await person.page.getByRole("button", { name: "Turn on Talk" }).click();
  await person.page.waitForFunction(() => window.isListening());
  const says = (text) => person.page.evaluate((heard) => window.says(heard), text);
  await person.turn(() => says("guide me through knee rocking"));
  assert.equal(person.ours.question, "saddle");
  await person.waits(2_000);
  const heading = await now(person);
  await says(heading.split(" ").slice(0, 2).join(" ")); // our own voice in the microphone
  await person.page.clock.runFor(100);
  assert.equal(await now(person), heading);
  await person.turn(() => says("stop"));
  assert.equal(person.answer.continue_conversation, false);
  await person.page.getByRole("button", { name: "Talk", exact: true }).click();
  assert.equal(await person.page.evaluate(() => window.isListening()), false);
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("without a voice in the browser the captions go on by the clock", { skip }, async () => {
  const person = await Person.arrives(browser, service, { hasVoice: false });
  await person.taps("Help me up");
  const cues = person.ours.clock;
  await person.waits(cues[2].start_ms + cues[2].length_ms / 2 + 2_500);
  assert.ok(cues.slice(1, 5).map(({ text }) => text).includes(await now(person)));
  await person.leaves();
});

test("with the voice off a screen reader is told what to do", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await person.page.getByRole("button", { name: "Voice" }).click();
  assert.equal(await person.page.locator("#now").getAttribute("aria-live"), "polite");
  await person.taps("Help me up");
  await person.waits(20_000);
  assert.deepEqual(await person.page.evaluate(() => window.spoken), []);
  await person.leaves();
});

test("markup that is typed is shown as text", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await person.types("<img src=x onerror=alert(1)><script>alert(2)</script>");
  const line = person.page.locator("#lines .you");
  assert.equal(await line.textContent(), "You: <img src=x onerror=alert(1)><script>alert(2)</script>");
  assert.equal(await person.page.locator("#lines img, #lines script, #now img").count(), 0);
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("without a network it says so, and keeps what was typed", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  await person.taps("Start");
  await person.context.setOffline(true);
  await person.page.getByLabel("Say something").fill("help me up");
  await person.page.getByRole("button", { name: "Send" }).click();
  await person.page.getByText("I can't reach Gentle Back").waitFor();
  assert.equal(await person.page.getByLabel("Say something").inputValue(), "help me up");
  await person.context.setOffline(false);
  await person.turn(() => person.page.getByRole("button", { name: "Send" }).click());
  assert.equal(person.ours.intent, "GetUpIntent");
  await person.leaves();
});

test("in production the page asks for the token, and keeps it", { skip }, async () => {
  const guarded = await Service.start({
    GENTLE_BACK_ENV: "production",
    GENTLE_BACK_PAGE: "on",
    GENTLE_BACK_TOKEN: TOKEN,
    ALEXA_SKILL_ID: "amzn1.ask.skill.11111111-2222-4333-8444-555555555555",
  });
  const person = await Person.arrives(browser, guarded);
  for (const token of ["not-the-token", TOKEN]) {
    if (token !== TOKEN) await person.page.getByRole("button", { name: "Start", exact: true }).click();
    await person.page.getByRole("textbox", { name: "Token" }).fill(token);
    const answered = person.page.waitForResponse((response) => response.url().endsWith("/process"));
    await person.page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
    assert.equal((await answered).status(), token === TOKEN ? 200 : 401);
  }
  await person.page.waitForFunction(() => document.body.dataset.state !== "welcome");
  await person.leaves();
});

test("everything can be done by keyboard", { skip }, async () => {
  const person = await Person.arrives(browser, service);
  const focused = () => person.page.evaluate(() => document.activeElement.textContent.trim());
  const tabsTo = async (name) => {
    for (let pressed = 0; pressed < 30 && (await focused()) !== name; pressed += 1) {
      await person.page.keyboard.press("Tab");
    }
    assert.equal(await focused(), name);
  };
  await tabsTo("Start");
  await person.turn(() => person.page.keyboard.press("Enter"));
  await person.waits(1_000);
  await tabsTo("A tip");
  await person.turn(() => person.page.keyboard.press("Space"));
  assert.equal(person.ours.question, "which_tip");
  assert.equal(await focused(), "Lifting", "focus stays among the answers");
  await tabsTo("It hurts");
  await person.leaves();
});

test("with reduced motion nothing glides", { skip }, async () => {
  const person = await Person.arrives(browser, service, { context: { reducedMotion: "reduce" } });
  await person.taps("Help me up");
  await person.waits(person.ours.clock.find(({ kind }) => kind === "move").start_ms + 500);
  const easings = await person.page.evaluate(() =>
    document.getAnimations().map((animation) => animation.effect.getTiming().easing));
  assert.ok(easings.every((easing) => easing.startsWith("steps(")), String(easings));
  assert.ok(easings.length > 0);
  await person.leaves();
});

for (const [name, context] of Object.entries(WINDOWS)) {
  test(`seen on ${name}: accessible, and nothing cut off`, { skip }, async () => {
    const person = await Person.arrives(browser, service, { context, canTalk: true });
    const looks = async (what) => {
      await person.page.screenshot({ path: `${SHOTS}/${name}-${what}.png`, animations: "disabled" });
      assert.deepEqual(await findings(person.page), [], `${name}, ${what}`);
      assert.ok((await overflow(person.page)) <= 0, `${name}, ${what}: wider than the window`);
    };
    await looks("1-welcome");
    await person.page.getByRole("button", { name: "Talk", exact: true }).click();
    await looks("2-consent");
    await person.page.getByRole("button", { name: "I'd rather type" }).click();
    await isCleared(person, "guide me through rolling");
    await person.waits(person.ours.clock.find(({ kind }) => kind === "hold").start_ms + 1_000);
    await looks("3-hold");
    const [pose, ring] = await withPose(person.page, () => looks("3-pose"));
    assert.ok(pose.width >= 120 && pose.height >= 90, "a pose can be made out");
    const isApart = pose.x + pose.width <= ring.x || pose.y + pose.height <= ring.y;
    assert.ok(isApart, "the pose does not lie on the ring");
    await person.taps("Pause");
    await person.listens();
    await looks("4-paused");
    await person.page.getByRole("button", { name: "Developer" }).click();
    await looks("5-developer");
    await person.page.getByRole("button", { name: "Developer" }).click();
    await person.types("i can't feel between my legs");
    await person.waits(1_000);
    const { y, height } = await person.page.locator("#alarm-title").boundingBox();
    assert.ok(y >= 0 && y + height < context.viewport.height * 0.6, "whom to call is in sight");
    await looks("6-alarm");
    await person.listens();
    await looks("7-closed");
    assert.deepEqual(person.problems, []);
    await person.leaves();
  });
}

test("where clips are rendered the page plays them, and nothing is said twice", { skip }, async () => {
  const heard = await Service.start({ GENTLE_BACK_CLIPS: clips() });
  const person = await Person.arrives(browser, heard);
  await person.taps("Start");
  assert.match(person.ours.audio_url, /\/audio\/pages\/[\w-]{22}\.mp3$/);
  const file = () => person.page.evaluate(() => {
    const [audio] = window.files;
    return { at: audio.currentTime, lasts: audio.duration, isPaused: audio.paused };
  });
  await person.page.waitForFunction(() => window.files[0].currentTime > 1);
  const playing = await file();
  assert.equal(playing.isPaused, false);
  assert.ok(Math.abs(playing.lasts * 1000 - person.lastsMs) < 200, `${playing.lasts} s for ${person.lastsMs} ms`);
  assert.deepEqual(await person.page.evaluate(() => window.spoken), []);

  // Another turn stops it at once; one that is heard to its end asks.
  await person.taps("Stop");
  await person.page.waitForFunction(() => document.body.dataset.state === "closed", null, { timeout: 60_000 });
  const bye = await file();
  assert.ok(bye.lasts - bye.at < 0.3, `${bye.at} of ${bye.lasts} s`);
  assert.deepEqual(await person.page.evaluate(() => window.spoken), []);

  // Without sound the words keep their time, and no file is played.
  await person.page.locator("#sound").click();
  await person.waits(500);
  await person.taps("Start again");
  await person.waits(person.lastsMs);
  assert.equal(await state(person), "asking");
  assert.equal((await file()).isPaused, true);
  assert.deepEqual(person.problems, []);
  await person.leaves();
});

test("a browser plays a session's file, and seeks in it", { skip }, async () => {
  const heard = await Service.start({ GENTLE_BACK_CLIPS: clips() });
  const person = await Person.arrives(browser, heard);
  const ranges = [];
  person.page.on("response", (response) => {
    if (response.url().includes(".mp3")) ranges.push([response.status(), response.headers()["content-range"]]);
  });
  const file = await person.page.evaluate(async () => {
    const { files } = await (await fetch("/audio/en-US")).json();
    const longest = files.reduce((one, other) => (other.length_ms > one.length_ms ? other : one));
    window.session = new Audio(new URL(longest.mp3, location.href));
    await window.session.play();
    return longest;
  });
  const playsFrom = async (s) => {
    await person.page.evaluate((at) => { window.session.currentTime = at; }, s);
    await person.page.waitForFunction((at) => window.session.currentTime > at + 1, s);
    return person.page.evaluate(() => window.session.currentTime);
  };
  const lasts = await person.page.evaluate(() => window.session.duration);
  assert.ok(Math.abs(lasts * 1000 - file.length_ms) < 200, `${lasts} s for ${file.length_ms} ms`);
  for (const place of [0.8, 0.3, 0.95]) {
    const at = await playsFrom(place * lasts);
    assert.ok(at < place * lasts + 3, `${at} s, asked for ${place * lasts} s`);
  }
  // Not the whole file again: from where it is heard.
  const starts = ranges.filter(([status]) => status === 206).map(([, range]) => Number(/\d+/.exec(range)[0]));
  assert.ok(Math.max(...starts) > 0, JSON.stringify(ranges));
  assert.deepEqual(person.problems, []);
  await person.leaves();
});
