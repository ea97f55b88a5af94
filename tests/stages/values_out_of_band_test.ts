/**
 * Whatever a value is, code gets it, and gets it as a value: in each language
 * that a stage may be written in.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Value } from "../../core/expr/value.ts";
import { bash } from "../../stages/bash.ts";
import { script } from "../../stages/script/script.ts";
import { hostileText } from "../embed/filling.ts";
import { test } from "../harness.ts";
import { carryOut, failure } from "./stage_context.ts";

/** What a script of each language exports: the values in code, each as it is. */
const LANGUAGES = {
  ts: (list: string) => `export const seen: unknown[] = [${list}];`,
  js: (list: string) => `export const seen = [${list}];`,
  python: (list: string) => `seen = [${list}]`,
} as const;

type Language = keyof typeof LANGUAGES;

/** Texts that a place made for ordinary ones would take apart. */
const TEXTS: readonly string[] = [
  ...["", "-n", "-e", "--", "--help", "-rf /", "$(touch x)", "`touch x`", "${HOME}", "$'\\x41'"],
  ...["\r\n", "\t", "\u0001\u001b[31m", "\u2028\u2029", "\ufeffa", "a\u0301", "\u{1f995}\u200d"],
  ...["${{ secrets.X }}", "1; touch x", "'; touch x; '", '"; touch x; "', "\\", "%s%n", "* ? [a]"],
  ...["NaN", "null", "true", "1e999", "0x10", "__proto__"],
];

/** Texts that only some may hold. */
const NULS: readonly string[] = ["\0", "a\0b", "\0\0\n", "\ud800", "a\udc00b", "\udfff\ud800"];

const NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 0.1, 1e21, 1e-7, Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER],
  ...[-Number.MAX_SAFE_INTEGER, 2 ** 31, NaN, Infinity, -Infinity],
];

/** Python has whole numbers that are wider than a value: they come back as text. */
function isExact(value: number): boolean {
  return Number.isSafeInteger(value) || Math.abs(value) < 2 ** 53 || Math.abs(value) >= 1e21 ||
    Number.isNaN(value);
}

const anyText = fc.oneof(hostileText, fc.constantFrom(...TEXTS));
const scalar: fc.Arbitrary<Value> = fc.oneof(
  ...[anyText, fc.constantFrom(...NULS), fc.constantFrom(...NUMBERS), fc.boolean()],
  fc.double().filter(isExact),
  fc.constant(null),
);
const KEYS = fc.string({ minLength: 1, maxLength: 5 }).filter((key) =>
  !(key in {}) && key !== "prototype"
);
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.dictionary(KEYS, scalar, { maxKeys: 4, noNullPrototype: true }),
);

async function seenBy(lang: Language, values: readonly Value[]): Promise<readonly unknown[]> {
  const names = Object.fromEntries(values.map((value, at) => [`v${at}`, value]));
  const list = values.map((_, at) => `\${{ v${at} }}`).join(", ");
  const { outputs } = await carryOut(script(), { run: LANGUAGES[lang](list), lang }, {
    names,
    scriptLang: lang,
  });
  return Array.from(Object(outputs["seen"]));
}

for (const lang of ["ts", "js", "python"] as const) {
  test(`any value reaches ${lang} as it is, and comes back`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyValue, { minLength: 20, maxLength: 20 }), async (values) => {
        assert.deepEqual(await seenBy(lang, values), values);
      }),
      { numRuns: 4 },
    );
    const known = [...TEXTS, ...NULS, ...NUMBERS];
    assert.deepEqual(await seenBy(lang, known), known);
  });

  test(`a value of a megabyte reaches ${lang} as it is`, async () => {
    const long = "é'\"\\`$(touch x)\n".repeat(70_000);
    assert.ok(long.length > 1_000_000);
    assert.deepEqual(await seenBy(lang, [long, [long]]), [long, [long]]);
  });
}

test("a whole number that is too wide reaches Python as it is, and comes back as text", async () => {
  assert.deepEqual(await seenBy("python", [2 ** 53, -(2 ** 53)]), [
    ...["9007199254740992", "-9007199254740992"],
  ]);
});

test("any text reaches bash byte for byte, leading dashes too", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyText, { minLength: 15, maxLength: 15 }), async (values) => {
      const all = [...values, ...TEXTS].map((text) => text.toWellFormed());
      const names = Object.fromEntries(all.map((value, at) => [`v${at}`, value]));
      // In code, in double quotes and in single ones.
      const prints = all.map((_, at) =>
        `printf '%s\\0%s\\0%s\\0' \${{ v${at} }} "\${{ v${at} }}" '\${{ v${at} }}' | base64 -w0; echo`
      );
      const { outputs } = await carryOut(bash(), { bash: prints.join("\n") }, { names });
      const printed = String(outputs["stdout"]).trimEnd().split("\n");
      const encoded = all.map((text) => Buffer.from(`${text}\0`.repeat(3)).toString("base64"));
      assert.deepEqual(printed, encoded);
    }),
    { numRuns: 3 },
  );
});

test("a value of a megabyte reaches bash byte for byte, wherever it stands", async () => {
  const long = "é'\"\\`$(touch x)\n".repeat(70_000);
  const prints = ["${{ v }}", '"${{ v }}"', "'${{ v }}'"].map((place) =>
    `printf %s ${place} | sha256sum`
  );
  const { outputs } = await carryOut(bash(), { bash: prints.join("\n") }, { names: { v: long } });
  const digest = createHash("sha256").update(long).digest("hex");
  assert.equal(outputs["stdout"], `${digest}  -\n`.repeat(3).trimEnd());
});

test("bash refuses a value with NUL, which no process can be handed, and begins nothing", async () => {
  for (const text of ["\0", "a\0b"]) {
    const { message } = await failure(
      carryOut(bash(), { bash: "echo began ${{ v }}" }, { names: { v: text } }),
    );
    assert.match(message, /NUL/);
  }
});

test("a number is in bash what it is in an expression", async () => {
  const names = Object.fromEntries(NUMBERS.map((value, at) => [`v${at}`, value]));
  const list = NUMBERS.map((_, at) => `\${{ v${at} }}`).join(" ");
  const { outputs } = await carryOut(bash(), { bash: `printf '%s\\n' ${list}` }, { names });
  const read = String(outputs["stdout"]).trimEnd().split("\n")
    .map((text) => Number(text.replace("inf", "Infinity").replace("nan", "NaN")));
  assert.deepEqual(read.map(String), NUMBERS.map((value) => String(value)));
});
