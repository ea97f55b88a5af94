import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
const url = readFileSync("/tmp/page/demo.log", "utf8").match(/Open (\S+)/)![1]!;
const args = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
async function shots(name: string, opts: any, views: string[]) {
  const page = await (await browser.newContext(opts)).newPage();
  await page.route("**/page/**", (r) => { const f = "/work/main/plugins/http" + new URL(r.request().url()).pathname; return r.fulfill({ body: readFileSync(f, "utf8"), contentType: f.endsWith("css") ? "text/css" : f.endsWith("svg") ? "image/svg+xml" : "text/javascript" }); });
  page.on("console", (m) => console.log(name, m.type(), m.text()));
  page.on("pageerror", (e) => console.log(name, "ERR", e.message, e.stack));
  await page.goto(url);
  await page.waitForSelector("table tbody tr");
  const runs = await page.evaluate(() => fetch("api/v1/runs").then((r) => r.json()));
  const of = (w: string) => runs.runs.find((r: any) => r.workflow === w)?.run_id;
  for (const v of views) {
    const hash = v.replace(/\{(.*?)\}/g, (_, w) => of(w));
    await page.evaluate((h) => { location.hash = h; }, hash);
    await page.waitForTimeout(900);
    await page.screenshot({ path: `/tmp/page/${name}-${v.replace(/[^\w]+/g, "_")}.png` });
  }
}
const views = args.length > 1 ? args.slice(1) : ["/workflows", "/workflows/city-weather", "/workflows/city-weather/run", "/workflows/city-weather/source", "/runs", "/runs/{city-weather}", "/runs/{city-weather}?tab=timeline", "/runs/{fallback}", "/runs/{city-weather}?tab=data", "/schedules", "/audit"];
const w = args[0] ?? "all";
if (w === "all" || w === "light") await shots("light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }, views);
if (w === "all" || w === "dark") await shots("dark", { viewport: { width: 1280, height: 860 }, colorScheme: "dark" }, views);
if (w === "all" || w === "narrow") await shots("narrow", { viewport: { width: 390, height: 844 }, colorScheme: "light", deviceScaleFactor: 1 }, views);
await browser.close();
