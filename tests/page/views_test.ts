/** Every view: for everybody to use, in light and dark, wide and narrow, and whatever stands in it. @module */
import { deepEqual, equal, match } from "node:assert/strict";
import type { BrowserContextOptions } from "playwright-core";
import { PAGE_FILES } from "../../plugins/http/page/mod.ts";
import { test } from "../harness.ts";
import { browserTest, violations, type Visit, visit } from "./browser.ts";
import { WORKFLOWS } from "./workflows.ts";

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark", reducedMotion: "reduce" },
  narrow: { colorScheme: "light", viewport: { width: 390, height: 844 } },
};

for (const [look, context] of Object.entries(LOOKS)) {
  browserTest(
    `page has no serious barrier in any view, ${look}`,
    () =>
      visit({ workflows: WORKFLOWS, context }, async (visited) => {
        const { page, go, run, shoot } = visited;
        const [greet, failing] = [await run("greet"), await run("failing")];
        const found: string[] = [];
        for (const { name, hash, shown } of viewsOf(greet, failing)) {
          await go(hash);
          await page.locator(shown).first().waitFor();
          found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`));
          await shoot(`${look}_${name}`);
          equal(await overflow(visited), 0, `${name} is wider than the window`);
        }
        deepEqual(found, []);
      }),
  );
}

interface View {
  readonly name: string;
  readonly hash: string;
  /** What is there once the view is. */
  readonly shown: string;
}

function viewsOf(greet: string, failing: string): readonly View[] {
  return [
    { name: "workflows", hash: "/workflows", shown: "tbody tr" },
    { name: "graph", hash: "/workflows/failing", shown: ".card" },
    { name: "form", hash: "/workflows/greet/run", shown: ".field" },
    { name: "yaml", hash: "/workflows/broken/source", shown: ".finding" },
    { name: "schedule", hash: "/workflows/greet/schedules", shown: "ol.plain li" },
    { name: "runs", hash: "/runs", shown: ".runs .row" },
    { name: "run", hash: `/runs/${failing}`, shown: ".log .row" },
    { name: "timeline", hash: `/runs/${failing}?tab=timeline`, shown: ".bar" },
    { name: "data", hash: `/runs/${greet}?tab=data`, shown: ".json" },
    { name: "past", hash: `/runs/${failing}?at=3`, shown: ".is-past .step-text" },
    { name: "compare", hash: `/compare?a=${greet}&b=${failing}`, shown: ".compare" },
    { name: "schedules", hash: "/schedules", shown: "tbody tr" },
    { name: "audit", hash: "/audit", shown: "tbody tr" },
    { name: "nowhere", hash: "/nowhere", shown: ".empty" },
  ];
}

function overflow({ page }: Visit): Promise<number> {
  // Runs in the page, which has a document.
  const root = "document.documentElement";
  return page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`);
}

browserTest(
  "page puts diagnostics at their place in the text",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, go }) => {
      await go("/workflows/broken/source");
      const line = page.locator(".source > li", { hasText: "needs: [two]" });
      await line.locator(".finding", { hasText: 'it needs "two"' }).waitFor();
      equal(await line.locator(".squiggle").textContent(), "two");
    }),
);

browserTest("page is light or dark by choice, and remembers it", () =>
  visit(
    { workflows: WORKFLOWS, context: { colorScheme: "light" } },
    async ({ page, shoot }) => {
      const paper = () =>
        page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
      equal(await paper(), "rgb(255, 255, 255)");
      await page.getByRole("button", { name: "Theme: system" }).click();
      await page.getByRole("button", { name: "Theme: light" }).click();
      await page.getByRole("button", { name: "Theme: dark" }).waitFor();
      equal(await paper(), "rgb(15, 19, 24)");
      await page.reload();
      await page.getByRole("button", { name: "Theme: dark" }).waitFor();
      equal(await paper(), "rgb(15, 19, 24)");
      await shoot("by_choice");
    },
  ));

const EVIL =
  `<img src=x onerror="globalThis.pwned = true"><script>globalThis.pwned = true</script>`;

const HOSTILE = `
hostile:
  type: Workflow
  desc: ${JSON.stringify(EVIL)}
  tags: [${JSON.stringify(EVIL)}]
  params:
    text: {type: str, default: ${JSON.stringify(EVIL)}, desc: ${JSON.stringify(EVIL)}}
    one: {type: choice, options: [${JSON.stringify(EVIL)}, b], default: b}
  jobs:
    work:
      strategy:
        matrix: {leg: [${JSON.stringify(EVIL)}, "javascript:alert(1)"]}
      stages:
        - name: ${JSON.stringify(EVIL)}
          id: out
          outputs: {evil: "\${{ params.text }}"}
          bash: |
            echo "\${{ params.text }}"
            echo "::group::\${{ params.text }}"
            printf '\\033]8;;javascript:alert(1)\\033\\\\link\\033]8;;\\033\\\\\\n'
        - name: Fails
          raise: ${JSON.stringify(EVIL)}
`;

browserTest(
  "page shows hostile names, values and output as the text that they are",
  () =>
    visit({ workflows: HOSTILE }, async ({ page, go, run }) => {
      const id = await run("hostile");
      const places: readonly (readonly [string, string])[] = [
        ["/workflows", "tbody tr"],
        ["/workflows/hostile", ".card"],
        ["/workflows/hostile/run", ".field"],
        ["/workflows/hostile/source", ".source"],
        [`/runs/${id}`, ".card.is-failed"],
        [`/runs/${id}?tab=timeline`, ".bar"],
        [`/runs/${id}?tab=data`, ".json"],
        [`/compare?a=${id}&b=${id}`, "h2"],
        ["/audit", "tbody tr"],
      ];
      for (const [hash, shown] of places) {
        await go(hash);
        await page.locator(shown).first().waitFor();
        equal(await page.locator("main img, main script, a[href^=javascript]").count(), 0, hash);
      }
      await go(`/runs/${id}`);
      await page.getByRole("gridcell", { name: EVIL }).first().click();
      await page.locator(".log .row", { hasText: "onerror" }).first().waitFor();
      match(
        await page.locator(".log .row", { hasText: "link" }).first().textContent() ?? "",
        /link$/,
      );
      equal(await page.evaluate(() => "pwned" in globalThis), false);
    }),
);

browserTest(
  "page may run nothing that is written into it",
  () =>
    visit({ workflows: WORKFLOWS }, async ({ page, takeErrors }) => {
      await page.evaluate(`
        const script = document.createElement("script");
        script.textContent = "globalThis.pwned = true";
        document.body.append(script);
      `);
      equal(await page.evaluate(() => "pwned" in globalThis), false);
      match(takeErrors().join(), /Content Security Policy/);
    }),
);

browserTest(
  "page says what to do where there is nothing yet",
  () =>
    visit({ workflows: "" }, async ({ page, go, shoot }) => {
      await page.getByText("There are no workflows yet").waitFor();
      await go("/runs");
      await page.getByText("Nothing has run yet").waitFor();
      await go("/schedules");
      await page.getByText("Nothing starts by itself").waitFor();
      await go("/audit");
      await page.getByText("There are no records yet").waitFor();
      await go("/compare");
      await page.getByText("Choose two runs").waitFor();
      deepEqual(await violations(page), []);
      await shoot("empty");
    }),
);

test("page serves each module that another one imports", () => {
  const known = [...PAGE_FILES.keys()];
  for (const [path, { body, type }] of PAGE_FILES) {
    if (!type.startsWith("text/javascript")) continue;
    for (
      const [, specifier = ""] of body.matchAll(
        /^(?:import|export) .*from "(.*)";|^} from "(.*)";/gm,
      )
    ) {
      const target = new URL(specifier, `http://page${path}`).pathname;
      equal(known.includes(target), true, `${path} imports ${target}`);
    }
  }
});
