/** An endpoint over a fresh folder of workflows. @module */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type HttpOptions, PROBLEM_TYPE, tokenFrom } from "../../plugins/http/mod.ts";
import { type OpenOptions, openSluice, type Sluice } from "../../preset.ts";

export const API = "/api/v1";

export const TOKENS: Readonly<Record<"read" | "run" | "admin" | "wrong", string>> = {
  read: "r".repeat(43),
  run: "x".repeat(43),
  admin: "a".repeat(43),
  wrong: "w".repeat(43),
};

export const WORKFLOWS = `
hello:
  type: Workflow
  desc: Greets
  params:
    who: {type: str, default: world}
    times: {type: int, default: 1, ge: 1, le: 9}
  on:
    - cron: "0 9 * * *"
  jobs:
    greet:
      stages:
        - {name: Say, id: say, outputs: {text: "hello \${{ params.who }}"}, echo: "Hello \${{ params.who }}"}
hooked:
  type: Workflow
  on:
    - webhook: {secret: HOOK_SECRET, param: order}
  jobs:
    keep: {stages: [{name: Keep, id: keep, outputs: {id: "\${{ params.order.id }}"}, echo: "got it"}]}
broken:
  type: Workflow
  jobs:
    one: {needs: [two], stages: [{name: a, echo: a}]}
failing:
  type: Workflow
  jobs:
    good: {stages: [{name: fine, id: fine, echo: fine}]}
    bad: {needs: [good], stages: [{name: fails, id: fails, raise: it broke}]}
waiting:
  type: Workflow
  jobs:
    wait: {stages: [{name: Wait, bash: "exec sleep 600"}]}
many:
  type: Workflow
  jobs:
    each:
      stages:
        - name: All
          foreach: "\${{ range(0, 200) }}"
          stages: [{name: Item, echo: "\${{ item }}"}]
`;

export interface Call {
  readonly token?: keyof typeof TOKENS | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- what a test expects of it, it says itself
  readonly json: any;
}

export interface Opened {
  readonly sluice: Sluice;
  readonly app: ReturnType<typeof createApp>;
  readonly folder: string;
  /** Asks by method and path below the API, e.g. `GET /runs`. */
  call(what: string, call?: Call): Promise<Answered>;
}

/** Lends an endpoint with a token for each scope. */
export async function withEndpoint(
  body: (opened: Opened) => Promise<void>,
  { http = {}, open = {} }: { readonly http?: HttpOptions; readonly open?: OpenOptions } = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-http-"));
  const ending = new AbortController();
  try {
    await mkdir(join(folder, "conf"));
    await writeFile(join(folder, "conf", "w.yml"), WORKFLOWS);
    await using sluice = await openSluice({
      conf: join(folder, "conf"),
      state: join(folder, "state"),
      ...open,
    });
    const app = createApp(sluice, {
      tokens: (["read", "run", "admin"] as const).map((scope) =>
        tokenFrom(TOKENS[scope], { name: scope, scopes: [scope] })
      ),
      limits: { anonymousRate: { perSecond: 1_000_000, burst: 1_000_000 } },
      page: false,
      signal: ending.signal,
      ...http,
    });
    try {
      await body({ sluice, app, folder, call: (what, call) => ask(app, what, call) });
    } finally {
      ending.abort();
      const open = await (await sluice.engine.store()).list({
        statuses: ["RUNNING", "WAIT"],
        limit: 1_000,
      });
      for (const { runId } of open) {
        sluice.engine.running(runId)?.cancel("test", "it is over");
        sluice.engine.running(runId)?.cancel("test", "it is over");
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function ask(
  app: Opened["app"],
  what: string,
  { token, body, headers = {} }: Call = {},
): Promise<Answered> {
  const [method = "", path = ""] = what.split(" ");
  const answer = await app.request(path.startsWith("/hooks") ? path : `${API}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${TOKENS[token]}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get("content-type") ?? "");
  const json = isJson ? JSON.parse(text) : undefined;
  return { status: answer.status, headers: answer.headers, text, json };
}

/** Whether an answer is an error as all errors are. */
export function isProblem({ status, headers, json }: Answered): boolean {
  return headers.get("content-type") === PROBLEM_TYPE && json.status === status &&
    typeof json.detail === "string" && json.detail !== "" &&
    json.type === `urn:sluice:problem:${json.code}`;
}

/** A message of a stream. */
export interface Message {
  readonly event: string;
  readonly id: number | undefined;
  readonly data: string;
}

/** The messages of a stream, as they come; comments are passed over. */
export async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
        }),
      );
      if (!fields.has("data")) continue;
      const id = fields.get("id");
      yield {
        event: fields.get("event") ?? "message",
        id: id === undefined ? undefined : Number(id),
        data: fields.get("data") ?? "",
      };
    }
  }
}
