import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = "says: {type: Workflow, jobs: {a: {stages: [{name: one, echo: hi}]}}}";

test("sluice trace lists, shows and prunes what a trace keeps, whichever it is", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-trace-"));
  const env = { WORKFLOW_LOG_TRACE_HANDLERS: '[{"type": "file"}, {"type": "sqlite"}]' };
  const run = (...args: readonly string[]) => sluice(args, { cwd, env });
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    equal((await sluice(["trace", "list"], { cwd })).code, 2, "none is kept by default");
    for (const id of ["r1", "r2"]) await run("run", "w.yml", "-q", "--run-id", id);
    for (const from of ["file", "sqlite"]) {
      const listed = JSON.parse((await run("trace", "list", "--json", "--from", from)).stdout);
      deepEqual(listed.map(({ run_id }: { run_id: string }) => run_id), ["r2", "r1"]);
      match(
        (await run("trace", "show", "last", "--from", from)).stdout,
        /Execute Stage: 'a\[\]\/one'/,
      );
    }
    equal((await run("trace", "show", "r9")).code, 1);
    const pruned = await run("trace", "prune", "--keep", "1", "--json");
    deepEqual(JSON.parse(pruned.stdout), ["r1"]);
    equal((await run("trace", "show", "r1", "--from", "sqlite")).code, 1);
    equal((await run("trace", "prune")).code, 2);
    equal((await run("trace", "burn")).code, 2);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

test("sluice run posts its trace to a real endpoint", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-trace-"));
  let body = "";
  const server = createServer((request, response) => {
    request.on("data", (chunk) => body += chunk);
    request.on("end", () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const handlers = [{ type: "restapi", api_url: `http://127.0.0.1:${port}/in` }];
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    const env = { WORKFLOW_LOG_TRACE_HANDLERS: JSON.stringify(handlers) };
    equal((await sluice(["run", "w.yml", "-q"], { cwd, env })).code, 0);
    match(body, /"message":"End run: succeeded"/);
  } finally {
    server.close();
    await rm(cwd, { recursive: true, force: true });
  }
});
