import assert from "node:assert/strict";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";
import { fillerOf } from "./filling.ts";

const host = openHost();
const fill = fillerOf("bash");

/** A command without blanks that leaves a file: what bash evaluates need not be one word. */
const COMMAND = "$(>pwned)";
const ELEMENT = `a[${COMMAND}]`;
const LIST = `(${COMMAND})`;

type Script = (value: string) => string;

/** Each runs what it is given, if that reaches bash as it is. */
const ESCAPES: readonly (readonly [Script, string])[] = [
  // Bash's own integers.
  [(v) => `RANDOM=${v}`, ELEMENT],
  [(v) => `OPTIND=${v}`, ELEMENT],
  [(v) => `HISTCMD=${v}`, ELEMENT],
  [(v) => `SRANDOM=${v}`, ELEMENT],
  [(v) => `declare SECONDS=${v}`, ELEMENT],
  [(v) => `for RANDOM in ${v}; do :; done`, ELEMENT],
  [(v) => `read OPTIND <<< ${v}`, ELEMENT],
  [(v) => `mapfile RANDOM <<< ${v}`, ELEMENT],
  [(v) => `printf -v RANDOM %s ${v}`, ELEMENT],
  [(v) => `printf -vRANDOM %s ${v}`, ELEMENT],
  [(v) => `RANDOM[0]+=${v}`, ELEMENT],
  // Integers of the script.
  [(v) => `declare -i n; n=${v}`, ELEMENT],
  [(v) => `declare -i n=\\\n${v}`, ELEMENT],
  [(v) => `declare -i m="a;b" n; n=${v}`, ELEMENT],
  [(v) => `typeset +x -i n; n+=${v}`, ELEMENT],
  [(v) => `declare "-i" n; n=${v}`, ELEMENT],
  [(v) => `declare \\\n -i n; n=${v}`, ELEMENT],
  [(v) => `f() { local -xi n=1; n=${v}; }; f`, ELEMENT],
  [(v) => `declare -gi n=${v}`, ELEMENT],
  [(v) => `i=-i; declare $i n=${v}`, ELEMENT],
  [(v) => `declare -$(echo i) n=${v}`, ELEMENT],
  [(v) => `declare -i n; declare n=${v}`, ELEMENT],
  [(v) => `declare -i n; export n=${v}`, ELEMENT],
  [(v) => `declare -i n; readonly n=${v}`, ELEMENT],
  [(v) => `declare -i n; n=(${v})`, ELEMENT],
  [(v) => `declare -ai n=(${v})`, ELEMENT],
  [(v) => `a=(1); declare -i a; a+=(${v})`, ELEMENT],
  [(v) => `declare -i n; printf -v n %s ${v}`, ELEMENT],
  [(v) => `declare -i n; x=n; printf -v $x %s ${v}`, ELEMENT],
  [(v) => `declare -i n; x=n; declare "$x="${v}`, ELEMENT],
  [(v) => `declare -i n; : \${n:=${v}}`, ELEMENT],
  [(v) => `declare -i n; : "\${n=${v}}"`, ELEMENT],
  [(v) => `declare -i n; x=n; : \${!x:=${v}}`, ELEMENT],
  [(v) => `declare -i n; read n <<< ${v}`, ELEMENT],
  [(v) => `declare -i n; read -r -- n <<< ${v}`, ELEMENT],
  [(v) => `declare -i n; read -ra n <<< ${v}`, ELEMENT],
  [(v) => `declare -i n; x=n; read $x <<< ${v}`, ELEMENT],
  [(v) => `declare -i n; read n < <(echo ${v})`, ELEMENT],
  [(v) => `declare -i n; echo ${v} | read n`, ELEMENT],
  [(v) => `declare -i n; read n <<E\n${v}\nE`, ELEMENT],
  [(v) => `declare -i n; while read n; do :; done <<< ${v}`, ELEMENT],
  [(v) => `declare -i REPLY; read <<< ${v}`, ELEMENT],
  [(v) => `declare -i n; mapfile n <<< ${v}`, ELEMENT],
  [(v) => `declare -i MAPFILE; readarray <<< ${v}`, ELEMENT],
  [(v) => `declare -i OPTARG; getopts a: x -a ${v}`, ELEMENT],
  [(v) => `declare -i n; for n in ${v}; do :; done`, ELEMENT],
  [(v) => `declare -i n; select n in ${v}; do break; done <<< 1`, ELEMENT],
  [(v) => `declare -i n; declare -n r=n; r=${v}`, ELEMENT],
  [(v) => `declare -i n; declare -n r=n; read r <<< ${v}`, ELEMENT],
  // Names of variables.
  [(v) => `printf -v ${v} x`, ELEMENT],
  [(v) => `printf -v${v} x`, ELEMENT],
  [(v) => `command printf -v${v} x`, ELEMENT],
  [(v) => `printf ${v} x`, `-v${ELEMENT}`],
  [(v) => `printf ${v}] x`, `-va[${COMMAND}`],
  [(v) => `printf -v x[${v}] y`, COMMAND],
  [(v) => `read ${v} <<< x`, ELEMENT],
  [(v) => `read x[${v}] <<< y`, COMMAND],
  [(v) => `sleep 0 & wait -n -p ${v}`, ELEMENT],
  [(v) => `sleep 0 & wait -n -p${v}`, ELEMENT],
  [(v) => `sleep 0 & wait -np${v}`, ELEMENT],
  [(v) => `sleep 0 & wait -n ${v}`, `-p${ELEMENT}`],
  [(v) => `a=1; unset ${v}`, ELEMENT],
  [(v) => `x=(1); unset x[${v}]`, COMMAND],
  [(v) => `exec {a[${v}]}>x`, ELEMENT],
  [(v) => `set -- a b; x=${v}; echo "\${!x}\${x[${v}]}"`, ELEMENT],
  [(v) => `test -v ${v}`, ELEMENT],
  [(v) => `test -n x -a -v ${v}`, ELEMENT],
  [(v) => `[ ! -v x[${v}] ]`, COMMAND],
  [(v) => `[[ -v ${v} ]]`, ELEMENT],
  [(v) => `[[ -z x || ! -v ${v} ]]`, ELEMENT],
  [(v) => `declare ${v}`, `${ELEMENT}=1`],
  [(v) => `declare x[${v}]=1`, COMMAND],
  [(v) => `f() { local ${v}=1; }; f`, ELEMENT],
  [(v) => `declare -n r=${v}; r=1`, ELEMENT],
  [(v) => `declare -n r; r=${v}; echo $r`, ELEMENT],
  [(v) => `declare -n r; for r in ${v}; do echo "$r"; done`, ELEMENT],
  // Arrays.
  [(v) => `declare -a x=${v}`, LIST],
  [(v) => `x=(1); declare x=${v}`, LIST],
  [(v) => `x=(1); y=x; declare "$y="${v}`, LIST],
  [(v) => `read -ra x <<< 1; declare x=${v}`, LIST],
  [(v) => `mapfile -t x <<< 1; declare x=${v}`, LIST],
  [(v) => `declare -A x; declare x+=${v}`, LIST],
  [(v) => `z=([${v}]=1)`, ELEMENT],
  // Arithmetic.
  [(v) => `let -- ${v}`, ELEMENT],
  [(v) => `echo $((${v}))`, ELEMENT],
  [(v) => `[[ x[${v}] -eq 1 ]]`, COMMAND],
  [(v) => `x=abc; echo \${x:${v}}`, ELEMENT],
  [(v) => `: \${x[${v}]:=1}`, ELEMENT],
  // What is expanded or run once more.
  [(v) => `echo x >&${v}`, COMMAND],
  [(v) => `exec >& ${v}`, COMMAND],
  [(v) => `{ :; } >&3${v}`, COMMAND],
  [(v) => `PS4=${v}; set -x; :`, COMMAND],
  [(v) => `export PS4=${v}; set -x; :`, COMMAND],
  [(v) => `BASH_ENV=${v} bash -c :`, COMMAND],
  [(v) => `compgen -W ${v}`, COMMAND],
  [(v) => `compgen -abW${v}`, COMMAND],
  [(v) => `compgen -f ${v}`, `-W${COMMAND}`],
  [(v) => `complete -C ${v} x; compgen -C ${v} x`, COMMAND],
  [(v) => `mapfile -t -C ${v} -c 1 <<< x`, ">pwned;:"],
  [(v) => `mapfile -tC${v} -c 1 <<< x`, ">pwned;:"],
  [(v) => `trap "echo "${v} EXIT`, COMMAND],
  [(v) => `eval echo ${v}`, COMMAND],
  [(v) => `builtin eval ${v}`, COMMAND],
];

test("bash runs what the escapes carry when nothing stands between", async () => {
  // Not all: what is evaluated differs from one version of bash to another.
  const harmless = await notRunning(ESCAPES.map(([script, value]) => ({
    text: script('"$V"'),
    env: { V: value },
  })));
  assert.ok(harmless.length < ESCAPES.length / 5, harmless.join("\n"));
});

test("bash runs nothing of what the escapes carry, because a place takes none of it", () => {
  for (const [script, value] of ESCAPES) {
    const text = script("${{ v0 }}");
    if (text.startsWith("printf $")) continue; // That one is told that it has no options.
    assert.throws(() => fill(text, [value]), { name: /^(Value|Syntax)Error$/ }, text);
  }
});

test("bash takes a value for no option of printf", async () => {
  const texts = ["printf ${{ v0 }} x", "printf ${{ v0 }}] x", "printf ${{ v0 }}%s x"]
    .flatMap((text) => [`-v${ELEMENT}`, `-va[${COMMAND}`, "-vx"].map((value) => ({ text, value })));
  const scripts = texts.map(({ text, value }) => fill(text, [value]))
    .map(({ text, values }) => ({
      text,
      env: { SLUICE_VALUE_1: String(values["SLUICE_VALUE_1"]) },
    }));
  assert.equal((await notRunning(scripts)).length, scripts.length);
});

test("bash sets no variable that it evaluates by a name that a value gave", () => {
  for (const name of ["RANDOM", "OPTIND", "PS4", "BASH_ENV", "BASH_ALIASES"]) {
    assert.throws(() => fill('declare "${{ v0 }}=${{ v1 }}"', [name, "x"]), { name: "ValueError" });
    assert.throws(() => fill("printf -v ${{ v0 }} %s ${{ v1 }}", [name, "x"]));
  }
  fill('declare "${{ v0 }}=${{ v1 }}"', ["NAME", "any text"]);
});

test("fillCode() says what reads a value into an integer, and how to go on", () => {
  assert.throws(() => fill("declare -i n; read n <<< ${{ v0 }}", [1]), {
    name: "SyntaxError",
    message:
      'A value cannot be in a script that lets "read" set an integer variable, which would ' +
      "evaluate what is read; read into a variable that is not an integer",
  });
});

test("fillCode() takes any text beside integers, arrays and options", () => {
  for (
    const script of [
      "declare -i n=1; read -r line <<< ${{ v0 }}",
      "printf ${{ v0 }}",
      "printf '%s: %s' a ${{ v0 }}",
      "printf -v x %s ${{ v0 }}",
      "printf -- ${{ v0 }} x",
      "read -rp ${{ v0 }} x",
      'files=(a b); name=${{ v0 }}; echo "${files[@]}" ${{ v0 }}',
      "f() { local -n out=$1; echo ${{ v0 }}; }",
      "ENV=${{ v0 }}; export ENV",
      "export PATH=${{ v0 }}",
      "echo x > ${{ v0 }} 2>&1 &> ${{ v0 }}",
      "[ ${{ v0 }} = x ] && [ -n ${{ v0 }} ]",
      ": ${x:=${{ v0 }}}",
      "for x in ${{ v0 }}; do :; done",
    ]
  ) {
    assert.equal(Object.values(fill(script, ["a b"]).values)[0], "a b", script);
  }
});

interface Filled {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The scripts that left no file behind. */
async function notRunning(scripts: readonly Filled[]): Promise<readonly string[]> {
  const harmless: string[] = [];
  for (const { text, env } of scripts) {
    const folder = await host.makeTempFolder("sluice-test-");
    try {
      await host.spawn("bash", {
        args: ["-c", `ulimit -t 2; ${text}`],
        cwd: folder,
        env: { ...env, PATH: host.env()["PATH"] ?? "" },
      });
      if (!(await host.listNames(folder) ?? []).includes("pwned")) harmless.push(text);
    } finally {
      await host.remove(folder);
    }
  }
  return harmless;
}
