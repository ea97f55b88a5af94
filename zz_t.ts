import { visit, violations } from "./tests/page/browser.ts";
import { WORKFLOWS } from "./tests/page/workflows.ts";
const t0 = performance.now(); const t = (s: string) => console.log(s, Math.round(performance.now() - t0));
try {
await visit({ workflows: `
chatty:
  type: Workflow
  timeout: 60
  jobs:
    talk: {stages: [{name: Talk, id: talk, bash: "seq -f 'line %.0f' 200000"}]}
` }, async ({ page, go, run, url }) => { t("in"); const id = await run("chatty"); t("ran"); await go(`/runs/${id}`); 
 await page.waitForTimeout(8000); t("x");
 console.log(await page.evaluate(() => [...document.querySelectorAll(".log-view .num, .log .row:last-child")].map((e) => e.textContent)));
 const r = await page.evaluate(async (id) => { const a = performance.now(); const r = await fetch(`api/v1/runs/${id}/logs?stage=talk%5B%5D%2Ftalk&limit=10000`).then((r) => r.text()); return [r.length, r.slice(-300), performance.now() - a]; }, id); console.log(r);
 await page.screenshot({ path: "/tmp/page/chatty.png" });
});
} catch (e) { console.log(e); }
Deno.exit(0);
