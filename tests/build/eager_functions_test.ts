import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "../harness.ts";
import { type FunctionRange, withEagerFunctions } from "../../tools/eager_functions.ts";

/** The places of these functions in a text. */
function placesOf(text: string, functions: readonly string[]): readonly FunctionRange[] {
  return functions.map((one) => {
    const start = text.indexOf(one);
    if (start < 0) throw new Error(`There is no ${one}`);
    return { start, end: start + one.length };
  });
}

function eager(text: string, called: readonly string[], others: readonly string[] = []): string {
  const all = [...placesOf(text, called), ...placesOf(text, others)];
  return withEagerFunctions(text, { called: placesOf(text, called), all });
}

test("eager functions stand in parentheses, one in another too, and the others stay", () => {
  const inner = "x=>x+1";
  const outer = `(a)=>{let f=${inner};return f(a)}`;
  equal(
    eager(`var g=${outer},h=async b=>b,k=function(){};`, [outer, inner], [
      "async b=>b",
      "function(){}",
    ]),
    `var g=((a)=>{let f=(${inner});return f(a)}),h=async b=>b,k=function(){};`,
  );
});

test("eager functions that are declared become variables at the beginning", () => {
  const text = 'import{a}from"./a.js";two();function one(){return 1}async function*two(){one()}';
  equal(
    eager(text, ["function one(){return 1}", "async function*two(){one()}"]),
    "var one=(function(){return 1});\nvar two=(async function*(){one()});\n" +
      'import{a}from"./a.js";two();',
  );
});

test("eager functions leave what is declared in others, and methods", () => {
  const inner = "function inner(){}";
  const outer = `function outer(){let x=1;${inner}return inner}`;
  const method = "read(a){return()=>a}";
  const text = `class A{${method}get b(){return 1}async(c){return c}}${outer}`;
  const found = eager(text, [outer, inner, method, "get b(){return 1}", "async(c){return c}"]);
  equal(
    found,
    `var outer=(function(){let x=1;${inner}return inner});\n` +
      `class A{${method}get b(){return 1}async(c){return c}}`,
  );
});

test("eager functions do what they did", async () => {
  const text = `export const said=[];said.push(one(2));
function one(a){return two((b)=>b*a)}function two(f){return f(3)}export{one};`;
  const called = [
    "function one(a){return two((b)=>b*a)}",
    "(b)=>b*a",
    "function two(f){return f(3)}",
  ];
  const folder = await mkdtemp(join(tmpdir(), "sluice-eager-"));
  const read = async (name: string, code: string) => {
    await writeFile(join(folder, name), code);
    const { said, one } = await import(pathToFileURL(join(folder, name)).href);
    return [said, one(5), one.name];
  };
  try {
    deepEqual(await read("eager.mjs", eager(text, called)), await read("lazy.mjs", text));
  } finally {
    await rm(folder, { recursive: true });
  }
});
