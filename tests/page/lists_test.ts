/** Long lists keep few elements, however long they are. @module */
import { equal, ok } from "node:assert/strict";
import { browserTest, visit } from "./browser.ts";

const WORKFLOWS = `
chatty:
  type: Workflow
  timeout: 60
  jobs:
    talk: {stages: [{name: Talk, id: talk, bash: "seq -f 'line %.0f' 200000"}]}
`;

const RUNS = 10_000;
const MAX_ROWS = 120;
const MAX_ELEMENTS = 2_500;

browserTest(
  "10,000 runs are a few rows at a time, to the last one",
  () =>
    visit({ workflows: WORKFLOWS, memory: true }, async ({ page, sluice, go, shoot }) => {
      const store = await sluice.engine.store();
      const writer = { id: "test", pid: 1, birth: "0" };
      for (let at = 0; at < RUNS; at++) {
        const run = {
          ...{ runId: `run-${String(at).padStart(5, "0")}`, workflow: "chatty", status: "SUCCESS" },
          ...{
            startedAt: 1_700_000_000_000 + at * 1_000,
            settledAt: 1_700_000_000_500 + at * 1_000,
          },
          trigger: "manual",
        };
        await (await store.create(run, writer)).close();
      }
      await go("/runs");
      await page.getByRole("link", { name: "run-09999" }).waitFor();
      // Each jump to the end asks for one more page.
      const list = page.getByRole("grid", { name: "Runs" });
      await list.focus();
      const last = page.getByRole("link", { name: "run-00000" });
      for (let jump = 0; jump < RUNS / 200 && !await last.isVisible(); jump++) {
        const before = await list.getAttribute("aria-rowcount");
        await page.keyboard.press("End");
        if (before === String(RUNS)) continue;
        await page.locator(`.runs:not([aria-rowcount="${before}"])`).waitFor();
      }
      await page.keyboard.press("End");
      await last.waitFor();
      equal(await list.getAttribute("aria-rowcount"), String(RUNS));
      ok(await page.locator(".row").count() <= MAX_ROWS);
      ok(await page.locator("*").count() <= MAX_ELEMENTS);
      await shoot("many_runs");
    }),
);

browserTest(
  "200,000 lines are a few rows at a time, searched to the last one",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, run, shoot }) => {
      const runId = await run("chatty");
      await go(`/runs/${runId}?tab=log`);
      await page.getByText("200,000 lines", { exact: true }).waitFor();
      ok(await page.locator(".log .row").count() <= MAX_ROWS);
      await page.getByText("line 200000", { exact: true }).waitFor();
      await go(`/runs/${runId}`);
      await page.getByText("200,000 lines", { exact: true }).waitFor();
      ok(await page.locator(".log .row").count() <= MAX_ROWS);
      ok(await page.locator("*").count() <= MAX_ELEMENTS);
      await page.getByText("line 200000", { exact: true }).waitFor();
      await page.getByLabel("Search the output").fill("line 123456");
      await page.getByText("1 of 1", { exact: true }).waitFor();
      equal(await page.locator(".log mark").textContent(), "line 123456");
      await page.getByLabel("Search the output").fill("99");
      await page.getByText(/^1 of [\d,]+$/).waitFor();
      await page.getByLabel("Matches only").check();
      ok(await page.locator(".log .row").count() <= MAX_ROWS);
      await shoot("many_lines");
    }),
);
