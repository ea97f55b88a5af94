import { deepEqual, rejects, throws } from "node:assert/strict";
import { COMMANDS } from "../../cli/commands.ts";
import { parseArguments } from "../../cli/parse_arguments.ts";
import { readParam, readParams } from "../../cli/read_params.ts";
import { HostError } from "../../core/plugin/ports.ts";
import { test } from "../harness.ts";

const FILES: Readonly<Record<string, string>> = {
  "p.json": '{"size": 3, "name": "file"}',
  "p.yml": "size: 3\nsince: 2026-01-31\n",
  "list.yml": "- 1\n",
  "broken.yml": "a: [1\n",
  "bad.json": '{"__proto__": {"admin": true}}',
};

function read(...args: readonly string[]) {
  const invocation = parseArguments(COMMANDS, ["run", "hello", ...args]);
  if (invocation === undefined) throw new Error(`Internal error: ${args.join(" ")} is not valid`);
  return readParams(invocation, (path) => {
    const text = FILES[path];
    if (text !== undefined) return Promise.resolve(text);
    return Promise.reject(new HostError("ENOENT", `Cannot read "${path}"`));
  });
}

test("readParam() takes text after =, and JSON after :=", () => {
  deepEqual(readParam("a=1"), { name: "a", value: "1" });
  deepEqual(readParam("a:=1"), { name: "a", value: 1 });
  deepEqual(readParam('a:={"b": [true, null]}'), { name: "a", value: { b: [true, null] } });
  deepEqual(readParam("url=http://x?a=b:=c"), { name: "url", value: "http://x?a=b:=c" });
  deepEqual(readParam("a="), { name: "a", value: "" });
});

test("readParam() refuses what has no name, no value, or no JSON", () => {
  for (const text of ["a", "=1", ":=1", ""]) {
    throws(() => readParam(text), /write it as name=value/);
  }
  throws(() => readParam("a:=yes"), /Cannot read the parameter "a"/);
});

test("readParams() takes JSON and files; what is given by name goes first", async () => {
  deepEqual(await read("--params", '{"a": 1, "b": 2}', "-p", "b=x"), { a: 1, b: "x" });
  deepEqual(await read("-p", "name=line", "--params", "p.json"), { size: 3, name: "line" });
  deepEqual((await read("--params", "p.yml")).size, 3);
});

test("readParams() refuses files that are missing, broken, or no mapping", async () => {
  await rejects(read("--params", "nowhere.json"), /UsageError: Cannot read "nowhere.json"/);
  await rejects(read("--params", "broken.yml"), /UsageError: broken.yml:/);
  await rejects(read("--params", "list.yml"), /it takes a mapping of names to values/);
  await rejects(read("--params", "[1]"), /UsageError/);
});

test("readParams() refuses names that would pollute", async () => {
  await rejects(read("-p", "__proto__=x"), /No parameter can be named "__proto__"/);
  await rejects(read("-p", 'a:={"__proto__": 1}'), /UsageError/);
  await rejects(read("--params", '{"constructor": 1}'), /UsageError/);
  await rejects(read("--params", "bad.json"), /UsageError/);
  deepEqual(({} as { admin?: unknown }).admin, undefined);
});
