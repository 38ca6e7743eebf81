import { launchBrowser, Person, Service } from "./harness.mjs";
const out = process.argv[2];
const service = await Service.start();
const browser = await launchBrowser();
const sizes = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  zoom: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  side: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 2 },
};
const only = process.argv[3]?.split(",") ?? Object.keys(sizes);
for (const name of only) {
  const p = await Person.arrives(browser, service, { context: sizes[name], canTalk: true });
  const shot = (n) => p.page.screenshot({ path: `${out}/${name}-${n}.png`, fullPage: name === "zoom" });
  await shot("1-welcome");
  await p.taps("Start"); await p.waits(9000); await shot("2-launch");
  await p.listens();
  await p.types("guide me through rolling"); await p.waits(2000); await shot("3-preface"); await p.listens();
  for (let i = 0; i < 5; i++) { if (i === 1) await shot("4-question"); await p.taps("No"); await p.listens(); }
  await shot("5-pain");
  await p.taps("3"); await p.listens(); await p.taps("No"); await p.listens(); await p.taps("No"); await p.listens();
  await p.taps("Floor"); await p.waits(3000); await shot("6-move");
  const hold = p.ours.clock.find((c) => c.kind === "hold"); await p.waits(hold.start_ms - 3000 + 1500); await shot("7-hold");
  const count = p.ours.clock.filter((c) => c.kind === "count")[2]; await p.waits(count.start_ms - hold.start_ms - 1500 + 1000); await shot("8-count");
  await p.page.getByRole("button", { name: "Developer" }).click(); await p.page.screenshot({ path: `${out}/${name}-9-drawer.png`, fullPage: true });
  await p.page.getByRole("button", { name: "Developer" }).click();
  await p.types("i can't feel between my legs"); await p.waits(2000); await shot("a-alarm");
  await p.listens(); await shot("b-closed");
  await p.page.getByRole("button", { name: "Talk" }).click(); await shot("c-consent");
  console.log(name, p.problems);
  await p.leaves();
}
await browser.close(); await service.stop();
