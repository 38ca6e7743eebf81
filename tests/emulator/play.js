// Plays the skill as virtual-alexa, an emulator that we did not write, understands our models:
//   node play.js URL SKILL_ID FOLDER
// Each model of the skill package is also held against Amazon's own specification. Prints one line a check that
// fails and a closing count; exit 1 if any did.

"use strict";

const { randomUUID } = require("node:crypto");
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const Ajv = require("ajv");
const { VirtualAlexa } = require("virtual-alexa");

const [url, skillId, folder] = process.argv.slice(2);

// What somebody says from hello to the end of an exercise, and the question that is then open.
// The emulator sends numbers as they are spoken, where a device sends digits: so the number goes as an intent.
const EXERCISE = [
  ["guide me through knee rocking", "saddle"],
  ["no", "legs"],
  ["no", "fall"],
  ["nope none of that", "chest"],
  ["no", "illness"],
  ["no", "pain"],
  [{ intent: "RatePainIntent", slots: { score: "2" } }, "pregnancy"],
  ["no", "bones"],
  ["no", "surface"],
  ["on the floor", "page_check"],
  ["it's better", "more"],
  ["no", "rest_or_up"],
  ["get me up", "are_you_up"],
  ["i'm up", null],
];
const GUIDING = 9; // the step that answers with the page

const ANYTIME = [
  ["how should i lift a box", /Stand close/],
  ["which exercises do you have", /knee rocking/],
  ["what is back rolling", /roll back to your shoulder blades/],
  ["a resting position", /knees/i],
  ["get me off the floor", /stay still and call|get you up/],
  ["stress and sleep", /slow breath/],
];

// Words of a region, as the first thing that is said there, and the intent that the model leads to.
const REGIONAL = {
  "en-US": [["stand in line", "GetTipIntent"], ["i wanna try rocking", "StartExerciseIntent"]],
  "en-GB": [["i'll have a go at rocking", "StartExerciseIntent"], ["should i ring my gp", "SafetyCheckIntent"]],
  "en-CA": [["shovelling snow", "GetTipIntent"], ["on the chesterfield", "SurfaceIntent"]],
  "en-AU": [["let's have a crack at rocking", "StartExerciseIntent"], ["my back is crook", "ReportPainIntent"]],
  "en-IN": [["how to get up from the floor", "GetUpIntent"], ["my back is paining", "ReportPainIntent"]],
};

let passed = 0;
let failed = 0;

async function check(name, run) {
  try {
    await run();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message : error}`);
  }
}

function must(found, what) {
  if (!found) throw new Error(what);
}

/** Somebody new, with one device, who is heard in the words of one model. */
class Listener {
  constructor(locale) {
    this.locale = locale;
    this.user = `amzn1.ask.account.${randomUUID()}`;
    this.alexa = VirtualAlexa.Builder()
      .interactionModelFile(join(folder, `${locale}.json`))
      .locale(locale)
      .applicationID(skillId)
      .skillURL(url)
      .create();
    this.alexa.filter((request) => {
      if (request.session) request.session.user.userId = this.user;
      request.context.System.user.userId = this.user;
      this.sent = request.request;
    });
  }

  async opens() {
    return this.hears(await this.alexa.launch());
  }

  async says(step) {
    const answer =
      typeof step === "string" ? this.alexa.utter(step) : this.alexa.intend(step.intent, step.slots ?? {});
    return this.hears(await answer);
  }

  /** What came back, if it keeps the rules of every answer: an open session asks, a closed one does not. */
  hears(answer) {
    const ssml = answer.prompt();
    must(ssml?.startsWith("<speak>"), `nothing is said to ${JSON.stringify(this.sent)}`);
    const words = ssml.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();
    const open = answer.response.shouldEndSession === false;
    must(open === Boolean(answer.reprompt()), `an open answer has a reprompt, a closed one has none: ${words}`);
    const asks = /(\?|\bSay [^?.]*\.)( [^?.]*\.){0,2}$/.test(words);
    must(!open || asks, `an open answer ends with a question, or with what to say: ${words}`);
    return { words, open, ssml, question: answer.attr("question") ?? null };
  }

  async goes(steps) {
    await this.opens();
    let last;
    for (const [step] of EXERCISE.slice(0, steps)) last = await this.says(step);
    return last;
  }
}

async function plays(locale) {
  await check(`${locale}: from launch through screening to the end of an exercise`, async () => {
    const listener = new Listener(locale);
    must(/not a doctor/.test((await listener.opens()).words), "the first hello is missing");
    for (const [number, [step, question]] of EXERCISE.entries()) {
      const answer = await listener.says(step);
      const where = `step ${number}, ${JSON.stringify(step)}: ${answer.words}`;
      must(answer.question === question, `the open question is ${answer.question}, not ${question}, at ${where}`);
      must(answer.open === (question !== null), `open is ${answer.open} at ${where}`);
      if (number === GUIDING) {
        must(/Toward you\. And away\./.test(answer.words), `no guidance at ${where}`);
        const pauses = [...answer.ssml.matchAll(/<break time="(\d+)ms"\/>/g)].map((match) => Number(match[1]));
        must(pauses.reduce((sum, ms) => sum + ms, 0) > 30000, `too little pause at ${where}`);
        must(pauses.every((ms) => ms <= 10000), `a break is too long at ${where}`);
      }
    }
  });

  for (let steps = 0; steps < EXERCISE.length; steps += 1) {
    await check(`${locale}: help and stop after step ${steps}`, async () => {
      const listener = new Listener(locale);
      const before = steps ? await listener.goes(steps) : await listener.opens();
      const help = await listener.says("help");
      must(help.open, `help closes the session: ${help.words}`);
      must(help.question === before.question, `help moves from ${before.question} to ${help.question}`);
      const stop = await listener.says("stop");
      must(!stop.open, `stop does not stop: ${stop.words}`);
      const cancelling = new Listener(locale);
      await (steps ? cancelling.goes(steps) : cancelling.opens());
      must(!(await cancelling.says("cancel")).open, "cancel does not stop");
    });
  }

  for (const [said, words] of ANYTIME) {
    await check(`${locale}: "${said}" as the first thing and in a session`, async () => {
      const first = await new Listener(locale).says(said);
      must(words.test(first.words), `hears: ${first.words}`);
      const listener = new Listener(locale);
      await listener.opens();
      const later = await listener.says(said);
      must(words.test(later.words), `hears later: ${later.words}`);
    });
  }

  await check(`${locale}: "ask gentle back to help me up"`, async () => {
    const listener = new Listener(locale);
    await listener.says("ask gentle back to help me up");
    must(listener.sent.intent?.name === "GetUpIntent", `sent ${JSON.stringify(listener.sent)}`);
  });

  await check(`${locale}: an emergency while guiding`, async () => {
    const listener = new Listener(locale);
    await listener.goes(GUIDING + 1);
    const answer = await listener.says("my chest hurts");
    must(!answer.open, `stays open: ${answer.words}`);
    must(/^Stop, and let your feet down\. Call /.test(answer.words), answer.words);
  });

  await check(`${locale}: straight through, one side behind the other`, async () => {
    const listener = new Listener(locale);
    const player = listener.alexa.audioPlayer();
    const plays = (side) => {
      const { url } = player.playing().stream;
      must(url.startsWith("https://") && url.includes(`/knees_to_chest/start-${side}-100.mp3?v=`), url);
      must(player.isPlaying(), `${side} does not play`);
    };
    await listener.says("play it straight through");
    await listener.says("guide me through knees to chest");
    for (const [step] of EXERCISE.slice(1, GUIDING)) await listener.says(step);
    const start = await listener.says("on the floor");
    must(!start.open && /say, Alexa, pause/.test(start.words) && / call /.test(start.words), start.words);
    plays("right");
    await player.playbackNearlyFinished();
    const again = await player.playbackNearlyFinished();
    must(Object.keys(again.response).length === 0, `asked twice: ${JSON.stringify(again.response)}`);
    player.playbackOffset(40000);
    const tip = await listener.says("how should i lift a box");
    must(!tip.open, `a tip stays open: ${tip.words}`);
    plays("right");
    await player.playbackFinished();
    plays("left");
    player.playbackOffset(40000);
    const pause = await listener.says({ intent: "AMAZON.PauseIntent" });
    must(!player.isPlaying() && /say, Alexa, resume/.test(pause.words), pause.words);
    await listener.says({ intent: "AMAZON.ResumeIntent" });
    plays("left");
    const { offsetInMilliseconds } = player.playing().stream;
    must(offsetInMilliseconds > 10000 && offsetInMilliseconds <= 40000, `goes on at ${offsetInMilliseconds}`);
    await listener.says({ intent: "AMAZON.PreviousIntent" });
    plays("right");
    const stop = await listener.says("stop");
    must(!player.isPlaying() && /Stop moving/.test(stop.words), stop.words);
    const alarm = await listener.says("my chest hurts");
    must(/ now: /.test(alarm.words), alarm.words);
    const later = await listener.says({ intent: "AMAZON.ResumeIntent" });
    must(!player.isPlaying(), `plays on after an alarm: ${later.words}`);
  });

  for (const [said, intent] of REGIONAL[locale]) {
    await check(`${locale}: "${said}"`, async () => {
      const listener = new Listener(locale);
      await listener.opens();
      await listener.says(said);
      must(listener.sent.intent.name === intent, `is taken for ${listener.sent.intent.name}`);
      for (const slot of Object.values(listener.sent.intent.slots ?? {})) {
        const [found] = slot.resolutions?.resolutionsPerAuthority ?? [];
        must(!found || found.status.code === "ER_SUCCESS_MATCH", `resolves nothing: ${JSON.stringify(slot)}`);
      }
    });
  }

  const intents = JSON.parse(readFileSync(join(folder, `${locale}.json`))).interactionModel.languageModel.intents;
  await check(`${locale}: every intent is answered`, async () => {
    for (const { name } of intents) {
      const listener = new Listener(locale);
      await listener.opens();
      await listener.says({ intent: name });
    }
  });
}

/** Amazon's specification as a JSON schema: the words of OpenAPI beyond it are left out of account. */
function schemaOf(definition) {
  const { definitions } = JSON.parse(readFileSync(require.resolve("ask-smapi-model/spec.json")));
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return ajv.compile({ definitions, $ref: `#/definitions/${definition}` });
}

async function main() {
  const model = schemaOf("v1.skill.interactionModel.InteractionModelData");
  const locales = readdirSync(folder).map((file) => file.replace(".json", ""));
  const holds = async (what, valid, path) =>
    check(`${what}: Amazon's specification`, () => {
      must(valid(JSON.parse(readFileSync(path))), JSON.stringify(valid.errors?.slice(0, 3)));
    });
  const manifest = schemaOf("v1.skill.Manifest.SkillManifestEnvelope");
  await holds("skill.json", manifest, join(folder, "..", "..", "skill.json"));
  for (const locale of locales) {
    await holds(`${locale}.json`, model, join(folder, `${locale}.json`));
    await plays(locale);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main();
