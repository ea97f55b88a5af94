/**
 * The page in a real browser, over an endpoint that this runtime serves.
 *
 * @module
 */
import { deepEqual } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { openHost } from "../../platform/mod.ts";
import { serve } from "../../platform/serve.ts";
import { createApp, tokenFrom } from "../../plugins/http/mod.ts";
import { openSluice, type Sluice } from "../../preset.ts";
import { type Test, test } from "../harness.ts";

/** Where screenshots are kept, for people to look at; git does not. */
const ARTEFACTS = new URL(
  `./artefacts/${"Bun" in globalThis ? "bun" : "deno"}/`,
  import.meta.url,
);

export const TOKEN: string = "page-".repeat(9);

const executablePath = await openHost().which("chromium");

if (executablePath === undefined) {
  console.warn('skipped: tests of the page in a browser, as "chromium" is not installed');
}

// One for all tests of a file; it ends with the process that it is a child of.
const browser = executablePath === undefined ? undefined : await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu"],
});

/** Nothing here takes as long, unless the machine has much else to do. */
const LONGEST_WAIT_MS = 90_000;

/** Registers a test where there is a browser. */
export const browserTest: Test = executablePath === undefined ? () => {} : test;

/** A page of the endpoint, somebody signed in. */
export interface Visit {
  readonly page: Page;
  readonly sluice: Sluice;
  readonly url: string;
  /** Goes to a place behind the `#`. */
  go(hash: string): Promise<void>;
  /** Keeps a picture. */
  shoot(name: string): Promise<void>;
  /** Runs a workflow to its end; gives the id of the run. */
  run(workflow: string, params?: Readonly<Record<string, never>>): Promise<string>;
  /** What the console said that is wrong, so far; what is taken need not be there at the end. */
  takeErrors(): string[];
}

export interface VisitOptions {
  readonly workflows: string;
  readonly context?: BrowserContextOptions;
  /** Whether runs live in memory alone. @default false */
  readonly memory?: boolean;
  /** Whether somebody is signed in at once. @default true */
  readonly signedIn?: boolean;
}

/** Lends a page; afterwards nothing must have gone wrong, and no other host been asked. */
export async function visit(
  { workflows, context = {}, memory = false, signedIn = true }: VisitOptions,
  body: (visit: Visit) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-page-"));
  try {
    await mkdir(join(folder, "conf"));
    await writeFile(join(folder, "conf", "w.yml"), workflows);
    await using sluice = await openSluice({
      conf: join(folder, "conf"),
      state: join(folder, "state"),
      memory,
    });
    const ending = new AbortController();
    const app = createApp(sluice, { tokens: [tokenFrom(TOKEN)], signal: ending.signal });
    const served = serve((request, caller) => app.fetch(request, caller), {
      port: 0,
      host: "127.0.0.1",
    });
    try {
      await browse(`http://127.0.0.1:${served.port}`, { sluice, context, signedIn, body });
    } finally {
      ending.abort();
      await served.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Browsing {
  readonly sluice: Sluice;
  readonly context: BrowserContextOptions;
  readonly signedIn: boolean;
  readonly body: (visit: Visit) => Promise<void>;
}

async function browse(
  url: string,
  { sluice, context, signedIn, body }: Browsing,
): Promise<void> {
  const session = await browser!.newContext(context);
  try {
    const page = await session.newPage();
    page.setDefaultTimeout(LONGEST_WAIT_MS);
    const errors: string[] = [];
    const elsewhere: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(String(error.stack)));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${url}/`)) elsewhere.push(request.url());
    });
    await page.goto(signedIn ? `${url}/#token=${TOKEN}` : url);
    await page.waitForSelector("h1");
    await body({
      ...{ page, sluice, url },
      go: async (hash) => {
        await page.evaluate((to) => location.hash = to, hash);
      },
      shoot: async (name) => {
        await mkdir(ARTEFACTS, { recursive: true });
        await writeFile(new URL(`${name}.png`, ARTEFACTS), await page.screenshot());
      },
      run: async (workflow, params = {}) => {
        const model = await sluice.engine.workflow(workflow);
        const run = await sluice.engine.start(model, { params });
        await run.result;
        return run.runId;
      },
      takeErrors: () => errors.splice(0),
    });
    deepEqual(errors, []);
    deepEqual(elsewhere, []);
  } finally {
    await session.close();
  }
}

/** The rules that decide whether everybody can use a page. */
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What is serious or critical about what the page shows now. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  // Runs in the page, where the rules are.
  const found: readonly Violation[] = await page.evaluate(
    "axe.run(document).then(({ violations }) => violations)",
  );
  return found.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes: [node] }) => `${id}: ${node?.html} ${node?.failureSummary}`);
}
