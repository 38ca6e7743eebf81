// A service and a browser whose clocks move together, and a voice that can be read.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const ANSWER_MS = 3_500;

// A folder with every clip that can be rendered ahead, by the engine that says nothing in the right time.
export function renderedClips() {
  const folder = mkdtempSync(`${tmpdir()}/gentle-back-clips-`);
  const env = { ...process.env, GENTLE_BACK_CLIPS: folder };
  const done = spawnSync(`${ROOT}.venv/bin/gentle-back`, ["render", "--engine", "silent", "--locale", "en-US"], { env });
  if (done.status !== 0) throw new Error(`nothing was rendered: ${done.stderr}`);
  return folder;
}

export const launchBrowser = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

export class Service {
  static running = new Set();

  static async start(settings = {}) {
    const service = new Service();
    Service.running.add(service);
    const env = { ...process.env, GENTLE_BACK_COUNTRY: "US", ...settings };
    service.process = spawn(`${ROOT}.venv/bin/python`, ["-m", "tests.e2e.server"], {
      cwd: ROOT,
      env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    service.log = "";
    service.process.stderr.on("data", (data) => { service.log += data; });
    service.lines = createInterface({ input: service.process.stdout })[Symbol.asyncIterator]();
    const first = await service.lines.next();
    if (first.done) throw new Error(`the service did not start: ${service.log}`);
    service.url = first.value;
    return service;
  }

  async advance(ms) {
    this.process.stdin.write(`${Math.round(ms)}\n`);
    await this.lines.next();
  }

  // Each ends when nothing can be told to it any more.
  static stopAll() {
    return Promise.all([...Service.running].map((service) => {
      const ended = new Promise((resolve) => service.process.on("exit", resolve));
      service.process.stdin.end();
      return service.process.exitCode === null ? ended : null;
    }));
  }
}

// A voice of 160 words a minute; what it says, and when, is in window.spoken.
function standInVoice() {
  const spoken = [];
  let current = null;
  const tell = (utterance, name) => {
    const event = new Event(name);
    if (name === "error") event.error = "interrupted";
    utterance.dispatchEvent(event);
  };
  const synthesis = {
    getVoices: () => [],
    speak(utterance) {
      current = utterance;
      spoken.push({ text: utterance.text, at: performance.now(), rate: utterance.rate });
      setTimeout(() => current === utterance && tell(utterance, "start"), 10);
      setTimeout(() => {
        if (current !== utterance) return;
        current = null;
        spoken.at(-1).until = performance.now();
        tell(utterance, "end");
      }, utterance.text.split(/\s+/).length * 375);
    },
    cancel() {
      const was = current;
      current = null;
      if (was) tell(was, "error");
    },
  };
  window.spoken = spoken;
  Object.defineProperty(window, "speechSynthesis", { value: synthesis, configurable: true });
}

// Every file that the page plays is in window.files.
function countFiles() {
  window.files = [];
  const Original = window.Audio;
  window.Audio = function Audio(...given) {
    const audio = new Original(...given);
    window.files.push(audio);
    return audio;
  };
}

// A microphone into which a test speaks: window.says("stop").
function standInRecognition() {
  const open = new Set();
  class Recognition extends EventTarget {
    start() { open.add(this); }
    abort() {
      open.delete(this);
      this.dispatchEvent(new Event("end"));
    }
  }
  window.webkitSpeechRecognition = Recognition;
  delete window.SpeechRecognition;
  window.isListening = () => open.size > 0;
  window.says = (transcript) => {
    for (const recognition of open) {
      const event = new Event("result");
      event.resultIndex = 0;
      event.results = [Object.assign([{ transcript }], { isFinal: true })];
      recognition.dispatchEvent(event);
    }
  };
}

export class Person {
  // Somebody in front of the page. `hasVoice: false` leaves the browser as it is.
  static async arrives(browser, service, { hasVoice = true, canTalk = false, context = {} } = {}) {
    const person = new Person();
    person.service = service;
    person.context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 800 }, ...context });
    person.problems = [];
    await person.opensTab({ hasVoice, canTalk });
    return person;
  }

  async opensTab({ hasVoice = true, canTalk = false } = {}) {
    const page = await this.context.newPage();
    await page.clock.install();
    if (hasVoice) await page.addInitScript(standInVoice);
    await page.addInitScript(countFiles);
    if (canTalk) await page.addInitScript(standInRecognition);
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(this.service.url)) this.problems.push(`left the machine: ${request.url()}`);
    });
    this.page = page;
    await page.goto(this.service.url);
  }

  // Time for both, the page's timers firing in their order.
  async waits(ms) {
    await this.service.advance(ms);
    await this.page.clock.runFor(ms);
  }

  // What an action is answered with.
  async turn(action) {
    const answered = this.page.waitForResponse((response) => response.url().endsWith("/api/conversation/process"));
    await action();
    const response = await answered;
    const body = await response.json();
    this.answer = body;
    this.ours = body.gentle_back;
    await this.page.waitForFunction(
      (text) => !text || document.getElementById("now").textContent === text,
      this.ours?.clock[0]?.text,
    );
    return body;
  }

  taps(name) {
    return this.turn(() => this.page.getByRole("button", { name, exact: true }).click());
  }

  types(text) {
    return this.turn(async () => {
      await this.page.getByLabel("Say something").fill(text);
      await this.page.getByRole("button", { name: "Send" }).click();
    });
  }

  get lastsMs() {
    const last = this.ours.clock.at(-1);
    return last.start_ms + last.length_ms;
  }

  // Listens to the end, and takes a moment.
  async listens() {
    await this.waits(this.lastsMs + ANSWER_MS);
  }

  async leaves() {
    await this.context.close();
  }
}
