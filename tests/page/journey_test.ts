/** What people do with the page, in a real browser. @module */
import { equal, match, ok } from "node:assert/strict";
import { browserTest, TOKEN, visit } from "./browser.ts";
import { WORKFLOWS } from "./workflows.ts";

browserTest(
  "page signs in with the token, and says so when it is a wrong one",
  () =>
    visit({ workflows: WORKFLOWS, signedIn: false }, async ({ page, takeErrors, shoot }) => {
      await page.getByLabel("Token").fill("a-wrong-one");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("This token is not one of this server").waitFor();
      match(takeErrors().join(), /401/);
      await shoot("sign_in");
      await page.getByLabel("Token").fill(TOKEN);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Workflows" }).waitFor();
      await page.reload();
      await page.getByRole("link", { name: "greet", exact: true }).waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").waitFor();
    }),
);

browserTest(
  "page forgets the token of its address",
  () =>
    visit({ workflows: WORKFLOWS }, ({ page }) => {
      equal(new URL(page.url()).hash, "#/");
      return Promise.resolve();
    }),
);

browserTest(
  "page starts a run by the form, shows it end, and searches its output",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, shoot, takeErrors }) => {
      await go("/workflows/greet/run");
      await page.getByLabel("who").fill("<b>Ada</b>");
      await page.getByLabel("times").fill("99");
      await page.getByLabel("extra").fill("{not json");
      await page.getByRole("button", { name: "Run greet" }).click();
      await page.getByText("This is no JSON").waitFor();
      await page.getByLabel("extra").fill('{"a": [1, 2]}');
      await page.getByRole("button", { name: "Run greet" }).click();
      await page.locator("#param-times-error", { hasText: "99" }).waitFor();
      match(takeErrors().join(), /422/);
      await shoot("form");
      await page.getByLabel("times").fill("3");
      await page.getByRole("button", { name: "Run greet" }).click();

      await page.locator(".title-line .badge", { hasText: "succeeded" }).waitFor();
      await page.getByText("Hello <b>Ada</b> 3").waitFor();
      equal(await page.locator(".log .ansi-1").textContent(), "red");
      await page.getByText("its condition").first().waitFor();

      await page.keyboard.press("/");
      await page.keyboard.type("WITHIN");
      await page.getByText("1 of 1", { exact: true }).waitFor();
      equal(await page.locator(".log mark").textContent(), "within");
      await page.getByLabel("Group More").click();
      await page.getByText("within the group").waitFor({ state: "detached" });
      await page.getByLabel("Search the output").press("Enter");
      await page.getByText("within the group").waitFor();
      await page.getByLabel("Matches only").check();
      await page.locator(".log .row").nth(1).waitFor({ state: "detached" });
      equal(await page.locator(".log .row").count(), 1);
      await shoot("run");

      await page.getByRole("button", { name: "Inputs and outputs" }).click();
      await page.getByText('"<b>Ada</b>"').first().waitFor();
      equal(await page.locator("b").count(), 0);
    }),
);

browserTest(
  "page shows what all stages of a run print as one log, and leads to the stage of a line",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, run, shoot, takeErrors }) => {
      await go(`/runs/${await run("legs")}?tab=log`);
      await page.getByText("9 lines", { exact: true }).waitFor();
      const row = page.locator(".log .row", { hasText: "part 2" });
      equal(await row.locator(".log-stage").textContent(), "work[part=2]/part");
      await page.getByLabel("Search the output").fill("part");
      await page.getByText("1 of 3", { exact: true }).waitFor();
      await page.getByLabel("Matches only").check();
      await page.locator(".log .row").nth(3).waitFor({ state: "detached" });
      await shoot("whole_log");
      await row.locator(".log-stage").click();
      await page.getByRole("heading", { name: "Part 2" }).waitFor();

      await go("/workflows/waiting/run");
      await page.getByRole("button", { name: "Run waiting" }).click();
      await page.getByRole("button", { name: "Log", exact: true }).click();
      await page.getByText("1 line, live", { exact: true }).waitFor();
      await page.getByText("wait/wait", { exact: true }).waitFor();
      // Else the engine waits for it.
      await page.getByRole("button", { name: "Cancel …" }).click();
      await page.getByRole("button", { name: "Cancel the run" }).click();
      await page.getByText("1 line", { exact: true }).waitFor();

      await go("/runs/nowhere");
      await page.getByText('There is no run "nowhere"').waitFor();
      equal(await page.getByRole("slider").count(), 0);
      ok(takeErrors().every((error) => error.includes("404")));
    }),
);

browserTest(
  "page shows a run while it goes on, and cancels it",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, shoot }) => {
      await go("/workflows/waiting/run");
      await page.getByRole("button", { name: "Run waiting" }).click();
      await page.locator(".title-line .badge", { hasText: "running" }).waitFor();
      await page.locator(".card.is-running").waitFor();
      await page.getByText("waiting", { exact: true }).last().waitFor();
      await shoot("running");
      await page.getByRole("button", { name: "Cancel …" }).click();
      await page.getByLabel("Reason").fill("nobody needs it");
      await page.getByRole("button", { name: "Cancel the run" }).click();
      await page.locator(".title-line .badge", { hasText: "cancelled" }).waitFor();
      await page.locator(".problem", { hasText: "nobody needs it" }).waitFor();
    }),
);

browserTest(
  "page runs again what failed, and keeps what did not",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, run, shoot }) => {
      const failed = await run("failing");
      await go(`/runs/${failed}`);
      await page.locator(".card.is-failed").waitFor();
      await page.getByText("about to fail", { exact: true }).waitFor();
      await shoot("failed");
      await page.getByRole("button", { name: "Rerun from failed" }).click();
      await page.waitForURL((url) => url.hash.startsWith("#/runs/") && !url.hash.includes(failed));
      await page.locator(".title-line .badge", { hasText: "failed" }).waitFor();
      await page.getByText("kept", { exact: true }).first().waitFor();
      await page.getByText("taken over from an earlier run").first().waitFor();
      await page.getByRole("link", { name: failed }).waitFor();

      await page.getByRole("link", { name: "Compare …" }).click();
      await page.getByRole("heading", { name: "Jobs and stages" }).waitFor();
      await page.locator("tr", { hasText: "good[]/fine" }).getByText("not there").waitFor();
      await shoot("compare");
    }),
);

browserTest(
  "page steps through the events of a run, back and forth",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, run, shoot }) => {
      await go(`/runs/${await run("failing")}`);
      await page.locator(".card.is-failed").waitFor();
      const length = Number(await page.getByLabel("Event", { exact: true }).getAttribute("max"));
      ok(length > 8);
      await page.getByLabel("Event", { exact: true }).fill("1");
      await page.getByText(`Event 1 of ${length}`).waitFor();
      await page.getByText("run.started").waitFor();
      await page.locator(".card.is-pending").nth(2).waitFor();
      equal(await page.locator(".card.is-failed").count(), 0);
      await page.getByRole("button", { name: "One event forth" }).click();
      await page.getByText(`Event 2 of ${length}`).waitFor();
      await page.keyboard.press("]");
      await page.getByText(`Event 3 of ${length}`).waitFor();
      await page.keyboard.press("[");
      await page.getByText(`Event 2 of ${length}`).waitFor();
      await shoot("step");
      await page.getByRole("button", { name: "Now" }).click();
      await page.locator(".card.is-failed").waitFor();
    }),
);

browserTest(
  "page can be used by the keyboard alone",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, run, shoot }) => {
      await run("failing");
      const newest = await run("legs");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
      await shoot("shortcuts");
      await page.keyboard.press("Escape");
      await page.keyboard.press("g");
      await page.keyboard.press("r");
      await page.getByRole("heading", { name: "Runs" }).waitFor();
      await page.getByRole("row", { name: "legs" }).waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("x");
      await page.keyboard.press("k");
      await page.keyboard.press("x");
      await page.getByRole("link", { name: "Compare" }).waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL(`**/#/runs/${newest}*`);
      await page.getByRole("row", { name: "part=2" }).first().waitFor();
      await page.keyboard.press("k");
      await page.keyboard.press("Home");
      equal(await page.locator(".row.current").getAttribute("aria-expanded"), "true");
      await page.keyboard.press("ArrowLeft");
      await page.getByRole("row", { name: "part=2" }).first().waitFor({ state: "detached" });
      await page.keyboard.press("g");
      await page.keyboard.press("w");
      await page.getByRole("heading", { name: "Workflows" }).waitFor();
      await page.getByRole("link", { name: "failing", exact: true }).waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("friend");
      await page.getByRole("link", { name: "failing", exact: true }).waitFor({ state: "detached" });
      await page.getByRole("link", { name: "greet", exact: true }).waitFor();
    }),
);

browserTest(
  "page is told of runs that others start",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, run }) => {
      await go("/runs");
      await page.getByText("Nothing has run yet").waitFor();
      await run("legs");
      await page.getByRole("row", { name: "legs" }).getByText("succeeded").waitFor();
    }),
);

browserTest(
  "page pauses schedules and verifies the audit",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go, run, shoot }) => {
      await run("greet");
      await go("/schedules");
      await page.getByRole("button", { name: "Pause the schedules of greet" }).click();
      await page.getByRole("button", { name: "Resume the schedules of greet" }).click();
      await page.getByRole("button", { name: "Pause the schedules of greet" }).waitFor();
      await go("/audit");
      await page.getByRole("button", { name: "Verify" }).click();
      await page.getByText("Nothing was changed").waitFor();
      await shoot("audit");
    }),
);
