import assert from "node:assert/strict";
import fc from "fast-check";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";
import { fillerOf } from "./filling.ts";

const host = openHost();
const fill = fillerOf("bash");

const HOLE = "${{ v0 }}";

/** Texts that make a file when bash evaluates them in one of the ways it knows. */
const ATTACKS = [
  "a[$(touch pwned)]",
  "x[$(touch pwned)]=1",
  "($(touch pwned))",
  "';touch pwned;'\";touch pwned;\"\ntouch pwned\nEOF\ntouch pwned\n",
];

/** Writes texts around each other: `around("a", b, "c")` is every `a…c`. */
function around(...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> {
  const texts = parts.map((part) => typeof part === "string" ? fc.constant(part) : part);
  return fc.tuple(...texts).map((chosen) => chosen.join(""));
}

type Grammar = {
  readonly word: string;
  readonly quoted: string;
  readonly sum: string;
  readonly name: string;
  readonly command: string;
  readonly list: string;
};

/** Scripts that use a value wherever bash lets one stand. */
const { list: scripts } = fc.letrec<Grammar>((tie) => {
  const word = tie("word");
  const quoted = tie("quoted");
  const sum = tie("sum");
  const name = tie("name");
  const list = tie("list");
  const oneOf = (...choices: readonly (string | fc.Arbitrary<string>)[]) =>
    fc.oneof(
      { maxDepth: 4, depthIdentifier: "script" },
      ...choices.map((choice) => typeof choice === "string" ? fc.constant(choice) : choice),
    );
  return {
    word: oneOf(
      HOLE,
      `'a ${HOLE}'`,
      `$'${HOLE}'`,
      `\\${HOLE}`,
      `$${HOLE}`,
      `\\"${HOLE}`,
      `\`echo ${HOLE}\``,
      around('"', quoted, '"'),
      around("$(", list, ")"),
      around("$((", sum, "))"),
      around("$[", sum, "]"),
      around("<(", list, ")"),
      around("${n:-", word, "}"),
      around("${s:", sum, "}"),
      around("${a[", sum, "]}"),
      around("${s/", word, "/", word, "}"),
      around(word, word),
    ),
    quoted: oneOf(
      `a ${HOLE}`,
      `'${HOLE}'`,
      `\\${HOLE}`,
      `$${HOLE}`,
      `\`echo \\"${HOLE}\\"\``,
      around("$(", list, ")"),
      around("$((", sum, "))"),
      around("${n:-", quoted, "}"),
      around("${s#", word, "}"),
      around("${a[", sum, "]}"),
    ),
    sum: oneOf(
      HOLE,
      around("1+", sum),
      around("a[", sum, "]"),
      around("$(", list, ")"),
      around('"', quoted, '"'),
    ),
    name: oneOf("x", HOLE, `y_${HOLE}`, `"${HOLE}"`, around("a[", sum, "]")),
    command: oneOf(
      `echo ${HOLE}`,
      around("echo ", word),
      around("x=", word),
      around("n+=", word),
      around("let x=", word),
      around("let '", `x=${HOLE}`, "'"),
      around("x=", word, " builtin let y=", word),
      around("declare -i z=", word),
      around("declare -i z; z=", word),
      around("declare -a b=", word),
      around("declare ", name, "=", word),
      around("export ", name, "=", word),
      around("printf -v ", name, " x"),
      around("read -r ", name, " <<< ", word),
      around("unset ", name),
      around("test -v ", word),
      around("[ ", word, " -eq ", word, " ]"),
      around("[[ ", word, " -eq ", word, " ]]"),
      around("[[ -v ", word, " || ", word, " == ", word, " ]]"),
      around("a[", sum, "]=", word),
      around("a=(", word, " [", sum, "]=", word, ")"),
      around("(( ", sum, " ))"),
      around("for ((i=", sum, "; i<1; i++)); do ", list, "; break; done"),
      around("for n in ", word, "; do ", list, "; done"),
      around("case ", word, " in ", word, ") ", list, ";; (y) ", list, ";; esac"),
      around("if ", list, "; then ", list, "; fi"),
      around("f() { ", list, "; }; f"),
      around("function f { ", list, "; }; f"),
      around("( ", list, " )"),
      around("cat <<EOF\n", quoted, "\nEOF\n:"),
      around("cat <<-'EOF'\n\tEOF\n", list),
      around("# ' (( ", HOLE, "\n", list),
    ),
    list: oneOf(
      tie("command"),
      around(tie("command"), "; ", tie("command")),
      around(tie("command"), "\n", tie("command")),
      around(tie("command"), " | ", tie("command")),
    ),
  };
});

test("bash never runs a value, whatever script it stands in", async () => {
  const folder = await host.makeTempFolder("sluice-test-");
  try {
    await fc.assert(
      fc.asyncProperty(scripts, fc.constantFrom(...ATTACKS), async (script, attack) => {
        const code = filled(script, attack);
        if (code === undefined) return;
        await host.spawn("bash", {
          args: ["-c", `ulimit -t 2; ${code.text}`],
          cwd: folder,
          env: { PATH: host.env()["PATH"] ?? "", ...values(code) },
        });
        const made = await host.listNames(folder) ?? [];
        await host.remove(`${folder}/pwned`);
        assert.equal(made.includes("pwned"), false, code.text);
      }),
      { numRuns: 300 },
    );
  } finally {
    await host.remove(folder);
  }
});

/** The script with its value, or `undefined` where it refuses the value. */
function filled(script: string, value: string) {
  try {
    return fill(script, [value]);
  } catch {
    return undefined; // Refused, which is as good.
  }
}

function values({ values }: { readonly values: Readonly<Record<string, unknown>> }) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
