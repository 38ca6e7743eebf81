// What is seen. Texts of others are only ever set as text.

import { answers } from "./answers.js";
import { durationOf, repetitionAt } from "./clock.js";

const MOST_LINES = 80;
// Up to so many characters: the size in page.css.
const SIZES = [[28, "xl"], [64, "l"], [130, "m"], [Infinity, "s"]];

export const find = (id) => document.getElementById(id);

export const phrase = (key) =>
  find("phrases").content.querySelector(`[data-key="${key}"]`)?.textContent ?? "";

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export class Display {
  #ring = null;
  #ticking = 0;
  #askedAt = 0;

  // onSay(text): somebody tapped an answer.
  constructor(onSay) {
    this.onSay = onSay;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  state(name) {
    const before = document.body.dataset.state;
    document.body.dataset.state = name;
    const isWelcome = name === "welcome";
    find("welcome").hidden = !isWelcome;
    find("stage").hidden = isWelcome;
    find("captions").hidden = isWelcome;
    find("controls").hidden = isWelcome || name === "closed";
    if (before === "welcome" && !isWelcome) find("now").focus({ preventScroll: true });
  }

  status(text) {
    find("status").textContent = text;
  }

  // Where our voice is off, a screen reader's takes over.
  voice(isOn) {
    find("sound").setAttribute("aria-pressed", String(isOn));
    find("now").setAttribute("aria-live", isOn ? "off" : "polite");
  }

  cue(clock, at, endsAt) {
    const cue = clock[at];
    const next = clock.slice(at + 1).find(({ text }) => text);
    find("next").hidden = !next;
    find("next-text").textContent = next?.text ?? "";
    // While a sound stands alone, the words before it stay.
    if (cue.text) {
      this.words(cue.text, cue.kind);
      this.line(cue.text, "us");
    }
    this.#turnRing(cue, repetitionAt(clock, at));
    this.#tick(cue, repetitionAt(clock, at), durationOf(clock), endsAt);
    for (const [index, row] of [...find("clock").children].entries()) {
      if (index === at) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    }
  }

  // The words alone, the shorter the larger.
  words(text, kind) {
    find("stage").dataset.kind = kind;
    find("kind").textContent = phrase(`kind-${kind}`);
    find("now").textContent = text;
    find("now").dataset.size = SIZES.find(([most]) => text.length <= most)[1];
  }

  // What is new is seen, even where the window is too small for everything.
  reveal() {
    const { top, bottom } = find("now").getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) find("stage").scrollIntoView({ block: "start" });
  }

  // All was said, or somebody interrupted: the words stay, the ring rests.
  rest() {
    clearInterval(this.#ticking);
    this.#ring?.cancel();
    find("number").textContent = "";
    find("unit").textContent = "";
    find("page-time").hidden = true;
    find("next").hidden = true;
  }

  // text: the question as it is asked.
  ask(question, text) {
    const group = find("answers");
    const hadFocus = group.contains(document.activeElement);
    const known = question === null ? [] : (answers[question] ?? answers["*"]);
    const isNamed = (answer) => text.toLowerCase().includes(answer.toLowerCase());
    const fitting = question?.startsWith("which") ? known.filter(isNamed) : known;
    this.choices(fitting.map((text) => [text, () => this.onSay(text)]));
    if (hadFocus) (group.firstElementChild ?? find("now")).focus({ preventScroll: true });
  }

  // Buttons with what they do; a tap that belonged to the question before does not count.
  choices(list) {
    this.#askedAt = performance.now();
    find("answers").dataset.count = String(list.length);
    find("answers").replaceChildren(
      ...list.map(([text, act]) => {
        const button = make("button", text, { type: "button" });
        button.addEventListener("click", () => {
          if (performance.now() - this.#askedAt > 400) act();
        });
        return button;
      }),
    );
  }

  alarm(card) {
    find("alarm").hidden = !card;
    if (!card) return;
    find("alarm-title").textContent = card.title;
    find("alarm-text").textContent = card.content;
    const numbers = card.title.match(/\d{3}/g) ?? [];
    find("alarm-call").replaceChildren(
      ...numbers.map((number) => make("a", `${phrase("call")} ${number}`, { href: `tel:${number}` })),
    );
  }

  line(text, who) {
    const lines = find("lines");
    for (const line of lines.querySelectorAll("[aria-current]")) line.removeAttribute("aria-current");
    const line = make("li", text, { class: who });
    if (who === "us") line.setAttribute("aria-current", "true");
    else line.prepend(make("span", `${phrase("you")}: `, { class: "label" }));
    lines.append(line);
    while (lines.children.length > MOST_LINES) lines.firstElementChild.remove();
    lines.scrollTop = lines.scrollHeight;
  }

  exchange(request, response) {
    const { gentle_back: ours } = response;
    find("request").textContent = JSON.stringify(request, null, 2);
    find("response").textContent = JSON.stringify(response, null, 2);
    if (!ours) return;
    find("intent").textContent = [
      ours.intent,
      JSON.stringify(ours.slots),
      `question: ${ours.question}`,
      `triage: ${ours.triage}`,
      ours.guiding ? "guiding" : "not guiding",
    ].join(" · ");
    find("clock").replaceChildren(
      ...ours.clock.map((cue) => {
        const row = make("li", "");
        row.append(
          make("span", (cue.start_ms / 1000).toFixed(1), { class: "time" }),
          make("span", `${cue.kind} ${(cue.length_ms / 1000).toFixed(1)} s`, { class: "label" }),
          make("span", cue.text),
        );
        return row;
      }),
    );
  }

  #turnRing(cue, repetition) {
    this.#ring?.cancel();
    const isTimed = ["hold", "count", "move", "rest"].includes(cue.kind);
    find("ring").dataset.on = String(isTimed);
    if (!isTimed) return;
    const seconds = Math.max(1, Math.round(cue.length_ms / 1000));
    // Every other phase of a repetition empties the ring again: in and out, toward and away.
    const empties = repetition !== null && find("arc").dataset.full === "true";
    find("arc").dataset.full = String(!empties);
    this.#ring = find("arc").animate(
      { strokeDashoffset: empties ? [0, 100] : [100, 0] },
      { duration: cue.length_ms, fill: "forwards", easing: this.calm.matches ? `steps(${seconds})` : "linear" },
    );
  }

  #tick(cue, repetition, durationMs, endsAt) {
    clearInterval(this.#ticking);
    const cueEndsAt = performance.now() + cue.length_ms;
    const tick = () => {
      const leftMs = Math.max(0, endsAt - Date.now());
      const seconds = Math.max(0, Math.ceil((cueEndsAt - performance.now()) / 1000));
      const isTimed = ["hold", "move", "rest"].includes(cue.kind);
      find("number").textContent = repetition ? repetition.number : isTimed ? seconds : "";
      find("unit").textContent = repetition
        ? `${phrase("of")} ${repetition.of}`
        : isTimed ? phrase("seconds") : "";
      find("page-time").hidden = durationMs < 20_000;
      find("progress").value = durationMs ? 1 - leftMs / durationMs : 0;
      const all = Math.ceil(leftMs / 1000);
      find("left").textContent = `${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")} ${phrase("left")}`;
    };
    tick();
    this.#ticking = setInterval(tick, 250);
  }
}
