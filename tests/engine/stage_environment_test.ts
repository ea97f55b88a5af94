import { deepEqual, equal } from "node:assert/strict";
import process from "node:process";
import { stageEnvironment } from "../../core/engine/stage_environment.ts";
import { mappingOf } from "../../core/expr/mapping.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

const ENGINE = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/home/me",
  LC_TIME: "C",
  GITHUB_TOKEN: "s3cr3t",
  AWS_REGION: "eu",
};

async function stdoutOf(stage: string, conf?: Readonly<Record<string, string>>): Promise<unknown> {
  await using sluice = await openSluice({
    ...{ memory: true, audit: false, conf: "/nowhere" },
    env: { ...ENGINE, ...conf },
  });
  const text = `w: {type: Workflow, jobs: {a: {stages: [{name: s, id: s, ${stage}}]}}}`;
  const { workflows: [workflow] } = await sluice.loadText(text, "w.yml");
  const run = workflow && await sluice.engine.start(workflow);
  if (run === undefined) throw new Error("The workflow did not load");
  const { context } = await run.result;
  const stages = mappingOf(mappingOf(mappingOf(context.jobs).a).stages);
  return mappingOf(mappingOf(stages.s).outputs).stdout;
}

test("stages see what they need of the engine's environment, and nothing else", () => {
  deepEqual(stageEnvironment(ENGINE, []), {
    PATH: ENGINE.PATH,
    HOME: "/home/me",
    LC_TIME: "C",
  });
});

test("settings pass further variables on, by name or by a beginning", () => {
  const { AWS_REGION, GITHUB_TOKEN } = stageEnvironment(ENGINE, ["AWS_*", "GITHUB_TOKE"]);
  deepEqual([AWS_REGION, GITHUB_TOKEN], ["eu", undefined]);
});

test("a script has the small environment, whatever language it is in", async () => {
  const look = "echo $${GITHUB_TOKEN:-none} $${HOME:-none} $${AWS_REGION:-none}";
  equal(await stdoutOf(`bash: '${look}'`), "none /home/me none");
  equal(await stdoutOf(`bash: '${look}'`, { SLUICE_PASS_ENV: "AWS_*" }), "none /home/me eu");
});

test("a workflow declares a variable of the engine's by naming it", async () => {
  const declared = 'env: {REGION: "${AWS_REGION}", ZONE: "${AWS_ZONE:b}"}';
  equal(await stdoutOf(`bash: 'echo $REGION $ZONE', ${declared}`), "eu b");
});

test("a variable that is a secret is passed on by no pattern and read by no template", async () => {
  const secret = { SLUICE_SECRET_TOKEN: "s3cr3t", SLUICE_PASS_ENV: "SLUICE_*" };
  const stage =
    "bash: 'echo $A $B $${SLUICE_SECRET_TOKEN:-none}', env: {A: \"${SLUICE_SECRET_TOKEN:no}\", B: 1}";
  equal(await stdoutOf(stage, secret), "no 1 none");
  equal(
    await stdoutOf('bash: \'echo "[$A]"\', env: {A: "<${SLUICE_SECRET_TOKEN}>"}', secret),
    "[<null>]",
  );
});

test("a field of a stage reads no variable that is a secret either", async () => {
  const secret = { SLUICE_SECRET_TOKEN: "s3cr3t" };
  const stage = 'run: "export const stdout = token;", vars: {token: "<${SLUICE_SECRET_TOKEN:no}>"}';
  equal(await stdoutOf(stage, secret), "<no>");
});
