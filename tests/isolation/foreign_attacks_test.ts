/**
 * The corpus of attacks, continued: what a plugin tries by its code, its
 * manifest, its name and its schemas, and what people are made to write. It
 * grows and never shrinks.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFile, symlink, writeFile } from "node:fs/promises";
import type { JsonObject } from "../../core/expr/json.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { specifierProblem } from "../../core/model/plugin_use.ts";
import { type Permissions, permissionsProblem } from "../../core/plugin/permissions.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { systemClock } from "../../platform/mod.ts";
import { verifiedCode } from "../../plugins/foreign/code_files.ts";
import { isolatedStage, permissionsFor } from "../../plugins/foreign/isolated_stage.ts";
import { formatLock, parseLock } from "../../plugins/foreign/lock_file.ts";
import { readManifest } from "../../plugins/foreign/manifest.ts";
import { readSchema } from "../../plugins/foreign/safe_schema.ts";
import { test } from "../harness.ts";
import { failure, host, inFolder, run } from "./isolated.ts";
import { lockedPlugin, runJobs, withPlugin } from "./foreign_plugin.ts";

const STAGE = { name: "A", id: "a", foe: "x" };

/** Changes each message of the process on its way, which a process can do with its own. */
function rewritten(from: string, to: string): string {
  return `const encode = TextEncoder.prototype.encode;
    TextEncoder.prototype.encode = function (text) { return encode.call(this, text.replace(${from}, ${to})) };
    return { a: 1 };`;
}

/** What the code of a plugin does, and what must become of it. */
const LIES: readonly {
  readonly tries: string;
  readonly body: string;
  readonly leaves: ValueObject | RegExp;
}[] = [
  {
    tries: "a report on standard output",
    body:
      `console.log('{"type":"report","ok":true,"value":{"forged":true}}'); return { honest: true };`,
    leaves: { honest: true },
  },
  {
    tries: "a report on standard error",
    body:
      `console.error('{"type":"report","ok":true,"value":{"forged":true}}'); return { honest: true };`,
    leaves: { honest: true },
  },
  {
    tries: "reports on file descriptors 3 to 20",
    body: `const { writeSync } = await import("node:fs");
      for (let fd = 3; fd <= 20; fd++) try { writeSync(fd, '{"type":"report","ok":true,"value":{}}\\n') } catch {}
      return { honest: true };`,
    leaves: { honest: true },
  },
  {
    tries: "to load the main module again",
    body:
      `const again = await import(Deno.mainModule).catch(() => ({})); return { names: Object.keys(again) };`,
    leaves: { names: [] },
  },
  {
    tries: "to read what else comes on its standard input",
    body: `const bytes = new Uint8Array(10);
      const more = await Promise.race([Deno.stdin.read(bytes), new Promise((resolve) => setTimeout(resolve, 50, "nothing"))]);
      return { more };`,
    leaves: { more: "nothing" },
  },
  {
    tries: "numbers that JSON cannot say",
    body: `return { huge: 1e308 * 10, none: NaN, minus: -0, big: 2n ** 80n };`,
    leaves: /SUCCESS/,
  },
  {
    tries: "a number that is none",
    body: rewritten('/"a":1/', '\'"a":{"$number":"process.exit()"}\''),
    leaves: /no mapping|does not know|SUCCESS/,
  },
  {
    tries: "a date that is none",
    body: rewritten('/"a":1/', "'\"a\":{\"$datetime\":\"' + '9'.repeat(10000) + '\"}'"),
    leaves: /no mapping|does not know/,
  },
  {
    tries: "a message that is nested a hundred thousand times",
    body: rewritten('/"a":1/', "'\"a\":' + '['.repeat(1e5) + ']'.repeat(1e5)"),
    leaves: /sent a message that the engine does not know/,
  },
  {
    tries: "a message with __proto__ in it",
    body: rewritten('/"a":1/', '\'"__proto__":{"polluted":true}\''),
    leaves: /sent a message that the engine does not know/,
  },
  {
    tries: "a message with constructor deep in it",
    body: rewritten('/"a":1/', '\'"a":[{"constructor":{"prototype":{"polluted":1}}}]\''),
    leaves: /sent a message that the engine does not know/,
  },
  {
    tries: "a message of a type that there is not",
    body: rewritten('/"type":"report"/', '\'"type":"event"\''),
    leaves: /sent a message that the engine does not know/,
  },
  {
    tries: "outputs that are a list",
    body: "return [1, 2];",
    leaves: /reported outputs that are no mapping/,
  },
  {
    tries: "an error whose class is a title",
    body:
      "throw Object.assign(new Error('x'), { name: 'A\\n{\"type\":1}', outcome: 'succeeded', retryable: 'yes' });",
    leaves: /PluginError/,
  },
  {
    tries: "the environment of the engine",
    body: "return { env: context.env, seen: Deno.permissions.querySync({ name: 'env' }).state };",
    leaves: { env: {}, seen: "prompt" },
  },
  {
    tries: "to prototype-pollute its way to the next stage",
    body: "Object.prototype.polluted = 1; Array.prototype.toJSON = () => 'x'; return { a: 1 };",
    leaves: { a: 1 },
  },
  {
    tries: "to take the tools away that its report is made with",
    body: "globalThis.JSON = null; Object.entries = null; return { a: 1 };",
    leaves: /TypeError|SUCCESS/,
  },
];

for (const { tries, body, leaves } of LIES) {
  test(`a plugin gets nowhere with ${tries}`, () =>
    withPlugin({ body }, async ({ open }) => {
      await using sluice = await open();
      const { status, outputs, errors } = await runJobs(sluice, { j: [STAGE] });
      if (leaves instanceof RegExp) assert.match(`${status} ${errors}`, leaves);
      else assert.deepEqual(outputs("a"), leaves, errors);
      assert.equal(Reflect.get({}, "polluted"), undefined);
    }));
}

const MANIFESTS: Readonly<Record<string, JsonObject>> = {
  "is called __proto__": { name: "__proto__" },
  "is called like a flag": { name: "--allow-all" },
  "is called like a path": { name: "../foe" },
  "asks for everything": { permissions: { net: ["*"] } },
  "asks to run": { permissions: { run: ["sh"] } },
  "asks for two in one": { permissions: { read: ["a,/etc"] } },
  "asks for what lies above": { permissions: { write: ["../../etc"] } },
  "asks for a variable with a value": { permissions: { env: ["PATH=/tmp"] } },
  "asks for a host with a user": { permissions: { net: ["user@example.com"] } },
  "asks for a secret by a template": { permissions: { secrets: ["${{ input.name }}"] } },
  "asks for too many": { permissions: { net: Array.from({ length: 201 }, (_, i) => `h${i}.org`) } },
  "has a stage with the key __proto__": stageWith({ keys: ["__proto__"] }),
  "has a stage with a key that holds a line": stageWith({ keys: ["a\nb"] }),
  "has a stage with a key that is no field": stageWith({ keys: ["other"] }),
  "has a stage whose field is called constructor": stageWith({
    fields: { type: "object", properties: { a: {}, constructor: {} } },
  }),
  "has a stage whose fields are a list": stageWith({ fields: { type: "array" } }),
  "has a stage with more than it should": stageWith({ execute: "code" }),
  "has a summary without end": stageWith({ summary: "x".repeat(10_000) }),
  "has a hundred and one stages": {
    stages: Array.from({ length: 101 }, (_, i) => ({ ...A_STAGE(), name: `s${i}` })),
  },
};

function A_STAGE(): JsonObject {
  return { name: "a", keys: ["a"], summary: "", fields: { type: "object", properties: { a: {} } } };
}

function stageWith(part: JsonObject): JsonObject {
  return { stages: [{ ...A_STAGE(), ...part }] };
}

for (const [what, part] of Object.entries(MANIFESTS)) {
  test(`a plugin that ${what} is not installed, nor read from a lock file`, async () => {
    const manifest = { name: "foe", permissions: {}, stages: [A_STAGE()], ...part };
    assert.throws(() => readManifest(manifest, "./foe.ts"), /what it says of itself does not fit/);
    const { locked: { specifier, ...locked } } = await lockedPlugin({ body: "" });
    const lock = { version: 1, plugins: { [specifier]: { ...locked, manifest } } };
    assert.throws(() => parseLock(JSON.stringify(lock)), { name: "LockError" });
  });
}

const DOUBLING = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [
  `d${i}`,
  i === 0
    ? { type: "string" }
    : { anyOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] },
]));

const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  "refers to itself": { $ref: "#" },
  "refers to itself in a circle": {
    $ref: "#/$defs/a",
    $defs: { a: { $ref: "#/$defs/b" }, b: { allOf: [{ $ref: "#/$defs/a" }] } },
  },
  "doubles at each level": { $ref: "#/$defs/d39", $defs: DOUBLING },
  "doubles with each level of the value": {
    $ref: "#/$defs/a",
    $defs: {
      a: {
        anyOf: [
          { type: "object", properties: { a: { $ref: "#/$defs/a" } } },
          { type: "object", properties: { a: { $ref: "#/$defs/a" } } },
        ],
      },
    },
  },
  "refers to the network": { $ref: "https://example.com/schema.json" },
  "refers to nothing": { $ref: "#/$defs/none" },
  "is nested too deep": Array.from({ length: 100 })
    .reduce<JsonObject>((items) => ({ type: "array", items }), {}),
  "has __proto__ as a property": JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'),
  "has __proto__ in a default": JSON.parse('{"type":"object","default":{"__proto__":{"a":1}}}'),
  "has patterns of properties": { patternProperties: { "(a+)+$": {} } },
  "has more parts than anybody writes": {
    anyOf: Array.from({ length: 20_000 }, () => ({ type: "string" })),
  },
};

for (const [what, schema] of Object.entries(SCHEMAS)) {
  test(`a schema that ${what} is refused`, () => {
    assert.throws(() => readSchema(schema));
  });
}

test("a schema's patterns are left to the plugin, since they may take for ever", () => {
  const schema = readSchema({
    type: "object",
    properties: { a: { type: "string", pattern: "^(a+)+$" }, pattern: { type: "string" } },
    propertyNames: { pattern: "^(a+)+$" },
  });
  assert.ok(schema.safeParse({ a: `${"a".repeat(60)}b`, pattern: "x" }).success);
  assert.ok(!schema.safeParse({ pattern: 1 }).success);
});

test("a schema of a tree, and one of any JSON, are none of these", () => {
  const tree = readSchema({
    $ref: "#/$defs/t",
    $defs: {
      t: { type: "object", properties: { below: { type: "array", items: { $ref: "#/$defs/t" } } } },
    },
  });
  assert.ok(tree.safeParse({ below: [{ below: [] }] }).success);
  const json = readSchema({
    $ref: "#/$defs/j",
    $defs: {
      j: {
        anyOf: [
          ...[{ type: "string" }, { type: "null" }, {
            type: "array",
            items: { $ref: "#/$defs/j" },
          }],
          { type: "object", additionalProperties: { $ref: "#/$defs/j" } },
        ],
      },
    },
  });
  assert.ok(json.safeParse([{ a: ["x", null] }]).success);
});

const TEMPLATES: readonly {
  readonly asks: Permissions;
  readonly granted?: Permissions;
  readonly input: ValueObject;
  /** What it gets, or why it is refused. */
  readonly gets: Permissions | RegExp;
}[] = [
  {
    asks: { net: ["${{ input.url | host }}"] },
    granted: { net: ["*.example.com"] },
    input: { url: "https://api.example.com@evil.org/" },
    gets: {},
  },
  {
    asks: { net: ["${{ input.url | host }}"] },
    granted: { net: ["*.example.com"] },
    input: { url: "https://evil.org\\@api.example.com/" },
    gets: {},
  },
  {
    asks: { net: ["${{ input.url | host }}"] },
    granted: { net: ["api.example.com"] },
    input: { url: "https://api.example.com.evil.org/" },
    gets: {},
  },
  {
    asks: { net: ["${{ input.url | host }}"] },
    granted: { net: ["api.example.com:443"] },
    input: { url: "https://аpi.example.com/" },
    gets: /no host/,
  },
  {
    asks: { net: ["${{ input.url | host }}"] },
    input: { url: "https://*.org/" },
    gets: /many|host/,
  },
  { asks: { net: ["${{ input.host }}"] }, input: { host: "*.example.com" }, gets: /many/ },
  { asks: { net: ["${{ input.host }}"] }, input: { host: "a.org,evil.org" }, gets: /comma/ },
  { asks: { net: ["${{ input.host }}"] }, input: { host: "a.org\nevil.org" }, gets: /control/ },
  { asks: { net: ["${{ input.host }}"] }, input: { host: "" }, gets: /empty/ },
  { asks: { net: ["${{ input.host }}"] }, input: { host: ["a.org"] }, gets: /no text|host/ },
  { asks: { net: ["${{ input.host }}"] }, input: { host: "a.org:99999" }, gets: /no host/ },
  { asks: { env: ["${{ input.name }}"] }, input: { name: "A*" }, gets: /many/ },
  { asks: { env: ["${{ input.name }}"] }, input: { name: "A=1" }, gets: /no name/ },
  { asks: { read: ["data/${{ input.name }}"] }, input: { name: "../../etc" }, gets: /\.\./ },
  {
    asks: { read: ["${{ input.name }}"] },
    granted: { read: ["data"] },
    input: { name: "/etc" },
    gets: {},
  },
  {
    asks: { read: ["${{ input.name }}"] },
    granted: { read: ["data"] },
    input: { name: "/" },
    gets: { read: ["/srv/data"] },
  },
  {
    asks: { read: ["${{ input.name }}"] },
    granted: { read: ["data"] },
    input: { name: "data/../data-too" },
    gets: {},
  },
];

for (const { asks, granted = asks, input, gets } of TEMPLATES) {
  const title = `${JSON.stringify(asks)} of ${JSON.stringify(granted)} with ${
    JSON.stringify(input)
  }`;
  test(`a value does not widen ${title}`, () => {
    const fill = () =>
      permissionsFor(input, {
        plugin: {
          ...{ asked: asks, granted, specifier: "./foe.ts" },
          ...{ code: () => Promise.reject(), env: () => ({}), isolation: () => Promise.reject() },
        },
        context: Object.assign(Object.create(null), {
          host: new FakeHost({ cwd: "/srv" }),
          clock: systemClock,
        }),
      });
    if (gets instanceof RegExp) assert.throws(fill, gets);
    else assert.deepEqual(fill(), gets);
  });
}

test("a specifier that is another, names no version or holds a password is refused", () => {
  const wrong = [
    ...["data:text/javascript,1", "http://example.com/x.ts", "node:fs", "bun:ffi", "/etc/x.ts"],
    ...["greet.ts", "-A", "./a b.ts", "./a.ts#b", "./a.ts\n", "npm:weather", "npm:weather@latest"],
    ...["npm:weather@^1.0.0", "jsr:@a/b@1", "https://user:password@example.com/x.ts", "blob:x"],
  ];
  for (const specifier of wrong) assert.ok(specifierProblem(specifier), specifier);
  for (const specifier of ["./a.ts", "../a/mod.ts", "npm:@a/b@1.2.3", "https://a.org/x.ts"]) {
    assert.equal(specifierProblem(specifier), undefined);
  }
});

test("grants in settings are plain: nothing above, no lists in one name, no values", () => {
  const wrong: readonly Permissions[] = [
    { read: ["../x"] },
    { read: ["a/../../x"] },
    { write: ["a,b"] },
    { env: ["A=B"] },
    { env: ["*"] },
    { net: ["*"] },
    { net: ["http://a.org"] },
    { net: ["a.org/path"] },
    { secrets: ["A*"] },
  ];
  for (const permissions of wrong) assert.ok(permissionsProblem(permissions));
});

test("the code of a plugin is looked at and run as one text, whatever the disk says next", async () => {
  const { code, locked } = await lockedPlugin({ body: "return {};" });
  const texts = [code, "export const plugin = 'another'"];
  const swapping = { readText: () => Promise.resolve(texts.shift() ?? "") };
  assert.equal(await verifiedCode(locked, { host: swapping, folder: "conf" }), code);
  await assert.rejects(verifiedCode(locked, { host: swapping, folder: "conf" }), /was changed/);
});

test("a plugin that was changed between two attempts does not run as it was changed", () =>
  withPlugin({ body: "return { of: 'before' };" }, async ({ open, conf }) => {
    await using sluice = await open();
    const [file = ""] = await host.listNames(`${conf}/.plugins`) ?? [];
    const change =
      `sed -i s/before/after/ "${conf}/.plugins/${file}" && echo ${"$"}{{ stages.a.outputs.of }}`;
    const { outputs } = await runJobs(sluice, {
      j: [STAGE, { name: "B", bash: change }, { ...STAGE, name: "C", id: "c" }],
    });
    assert.deepEqual([outputs("a"), outputs("c")], [{ of: "before" }, { of: "before" }]);
    await assert.rejects(runJobs(sluice, { j: [STAGE] }), /its code was changed/);
    await using next = await open();
    await assert.rejects(runJobs(next, { j: [STAGE] }), /its code was changed/);
  }));

test("a run that edits the lock file is the last one until somebody has looked", () =>
  withPlugin({ body: "return {};", asks: { env: ["ONE"] } }, async ({ open, conf }) => {
    await using sluice = await open();
    const edit = `sed -i s/ONE/TWO/ "${conf}/sluice.lock"`;
    await runJobs(sluice, { j: [{ name: "Edit", bash: edit }] });
    await assert.rejects(
      runJobs(sluice, { j: [STAGE] }),
      /sluice\.lock has changed since the engine was opened/,
    );
    await writeFile(`${conf}/sluice.lock`, "{");
    await assert.rejects(runJobs(sluice, { j: [STAGE] }), /it is no JSON/);
  }));

test("a module that is a link is what it leads to", () =>
  inFolder(async (folder) => {
    const { code, locked } = await lockedPlugin({ body: "" });
    await host.writeText(`${folder}/.plugins/${locked.code}.js`, code);
    await host.writeText(`${folder}/real.ts`, code);
    await symlink(`${folder}/real.ts`, `${folder}/foe.ts`);
    const linked = { ...locked, modules: { "./foe.ts": locked.code } };
    assert.equal(await verifiedCode(linked, { host, folder }), code);
    await host.writeText(`${folder}/real.ts`, "another");
    await assert.rejects(verifiedCode(linked, { host, folder }), /"\.\/foe\.ts" has changed/);
  }));

test("a plugin that takes a key of the engine, or a field of every stage, is refused", async () => {
  const claim = async (keys: readonly string[], properties: JsonObject) => {
    const stage = { name: "foe", keys, summary: "", fields: { type: "object", properties } };
    const made = { body: "", manifest: { stages: [stage] } };
    let message = "";
    await withPlugin(made, async ({ open }) => {
      message = await open().then(() => "opened", (error: Error) => error.message);
    });
    return message;
  };
  assert.match(await claim(["bash", "foe"], { bash: {}, foe: {} }), /takes the key "bash"/);
  assert.match(await claim(["name"], { name: {} }), /takes the key "name"/);
  assert.match(await claim(["foe"], { foe: {}, if: {} }), /takes the key "if"/);
  assert.match(await claim(["uses"], { uses: {} }), /takes the key "uses"/);
  assert.equal(await claim(["foe"], { foe: {} }), "opened");
});

const VAULT = {
  name: "vault",
  secrets: [{
    name: "vault",
    read: (name: string) =>
      Promise.resolve({ MINE: "mine-0123456789", YOURS: "yours-9876543210" }[name]),
  }],
};

test("a plugin is handed the secrets that it asks for and is granted, and no others", () =>
  withPlugin({
    body: `context.print("I have " + context.secrets.MINE);
      return { names: Object.keys(context.secrets), mine: context.secrets.MINE, env: context.env };`,
    asks: { secrets: ["MINE", "YOURS"] },
    granted: { secrets: ["MINE", "OTHERS"] },
  }, async ({ open, folder }) => {
    await using sluice = await open({ plugins: [VAULT] });
    const { outputs, lines, errors } = await runJobs(sluice, {
      j: [
        STAGE,
        { name: "B", bash: "cat -", env: { T: "${{ secrets.YOURS }}" } },
      ],
    });
    assert.deepEqual(outputs("a"), { names: ["MINE"], mine: "***", env: {} }, errors);
    assert.ok(lines.includes("I have ***"), lines.join("\n"));
    const files = await host.spawn("grep", { args: ["-rl", "mine-0123456789", folder] });
    assert.equal(files.stdout, "");
  }));

test("a secret that a plugin needs and nobody has stops the run before it begins", () =>
  withPlugin({ body: "return {};", asks: { secrets: ["ABSENT"] } }, async ({ open }) => {
    await using sluice = await open({ plugins: [VAULT] });
    await assert.rejects(runJobs(sluice, { j: [STAGE] }), /it needs secret "ABSENT"/);
  }));

test("a plugin takes secrets in the fields that its manifest lists, and in no others", () => {
  const stage = { ...{ name: "foe", keys: ["foe"], summary: "" }, secrets: ["more"] };
  const fields = { type: "object", properties: { foe: {}, more: {} }, required: ["foe"] };
  return withPlugin({
    body: "return { length: input.more.length };",
    manifest: { stages: [{ ...stage, fields }] },
  }, async ({ open }) => {
    await using sluice = await open({ plugins: [VAULT] });
    const { outputs } = await runJobs(sluice, { j: [{ ...STAGE, more: "${{ secrets.MINE }}" }] });
    assert.deepEqual(outputs("a"), { length: 15 });
    const refused = await runJobs(sluice, { j: [{ ...STAGE, foe: "${{ secrets.MINE }}" }] });
    assert.equal(refused.status, "FAILED");
  });
});

test("secrets of a plugin are in no command line and no environment of a process", () =>
  inFolder((folder) =>
    withPlugin({
      body: `Deno.writeTextFileSync("${folder}/begun", "");
        const isSeen = () => Deno.stat("${folder}/seen").then(() => true, () => false);
        while (!await isSeen()) await new Promise((resolve) => setTimeout(resolve, 5));
        return {};`,
      asks: { secrets: ["MINE"], read: [folder], write: [folder] },
    }, async ({ open }) => {
      await using sluice = await open({ plugins: [VAULT] });
      const look = `for _ in {1..3000}; do [ -e ${folder}/begun ] && break; sleep 0.02; done
        [ -e ${folder}/begun ] || found=never
        for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; tr "\\0" " " < $p/environ
        done 2>/dev/null | grep -c "mine-012345678[9]" > ${folder}/seen.new || true
        echo "$found$(cat ${folder}/seen.new)"; mv ${folder}/seen.new ${folder}/seen`;
      const { outputs, status, errors } = await runJobs(sluice, {
        j: [STAGE],
        spy: [{ name: "Spy", id: "spy", bash: look }],
      });
      assert.equal(status, "SUCCESS", errors);
      assert.equal(outputs("spy", "spy").stdout, "0");
    })
  ));

test("code that may write the conf folder cannot change which code runs", () =>
  withPlugin({ body: "return {};" }, async ({ open, conf }) => {
    const lock = await readFile(`${conf}/sluice.lock`, "utf8");
    await writeFile(
      `${conf}/sluice.yml`,
      `scripts: {grant: {read: ["${conf}"], write: ["${conf}"]}}\n`,
    );
    await using sluice = await open();
    const attempts = [
      `Deno.writeTextFileSync("${conf}/sluice.lock", "{}")`,
      `Deno.writeTextFileSync("${conf}/sluice.yml", "isolation: none")`,
      `Deno.writeTextFileSync("${conf}/.plugins/x.js", "")`,
      `Deno.renameSync("${conf}/.plugins", "${conf}/x")`,
      `Deno.removeSync("${conf}/sluice.lock")`,
      `Deno.writeTextFileSync("${conf}/x", ""); Deno.renameSync("${conf}/x", "${conf}/sluice.lock")`,
    ];
    const permissions = { read: [conf], write: [conf] };
    const stages = attempts.map((code, i) => ({
      name: `S${i}`,
      id: `s${i}`,
      permissions,
      run: `try { ${code}; } catch (error) { result.outputs = { why: String(error) } }`,
    }));
    const { outputs, errors } = await runJobs(sluice, { j: stages });
    for (const [i, code] of attempts.entries()) {
      assert.match(String(outputs(`s${i}`).why), /Requires write access/, `${code} ${errors}`);
    }
    assert.equal(await readFile(`${conf}/sluice.lock`, "utf8"), lock);
  }, { settings: "" }));

test("code that may write a folder with links in it cannot lead them elsewhere", async () => {
  await inFolder(async (folder) => {
    await host.writeText(`${folder}/secret`, "secret");
    await host.writeText(`${folder}/granted/deep/file`, "");
    await host.writeText(`${folder}/granted/b/c/d`, "");
    await symlink(folder, `${folder}/granted/deep/out`);
    await symlink("../../deep", `${folder}/granted/b/c/in`);
    const permissions = { read: [`${folder}/granted`], write: [`${folder}/granted`] };
    const attempts = [
      `Deno.renameSync("granted/deep", "granted/moved"); Deno.readTextFileSync("granted/moved/out/secret")`,
      `Deno.renameSync("granted/b/c/in", "granted/in"); Deno.readTextFileSync("granted/in/secret")`,
      `Deno.renameSync("granted/b/c", "granted/c")`,
    ];
    for (const code of attempts) {
      const inPlace = code.replaceAll('"granted', `"${folder}/granted`);
      const error = await failure(run(inPlace, { permissions }));
      assert.match(error.message, /Requires (read|write) access/, code);
    }
    const two = { write: [`${folder}/granted`, `${folder}/other`] };
    const error = await failure(run("", { permissions: two }));
    assert.match(error.message, /could be moved into the second/);
  });
});

test("code that may write the project cannot change an audit that lies in it", () =>
  withPlugin({ body: "return {};" }, async ({ open, folder, conf }) => {
    const audit = `audit: {type: file, path: "${folder}/audits"}\n`;
    await writeFile(`${conf}/sluice.yml`, `${audit}scripts: {grant: {write: ["${folder}"]}}\n`);
    await using sluice = await open();
    const write = (file: string) => ({
      ...{ name: file, id: "w", permissions: { write: [folder] } },
      run: `Deno.writeTextFileSync("${folder}/${file}", "")`,
    });
    assert.equal((await runJobs(sluice, { j: [write("mine")] })).status, "SUCCESS");
    const { errors } = await runJobs(sluice, { j: [write("audits/forged.jsonl")] });
    assert.match(errors, /Requires write access/);
  }));

test("a stage kind of a plugin says what its code may reach", () => {
  const kind = isolatedStage(
    {
      name: "foe",
      keys: ["foe"],
      summary: "",
      fields: { type: "object", properties: { foe: {} } },
    },
    {
      ...{ asked: { net: ["a.org"], secrets: ["T"] }, granted: { net: ["*.org"] } },
      ...{ specifier: "./foe.ts", code: () => Promise.reject(), env: () => ({}) },
      isolation: () => Promise.reject(),
    },
  );
  assert.deepEqual(kind.secretNames, []);
  assert.equal(kind.reach?.({}, { scriptLang: "ts", registryCaller: [] })?.code, "./foe.ts");
});

test("a lock file that was tampered with is refused, not repaired", async () => {
  const { locked } = await lockedPlugin({ body: "" });
  const text = formatLock([locked]);
  const broken = [
    text.replace(/sha256-\w+/, "sha256-0"),
    text.replace('"version": 1', '"version": 2'),
    text.replace('"packages"', '"scripts"'),
    text.replace('"./foe.ts"', '"foe.ts"'),
    text.replace('"granted": {}', '"granted": {"run": ["sh"]}'),
    text.replace('"granted": {}', '"granted": {"net": ["*"]}'),
    "[]",
    "",
  ];
  for (const tampered of broken) assert.throws(() => parseLock(tampered), { name: "LockError" });
});

test("a plugin whose code and lock file were changed together is spoken of, once", async () => {
  const before = { body: "return { honest: true };" };
  const body = "return { read: await Deno.readTextFile('/etc/hostname').catch((e) => e.name) };";
  const grants = "plugins:\n  - {use: ./foe.ts, grant: {read: [/nothing]}}\n";
  for (const settings of ["", grants]) {
    await withPlugin(before, async ({ conf, open }) => {
      const warnings: string[] = [];
      const runOnce = async () => {
        await using sluice = await open({ warn: (message) => warnings.push(message) });
        return await runJobs(sluice, { j: [STAGE] });
      };
      await runOnce();
      await runOnce();
      assert.deepEqual(warnings, []);
      const { code, locked } = await lockedPlugin({ body, asks: { read: ["/etc"] } });
      await writeFile(`${conf}/.plugins/${locked.code}.js`, code);
      await writeFile(`${conf}/sluice.lock`, formatLock([locked]));
      const { outputs } = await runOnce();
      await runOnce();
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", /^Plugin "\.\/foe\.ts" has changed since it was last used/);
      assert.match(warnings[0] ?? "", new RegExp(`its code is ${locked.code}, and was sha256-`));
      // What the settings grant, the lock file cannot.
      const isBound = settings !== "";
      assert.equal(/it could not: read \/etc/.test(warnings[0] ?? ""), !isBound);
      assert.equal(outputs("a")["read"] === "NotCapable", isBound);
    }, { settings });
  }
});
