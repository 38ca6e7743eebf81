// The page: what is tapped, typed or said becomes a turn, and its answer is played.

import { Display, find, phrase } from "./display.js";
import { Listener, Recognition, isEcho } from "./listen.js";
import { Player } from "./player.js";
import { Refused, Talk, setting } from "./talk.js";
import { Voice } from "./voice.js";

const talk = new Talk();
const display = new Display(say);
const voice = new Voice(() => display.status(phrase("no-voice")));
const listener = new Listener({ onHeard: hears, onLost: losesMicrophone });
const player = new Player({
  say: (cue) => voice.say(cue.text, language, cue.length_ms),
  open: (url) => voice.open(url),
  onCue: (clock, at) => {
    recent = [recent.at(-1), clock[at].text];
    display.cue(clock, at, player.endsAt);
    if (clock[at].kind === "ask") display.ask(answer.gentle_back.question, clock[at].text);
  },
  onEnd: ends,
});

let language = "en";
let recent = [];
let answer = null;
let turns = Promise.resolve();
let wakeLock = null;

// One turn after the other; the newest answer is the one that is played.
function say(text) {
  player.stop();
  voice.stop();
  display.rest();
  if (text) display.line(text, "you");
  turn(text);
}

function turn(text) {
  turns = turns.then(() => talk.send(text)).then(plays).catch((error) => fails(error, text));
}

function plays(given) {
  answer = given;
  language = given.response.language;
  const ours = given.gentle_back;
  display.status(listener.isOn ? phrase("listening") : "");
  display.state("talking");
  display.alarm(ours.triage === "emergency" ? ours.alexa.response.card : null);
  // During an exercise there is one thing to do, and its question comes when it is over.
  display.ask(ours.guiding ? null : ours.question, ours.clock.at(-1)?.text ?? "");
  player.play(ours.clock, ours.audio_url);
  display.reveal();
  talk.remember(given, player.endsAt);
  stayAwake();
}

function ends() {
  display.rest();
  if (answer.continue_conversation) {
    display.state("asking");
    return;
  }
  talk.forget();
  display.state("closed");
  display.choices([[phrase("again"), () => say(null)], [find("up").textContent, () => say("help me up")]]);
  wakeLock?.release();
  wakeLock = null;
}

async function fails(error, text) {
  if (error instanceof Refused && error.status === 401) {
    if (await asksForToken()) turn(text);
  } else if (error instanceof Refused && error.status === 429) {
    display.status(phrase("busy"));
    setTimeout(() => turn(text), 1500);
  } else if (error instanceof Refused) {
    display.status(`${phrase("refused")} ${error.message}`);
  } else {
    display.status(phrase("no-network"));
    find("text").value ||= text ?? "";
  }
}

// Ask for the token until one fits or somebody gives up.
function asksForToken() {
  const dialog = find("key");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        const isGiven = dialog.returnValue === "yes";
        if (isGiven) talk.setToken(find("token").value.trim());
        find("token").value = "";
        dialog.returnValue = "";
        resolve(isGiven);
      },
      { once: true },
    );
  });
}

function hears(text) {
  if (player.isPlaying && isEcho(text, recent.join(" "))) return;
  say(text);
}

function losesMicrophone() {
  find("talk").setAttribute("aria-pressed", "false");
  display.status(phrase("no-microphone"));
}

// A phone on the floor must not go dark in the middle of a page.
async function stayAwake() {
  if (wakeLock && !wakeLock.released) return;
  wakeLock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
}

function listens() {
  find("talk").setAttribute("aria-pressed", "true");
  display.status(phrase("listening"));
  voice.stop();
  listener.start(talk.language ?? language);
}

function togglesTalk() {
  if (listener.isOn) {
    listener.stop();
    find("talk").setAttribute("aria-pressed", "false");
    display.status("");
  } else if (setting("may_talk") === "yes") listens();
  else find("consent").showModal();
}

// Before the first tap no browser speaks: so a reload asks, and goes on from there.
function offersToGoOn(place) {
  find("hello").textContent = phrase("welcome-back");
  find("lead").textContent = phrase("welcome-back-lead");
  find("start").textContent = phrase("go-on");
  const fresh = find("up");
  fresh.textContent = phrase("fresh");
  fresh.addEventListener("click", () => {
    talk.forget();
    location.reload();
  });
  find("start").addEventListener("click", () => goesOn(place));
}

function goesOn(place) {
  if (Date.now() < place.endsAt) {
    say(place.guiding ? "go on" : "repeat");
    return;
  }
  display.state("asking");
  display.rest();
  display.words(place.ask, "ask");
  display.ask(place.question, place.ask);
  voice.say(place.ask, language, Infinity);
}

const place = talk.recall();
if (place) offersToGoOn(place);
else {
  find("start").addEventListener("click", () => say(null));
  find("up").addEventListener("click", () => say("help me up"));
}

find("controls").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) say(button.dataset.say);
});

find("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("text").value.trim();
  find("text").value = "";
  if (text) say(text);
});

document.addEventListener("keydown", (event) => {
  const isOurs = event.key === "Escape" && !document.querySelector("dialog[open]");
  if (isOurs && player.isPlaying && answer?.continue_conversation) say("pause");
});

function turnsVoice(isOn) {
  voice.isOn = isOn;
  if (!isOn) voice.stop();
  display.voice(isOn);
  setting("voice", isOn ? "on" : "off");
}
find("sound").addEventListener("click", () => turnsVoice(!voice.isOn));
turnsVoice(setting("voice") !== "off");

find("developer").addEventListener("click", () => {
  const drawer = find("drawer");
  drawer.hidden = !drawer.hidden;
  find("developer").setAttribute("aria-expanded", String(!drawer.hidden));
});
talk.onExchange = (request, response) => display.exchange(request, response);

find("talk").hidden = !Recognition;
find("talk").addEventListener("click", togglesTalk);
find("consent").addEventListener("close", () => {
  if (find("consent").returnValue !== "yes") return;
  setting("may_talk", "yes");
  listens();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && answer?.continue_conversation) stayAwake();
});
