import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { WorkflowError } from "../../core/engine/errors.ts";
import { mappingOf } from "../../core/expr/mapping.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { test } from "../harness.ts";
import { type Left, runWithSecrets } from "./secret_run.ts";

const SECRET = "c0rrect-h'rse\"b$ttery";

function workflow(stages: string, rest = ""): string {
  return `w:\n  type: Workflow\n${rest}  jobs:\n    a:\n      stages:\n${
    stages.trim().split("\n").map((line) => `        ${line}`).join("\n")
  }\n`;
}

function outputsOf({ context }: Left, stage = "s"): ValueObject {
  const stages = mappingOf(mappingOf(mappingOf(context.jobs).a).stages);
  return mappingOf(mappingOf(stages[stage]).outputs);
}

/** Nothing that the run left holds a secret, in any of the usual forms. */
function assertHidden(left: Left, secret = SECRET): void {
  const all = JSON.stringify([left.context, left.lines, left.events]) + left.files;
  const json = JSON.stringify(secret).slice(1, -1);
  const encoded = Buffer.from(secret).toString("base64").replace(/..?==?$/, "");
  const forms = [secret, json, encoded, encodeURIComponent(secret), JSON.stringify(json)];
  for (const form of forms) ok(!all.includes(form), `${form} shows`);
}

test("a script gets a secret byte for byte, and whatever it prints of it is hidden", async () => {
  const left = await runWithSecrets(
    workflow(`
- name: s
  id: s
  bash: |
    test "\${{ secrets.TOKEN }}" = "$TOKEN" && echo same
    echo "plain $TOKEN"
    printf %s "$TOKEN" | base64
    printf 'x%s' "$TOKEN" | base64
    printf '%s' "$TOKEN" | sed 's/./&\\n/6' >&2
  env: {TOKEN: "\${{ secrets.TOKEN }}"}
`),
    { TOKEN: SECRET },
  );
  equal(left.status, "SUCCESS");
  assertHidden(left);
  match(String(outputsOf(left).stdout), /^same\nplain \*\*\*\n/);
  equal(left.lines[0], "same");
  equal(outputsOf(left).stderr, "***\n***");
});

test("a failure's message, details and exit hold no secret", async () => {
  const left = await runWithSecrets(
    workflow(
      `- {name: s, id: s, bash: 'echo "$T"; echo "no: $T" >&2; exit 3'}`,
      '  env: {T: "${{ secrets.TOKEN }}"}\n',
    ),
    { TOKEN: SECRET },
  );
  equal(left.status, "FAILED");
  assertHidden(left);
  match(JSON.stringify(left.context), /no: \*\*\*/);
});

test("a secret that is cut where the kept output ends does not show", async () => {
  const left = await runWithSecrets(
    workflow(`
- name: s
  id: s
  bash: head -c 1048570 /dev/zero | tr '\\0' x; printf %s "$TOKEN"; printf %s "$TOKEN" >&2; exit 1
  env: {TOKEN: "\${{ secrets.TOKEN }}"}
`),
    { TOKEN: SECRET },
  );
  assertHidden(left, SECRET.slice(0, 6));
});

test("a script in TypeScript gets a secret, and its outputs do not", async () => {
  const left = await runWithSecrets(
    workflow(`
- name: s
  id: s
  run: |
    const token: string = \${{ secrets.TOKEN }};
    console.log(JSON.stringify({ token }));
    export const length = token.length;
    export const copy = { [token]: [token, btoa(token)] };
  vars: {other: "\${{ secrets.TOKEN }}"}
`),
    { TOKEN: SECRET },
    { env: { PATH: process.env.PATH ?? "" } },
  );
  equal(left.status, "SUCCESS", JSON.stringify(left.context));
  assertHidden(left);
  deepEqual(outputsOf(left), { length: SECRET.length, copy: { "***": ["***", "***"] } });
  deepEqual(left.lines, ['{"token":"***"}']);
});

test("the plan and the events hold the expression alone", async () => {
  const left = await runWithSecrets(
    workflow(`- {name: s, bash: 'true', env: {T: "\${{ secrets.TOKEN }}"}}`),
    { TOKEN: SECRET },
  );
  assertHidden(left);
  ok(JSON.stringify(left.events).includes("\${{ secrets.TOKEN }}"));
});

test("a run whose secrets are missing does not begin, and every one of them is named", async () => {
  const text = workflow(`
- {name: s, bash: 'echo \${{ secrets.ONE }}', env: {T: "\${{ secrets.TWO }}", U: "\${{ secrets.THREE? }}"}}
- {name: p, parallel: {b: [{name: n, bash: 'echo \${{ secrets.FOUR }}'}]}}
`);
  await rejects(
    runWithSecrets(text, { TWO: SECRET }),
    (error) =>
      error instanceof WorkflowError &&
      error.message ===
        'Cannot run "w": it needs secrets "ONE", "FOUR", and none of the providers has them: "env SLUICE_SECRET_*", "test"',
  );
});

test("an optional secret is null where there is none", async () => {
  const left = await runWithSecrets(
    workflow(`- {name: s, id: s, bash: 'echo "[$T]"', env: {T: "<\${{ secrets.NONE? }}>"}}`),
    {},
  );
  equal(left.status, "SUCCESS");
  equal(outputsOf(left).stdout, "[<None>]");
});

test("a secret that is too short to be hidden is refused", async () => {
  await rejects(
    runWithSecrets(workflow(`- {name: s, bash: 'echo \${{ secrets.PIN }}'}`), { PIN: "123" }),
    /Cannot use secret "PIN" of provider "test": it has fewer than 4 characters/,
  );
});

test("what was computed with a secret is hidden too, where nobody has checked the workflow", async () => {
  const left = await runWithSecrets(
    workflow(
      `- {name: s, id: s, bash: 'echo "$T" \${{ secrets.TOKEN | upper }} \${{ params.word }}', env: {T: "\${{ secrets.TOKEN | upper }}"}}`,
      "  params: {word: {type: str, default: harmless}}\n",
    ),
    { TOKEN: SECRET },
  );
  equal(outputsOf(left).stdout, "*** *** harmless");
});

test("fields that take no secrets see none", async () => {
  const left = await runWithSecrets(
    workflow(`- {name: s, id: s, echo: "\${{ secrets.TOKEN }}"}`),
    { TOKEN: SECRET },
  );
  equal(left.status, "FAILED");
  assertHidden(left);
});
