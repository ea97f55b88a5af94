/**
 * Whatever is written, reading it ends, and the work grows with the text and no
 * faster. Steps are counted, not seconds: a slow machine is no defect.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  evaluateText,
  ExpressionError,
  parseTemplate,
  renderTemplate,
  splitTemplate,
  type Value,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import { contextOf } from "./context.ts";

/** A text that counts how many of its characters are looked at. */
function counted(text: string): { readonly text: string; readonly steps: () => number } {
  let steps = 0;
  const methods: Readonly<Record<string, (...args: readonly never[]) => unknown>> = {
    indexOf: (wanted: string, from = 0) => {
      const found = text.indexOf(wanted, from);
      steps += (found < 0 ? text.length : found) - from + 1;
      return found;
    },
    slice: (start: number, end: number) => {
      const piece = text.slice(start, end);
      steps += piece.length;
      return piece;
    },
    includes: (wanted: string) => {
      steps += text.length;
      return text.includes(wanted);
    },
    endsWith: (wanted: string, end: number) => {
      steps += wanted.length;
      return text.endsWith(wanted, end);
    },
    startsWith: (wanted: string, at: number) => {
      steps += wanted.length;
      return text.startsWith(wanted, at);
    },
  };
  const proxy = new Proxy(Object(text), {
    get: (_, key) => {
      if (key === "length") return text.length;
      if (typeof key === "string" && Object.hasOwn(methods, key)) return methods[key];
      if (typeof key === "string" && /^\d+$/.test(key)) {
        steps++;
        return text[Number(key)];
      }
      throw new Error(`The splitter reads "${String(key)}", which nobody counts`);
    },
  });
  return { text: proxy, steps: () => steps };
}

function stepsOf(text: string): number {
  const counting = counted(text);
  splitTemplate(counting.text);
  return counting.steps();
}

const PIECES = ["${{", "}}", "{", "}", "'", '"', "\\", " ", "$", "a", "${{ x }}", "${{ '"] as const;

test("splitTemplate() takes twice the steps for twice the text, whatever is repeated", () => {
  for (const one of PIECES) {
    for (const other of PIECES) {
      for (const head of ["", "${{", "${{ '", '${{ "{']) {
        const text = (count: number) => head + `${one}${other}`.repeat(count);
        const [small, large] = [stepsOf(text(500)), stepsOf(text(1_000))];
        ok(large <= 2.2 * small + 100, `${head}${one}${other}: ${small} steps, then ${large}`);
      }
    }
  }
});

const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 200 }).map((all) => all.join(""));

test("splitTemplate() takes steps in proportion to any text", () => {
  fc.assert(fc.property(soup, (text) => {
    ok(stepsOf(text) <= 12 * text.length + 100, text);
  }));
});

test("splitTemplate() loses nothing: its parts are the text", () => {
  fc.assert(fc.property(soup, (text) => {
    const parts = splitTemplate(text);
    equal(parts.map(({ start, end }) => text.slice(start, end)).join(""), text);
    deepEqual(
      parts.map(({ start }) => start),
      [0, ...parts.map(({ end }) => end)].slice(0, parts.length),
    );
  }));
});

const TOKENS = [
  ..."+-*/%()[]{}<>=!?:.,|&'\"`$#@~^\\".split(""),
  ...["==", "&&", "||", "//", "and", "or", "not", "in", "if", "else", "a", "b", "params", "1"],
  ...[
    "'x'",
    "length(",
    "join",
    "| first",
    "range(9)",
    "${{",
    "}}",
    "\n",
    "\t",
    "💥",
    "é",
    "1e9",
    "__proto__",
  ],
];

const NAMES = { a: 1, b: "x", params: { a: [1, 2], b: { c: null } } };

test("an evaluator says what is wrong as a diagnostic, or gives a value, whatever is written", () => {
  const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map((all) =>
    all.join(" ")
  );
  fc.assert(
    fc.property(tokens, (text) => {
      for (const read of [evaluateText, renderTemplate]) {
        try {
          read(text, contextOf(NAMES));
        } catch (error) {
          if (!(error instanceof ExpressionError)) throw error;
          ok(error.start >= 0 && error.start <= error.end && error.end <= text.length, text);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

/** How often a name is looked up while a text is evaluated. */
function lookups(text: string): number {
  let count = 0;
  const names: Readonly<Record<string, Value>> = { a: 1, yes: true, list: [1, 2] };
  const context = contextOf({}, {
    lookup: (name) => {
      count++;
      return names[name];
    },
  });
  evaluateText(text, context);
  return count;
}

test("an evaluator looks at each part once at most", () => {
  for (
    const [part, joint] of [
      ["a", " + "],
      ["yes", " and "],
      ["a < 2", " and "],
      ["a", " == "],
      ["(yes ? a : a)", " + "],
      ["length(list)", " * "],
      ["(list | first)", " - "],
    ] as const
  ) {
    const text = Array.from({ length: 40 }, () => part).join(joint);
    const written = text.match(/\b(?:a|yes|list)\b/g)?.length ?? 0;
    ok(lookups(text) <= written, text);
  }
});

test("a template of many expressions is parsed once for each of them", () => {
  const count = 1_000;
  const { parts } = parseTemplate("${{ a }} ".repeat(count));
  equal(parts.filter(({ kind }) => kind === "hole").length, count);
});
