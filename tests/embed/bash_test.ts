import assert from "node:assert/strict";
import fc from "fast-check";
import { textOf } from "../../core/expr/text.ts";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";
import { fillerOf, hostileTexts, problems, run } from "./filling.ts";

const host = openHost();
const fill = fillerOf("bash");

const REFERENCES: readonly (readonly [string, string])[] = [
  ["echo ${{ a }}", 'echo "${V1}"'],
  ["cp ${{ a }}/x.${{ b }} /tmp", 'cp "${V1}"/x."${V2}" /tmp'],
  ["VAR=${{ a }};", 'VAR="${V1}";'],
  ['echo "Hello ${{ a }}!"', 'echo "Hello ${V1}!"'],
  ["echo 'it is ${{ a }}'", `echo 'it is '"\${V1}"''`],
  ["echo $'\\t${{ a }}'", `echo $'\\t'"\${V1}"$''`],
  ["cat <<EOF\n${{ a }}\nEOF\necho ${{ b }}", 'cat <<EOF\n${V1}\nEOF\necho "${V2}"'],
  ["cat <<-EOF\n\t${{ a }}\n\tEOF\necho ${{ b }}", 'cat <<-EOF\n\t${V1}\n\tEOF\necho "${V2}"'],
  ["cat <<A <<B\n${{ a }}\nA\n${{ b }}\nB\n", "cat <<A <<B\n${V1}\nA\n${V2}\nB\n"],
  ["cat <<EOF\n\"${{ a }}\"'${{ b }}'\nEOF", "cat <<EOF\n\"${V1}\"'${V2}'\nEOF"],
  ["cat <<EOF\nx\\\nEOF\n${{ a }}\nEOF", "cat <<EOF\nx\\\nEOF\n${V1}\nEOF"],
  ["cat <<< ${{ a }}", 'cat <<< "${V1}"'],
  ['x="$(cat ${{ a }} "${{ b }}")"', 'x="$(cat "${V1}" "${V2}")"'],
  ["x=`cat ${{ a }} '${{ b }}'`", `x=\`cat "\${V1}" ''"\${V2}"''\``],
  ['"`echo \\"${{ a }}\\" ${{ b }}`"', '"`echo \\"${V1}\\" "${V2}"`"'],
  ["x=`echo \\`echo ${{ a }}\\``", 'x=`echo \\`echo "${V1}"\\``'],
  ['echo ${x:-${{ a }}} "${x:-${{ b }}}"', 'echo ${x:-"${V1}"} "${x:-${V2}}"'],
  ['"${x#${{ a }}}" "${x/${{ b }}/-}"', '"${x#"${V1}"}" "${x/"${V2}"/-}"'],
  ["case $x in ${{ a }}) echo ${{ b }};; esac", 'case $x in "${V1}") echo "${V2}";; esac'],
  [
    "x=$(case y in y) echo ${{ a }};; (z) ;; esac) ${{ b }}",
    'x=$(case y in y) echo "${V1}";; (z) ;; esac) "${V2}"',
  ],
  ["[[ $x == ${{ a }} && -n ${{ b }} ]]", '[[ $x == "${V1}" && -n "${V2}" ]]'],
  ["a=(x ${{ a }} 'y')", "a=(x \"${V1}\" 'y')"],
  ["diff <(sort ${{ a }}) >(cat)", 'diff <(sort "${V1}") >(cat)'],
  ["f() { echo ${{ a }}; }", 'f() { echo "${V1}"; }'],
  ["ls @(a|${{ a }})", 'ls @(a|"${V1}")'],
  ["# it's ${{ a }}\necho ${{ b }}", '# it\'s ${{ a }}\necho "${V2}"'],
  ["echo a#b '# ${{ a }}' # ${{ b }}", `echo a#b '# '"\${V1}"'' # \${{ b }}`],
  ['echo \\${{ a }} "\\${{ b }}"', 'echo "${V1}" "\\\\${V2}"'],
  ['echo $${{ a }} "$${{ b }}"', 'echo "$""${V1}" "$""${V2}"'],
  ["cat <<EOF\n$${{ a }} \\${{ b }}\nEOF", "cat <<EOF\n\\$${V1} \\\\${V2}\nEOF"],
  ["echo \\'${{ a }}\\' \\\"${{ b }}", 'echo \\\'"${V1}"\\\' \\""${V2}"'],
  ["echo ${#x} $# ${{ a }}", 'echo ${#x} $# "${V1}"'],
  ["  echo ${{ a }}\n    echo b\n", 'echo "${V1}"\n  echo b\n'],
  ["echo ${{ a }}\r\necho b\r\n", 'echo "${V1}"\necho b\n'],
  ["echo ${{ a | unsafe }} '${{ b|unsafe }}'", "echo PASTE 'PASTE'"],
  ["# ${{ a | unsafe }}", "# ${{ a | unsafe }}"],
  ["cat <<'EOF'\n${{ a | unsafe }}\nEOF", "cat <<'EOF'\nPASTE\nEOF"],
];

test("embedBash() quotes a reference for the place where the template stands", () => {
  for (const [script, expected] of REFERENCES) assert.equal(run("bash", script), expected, script);
});

test("embedBash() reads $$ before a letter or a brace as one dollar, as the reference does", () => {
  assert.equal(run("bash", 'echo "ENV $$FOO";'), 'echo "ENV $FOO";');
  assert.equal(run("bash", "echo $${FOO:-x} $$FOO"), "echo ${FOO:-x} $FOO");
  assert.equal(run("bash", "cat <<EOF\n$$FOO\nEOF"), "cat <<EOF\n$FOO\nEOF");
  assert.equal(run("bash", "kill -9 $$$$$$$$;"), "kill -9 $$;");
});

test("embedBash() leaves the process id and quoted dollars alone", () => {
  for (
    const script of [
      "echo $$",
      "x=/tmp/$$.log",
      "x=/tmp/$$_log",
      'echo "$$"',
      "echo '$$x' \\$$x",
      "echo $$$$",
    ]
  ) {
    assert.equal(run("bash", script), script);
  }
});

test("embedBash() never touches the shell's own ${NAME}", () => {
  const script = "X=5; echo ${X} ${X:-9} $X ${X[0]} ${#X} ${!X} ${X@Q} ${@:1}";
  assert.equal(run("bash", script), script);
});

test("embedBash() refuses a value where none can go, with its place", () => {
  const quoted = "cat <<'EOF'\n${{ a }}\nEOF\ncat <<\"X\"\n${{ b }}\nX\ncat <<\\Y\n${{ c }}\nY\n";
  assert.deepEqual(problems("bash", quoted), [
    "embed-heredoc ${{ a }}",
    "embed-heredoc ${{ b }}",
    "embed-heredoc ${{ c }}",
  ]);
  assert.deepEqual(problems("bash", "cat <<${{ a }}\n"), ["embed-heredoc ${{ a }}"]);
  assert.deepEqual(problems("bash", "echo ${X_${{ a }}}"), ["embed-name ${{ a }}"]);
  assert.deepEqual(problems("bash", "X_${{ a }}=${{ b }}"), ["embed-name ${{ a }}"]);
  assert.deepEqual(problems("bash", "set image ${{ a }}=${{ b }}"), []);
});

const EVALUATED: readonly string[] = [
  "echo $((1 + ${{ v0 }}))",
  'echo "$((1 + ${{ v0 }}))"',
  "cat <<EOF\n$(( ${{ v0 }} ))\nEOF",
  "echo $(( $(echo ${{ v0 }}) ))",
  "(( x = ${{ v0 }} ))",
  "for ((i=0; i<${{ v0 }}; i++)); do :; done",
  "echo $[ ${{ v0 }} ]",
  "let x=${{ v0 }}",
  "let 'x = ${{ v0 }}'",
  'builtin let "x=${{ v0 }}"',
  "if let x=${{ v0 }}; then :; fi",
  "function f { let x=${{ v0 }}; }; f",
  "a[${{ v0 }}]=1",
  "a=([${{ v0 }}]=1)",
  "echo ${a[${{ v0 }}]}",
  "x=abc; echo ${x:${{ v0 }}} ",
  "x=abc; echo ${x:0:${{ v0 }}} ${@:${{ v0 }}}",
  "[[ ${{ v0 }} -eq 1 ]]",
  '[[ 1 -lt "${{ v0 }}" ]]',
  "declare -i x=${{ v0 }}",
  "declare -xi 'x=${{ v0 }}'",
  "declare -i x\nx=${{ v0 }}",
  "f() { local -i n=1; }; n+=${{ v0 }}",
  "declare -i n; for n in ${{ v0 }}; do :; done",
  "x=`echo $(( ${{ v0 }} ))`",
  "case x in x) let y=${{ v0 }};; esac",
  "a[$(echo x\n: ${{ v0 }})]=1",
  "declare -a b=<(declare -i z; z=${{ v0 }})",
  "2>/dev/null let x=${{ v0 }}",
  "a=(<(echo x) [${{ v0 }}]=1)",
  "shopt -s extglob\necho @(x|<(echo y)) $((${{ v0 }}))",
  "echo ${ let x=${{ v0 }}; }",
];

const NAMING: readonly string[] = [
  'declare "${{ v0 }}=1"',
  "export X_${{ v0 }}=1",
  "printf -v ${{ v0 }} x",
  "unset ${{ v0 }}",
  "read -r ${{ v0 }} <<< x",
  "[ -v ${{ v0 }} ]",
  "[[ -v ${{ v0 }} ]]",
  "declare -n x=${{ v0 }}",
  "declare -a x=${{ v0 }}",
  "[[ -n <(unset ${{ v0 }}) ]]",
];

const ATTACKS = [
  "a[$(touch pwned)]",
  "x[$(touch pwned)]=1",
  "($(touch pwned))",
  "1+1",
  " 1",
  "PATH x",
  "",
];

test("fillCode() lets only numbers go where bash evaluates, and only names where it names", () => {
  for (const script of [...EVALUATED, ...NAMING]) {
    for (const attack of ATTACKS) {
      assert.throws(() => fill(script, [attack]), {
        name: "ValueError",
        message: /Bash would evaluate the value of "v0"/,
      }, `${script} with ${attack}`);
    }
    assert.deepEqual(Object.values(fill(script, [7]).values).slice(0, 1), [7], script);
  }
  for (const script of EVALUATED) assert.throws(() => fill(script, ["name"]));
  for (const script of EVALUATED) fill(script, ["-12"]);
  for (const script of NAMING) fill(script, ["name_1"]);
});

const TAKEN_AS_TEXT: readonly string[] = [
  "[ ${{ v0 }} -eq 1 ]",
  "declare x=${{ v0 }}",
  'export "X=${{ v0 }}"',
  "read -r -p ${{ v0 }} x",
  "((true); echo ${{ v0 }})",
  "echo $( (true); echo ${{ v0 }})",
  "[[ $x =~ ((a|b)) ]] && echo ${{ v0 }}",
  "ls data[${{ v0 }}]",
  "declare -i n=1; x=${{ v0 }}",
];

test("fillCode() lets any text go where bash takes it as text", () => {
  for (const script of TAKEN_AS_TEXT) {
    assert.deepEqual(fill(script, ["a b"]).values, { SLUICE_VALUE_1: "a b" }, script);
  }
});

test("fillCode() points at what cannot be evaluated", () => {
  assert.throws(() => fill("echo ${{  nothing }} x", []), (error) => {
    assert.ok(error instanceof Error && "start" in error && "end" in error);
    assert.deepEqual([error.start, error.end], [10, 17]);
    return true;
  });
});

test("fillCode() pastes what is marked unsafe, and nothing else", () => {
  const code = fill("ls ${{ v0 | unsafe }} ${{ v1 }} # ${{ v0 | unsafe }}", [
    "-l -a",
    "-l -a",
  ]);
  assert.equal(code.text, 'ls -l -a "${SLUICE_VALUE_2}" # ${{ v0 | unsafe }}');
  assert.deepEqual(code.values, { SLUICE_VALUE_2: "-l -a" });
});

test("embedBash() takes variables that the script does not use", () => {
  assert.equal(
    fill("echo $SLUICE_VALUE_1 ${{ v0 }}", ["x"]).text,
    'echo $SLUICE_VALUE_1 "${SLUICE_VALUE__1}"',
  );
});

test("embedBash() bounds length and depth", () => {
  assert.deepEqual(problems("bash", "x".repeat(1024 * 1024 + 1)).length, 1);
  assert.match(problems("bash", "$(".repeat(10_000))[0]!, /^embed-depth/);
  assert.match(problems("bash", '"$('.repeat(10_000) + "${{ a }}")[0]!, /^embed-depth/);
});

test("embedBash() ends on any text, in time that follows its length", () => {
  for (
    const part of ["((", "$((", "a[ ", "${x[", "`\\`", "<<E ", "case x in ", "$'", "[[ -v ", "=("]
  ) {
    embedAll(part.repeat(20_000));
    embedAll(part.repeat(20_000) + "${{ a }}");
  }
  fc.assert(fc.property(hostileTexts, (texts) => embedAll(texts.join("${{ a }}"))));
});

function embedAll(script: string): void {
  run("bash", script);
}

/** Each prints what it was given, framed, and NUL. */
const CONTEXTS: readonly ((hole: string) => string)[] = [
  (v) => `p ${v}`,
  (v) => `p pre${v}post`,
  (v) => `x=${v}; p "$x"`,
  (v) => `p "a ${v} b"`,
  (v) => `p "'${v}'"`,
  (v) => `p 'a ${v} b'`,
  (v) => `p '"${v}"'`,
  (v) => `p $'a\\t${v}\\n'`,
  (v) => `p "\\${v}"`,
  (v) => `p "$${v}"`,
  (v) => `p \\${v}`,
  (v) => `p "$(echo ${v}; echo .)"`,
  (v) => `p "$(echo "${v}"; echo .)"`,
  (v) => `p "$(echo '${v}'; echo .)"`,
  (v) => `p "\`echo ${v}; echo .\`"`,
  (v) => `p "\`echo \\"${v}\\"; echo .\`"`,
  (v) => `p "\`echo '${v}'; echo .\`"`,
  (v) => `p "\${nothing:-${v}}"`,
  (v) => `p \${nothing:-${v}}`,
  (v) => `p "\${nothing-a ${v} b}"`,
  (v) => `y=${v}end; p "\${y#${v}}"`,
  (v) => `y=end${v}; p "\${y%'${v}'}"`,
  (v) => `y=-x-; p "\${y/x/${v}}"`,
  (v) => `case ${v} in ${v}) p same;; *) p other;; esac`,
  (v) => `[[ ${v} == ${v} && "${v}" = '${v}' ]]; p $?`,
  (v) => `a=(${v} "${v}"); p "\${a[1]}"`,
  (v) => `declare -A m; k=${v}; m=([k]="${v}"); p "\${m[k]}"`,
  (v) => `read -r -d '' z <<EOF\na ${v} b\nEOF\np "$z"`,
  (v) => `read -r -d '' z <<-EOF\n\ta "\${nothing:-${v}}" 'b'\n\tEOF\np "$z"`,
  (v) => `read -r -d '' z <<EOF\n$(echo "${v}"; echo .)\nEOF\np "$z"`,
  (v) => `IFS= read -r -d '' z <<< ${v}; p "$z"`,
  (v) => `f() { p "$1"; }; f ${v}`,
  (v) => `(p ${v}); { p ${v}; }`,
  (v) => `p ${v} & wait`,
  (v) => `p "$(bash -c 'printf "%s." "$1"' bash ${v})"`,
];

/** What each prints for a value, by way of bash itself: the value is an argument. */
function expected(value: string): readonly string[] {
  const v = value;
  const trimmed = (text: string) => `${text}\n.`;
  const line = (text: string) => text.replace(/^[ \t\n]+|[ \t\n]+$/g, "");
  const equals = "0";
  return [
    v,
    `pre${v}post`,
    v,
    `a ${v} b`,
    `'${v}'`,
    `a ${v} b`,
    `"${v}"`,
    `a\t${v}\n`,
    `\\${v}`,
    `$${v}`,
    v,
    trimmed(v),
    trimmed(v),
    trimmed(v),
    trimmed(v),
    trimmed(v),
    trimmed(v),
    v,
    v,
    `a ${v} b`,
    "end",
    "end",
    `-${v}-`,
    "same",
    equals,
    v,
    v,
    line(`a ${v} b`),
    line(`a "${v}" 'b'`),
    line(`${v}\n.`),
    `${v}\n`,
    v,
    v,
    v,
    v,
    `${v}.`,
  ];
}

test("any text reaches bash byte for byte, in every context", async () => {
  const frame = "p() { printf '%s\\0' \"$1\"; }\n";
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (values) => {
      const blocks = values.map((_, index) =>
        CONTEXTS.map((context) => context(`\${{ v${index} }}`)).join("\n")
      );
      const { text, values: carried } = fill(frame + blocks.join("\n"), values);
      const env = Object.fromEntries(
        Object.entries(carried).map(([name, value]) => [name, textOf(value)]),
      );
      const { stdout, stderr } = await host.spawn("bash", {
        args: ["-c", text],
        env: { ...env, PATH: host.env()["PATH"] ?? "", LC_ALL: "C.UTF-8" },
      });
      assert.equal(stderr, "");
      // Echo's words that look like options are echo's own.
      assert.deepEqual(stdout.split("\0").slice(0, -1), values.flatMap(expected));
    }),
    { numRuns: 5 },
  );
});

const INTERPRETED: readonly string[] = [
  'bash -c "echo ${{ v0 }}"',
  "bash -ec 'echo ${{ v0 }}'",
  "sudo -u app /bin/sh -c 'ls ${{ v0 }}'",
  "find . -exec sh -c 'ls ${{ v0 }}' {} +",
  "x=1 env A=b dash -c 'ls ${{ v0 }}' _ b",
  "python3 -c 'print(\"${{ v0 }}\")'",
  "python3.12 -c'print(\"${{ v0 }}\")'",
  "node -e \"console.log('${{ v0 }}')\"",
  "node --eval=${{ v0 }}",
  "deno eval 'console.log(${{ v0 }})'",
  "perl -ne 'print ${{ v0 }}' file",
  "su -c 'ls ${{ v0 }}' app",
  "bash <<EOF\nls ${{ v0 }}\nEOF",
  "ssh host bash -s -- <<-EOF\n\tls ${{ v0 }}\n\tEOF",
  "python3 - <<EOF\nprint('${{ v0 }}')\nEOF",
  'bash <<< "ls ${{ v0 }}"',
  'echo $(bash -c "echo ${{ v0 }}")',
];

test("fillCode() lets nothing but plain words go into code for an interpreter", () => {
  for (const script of INTERPRETED) {
    for (
      const attack of [...ATTACKS.filter((text) => text !== ""), "x; touch y", "')", "`x`", "a\nb"]
    ) {
      assert.throws(() => fill(script, [attack]), {
        name: "ValueError",
        message: /An interpreter would evaluate the value of "v0"/,
      }, `${script} with ${attack}`);
    }
    for (const plain of [7, "name_1", "/var/log/app-1.2,x", ""]) {
      assert.deepEqual(Object.values(fill(script, [plain]).values), [plain], script);
    }
  }
});

test("fillCode() lets any text be an argument or the input of a program", () => {
  for (
    const script of [
      "bash -c 'echo \"$1\"' _ ${{ v0 }}",
      "bash script.sh ${{ v0 }}",
      "python3 tool.py -c ${{ v0 }} <<EOF\n${{ v0 }}\nEOF",
      "echo bash ${{ v0 }}",
      "bash run.sh <<EOF\n${{ v0 }}\nEOF",
      "bash -c 'cat' <<EOF\n${{ v0 }}\nEOF",
      "grep -c ${{ v0 }} file; bash x",
      "sh x.sh; echo -c ${{ v0 }}",
    ]
  ) {
    const { SLUICE_VALUE_1: value } = fill(script, ["a; b"]).values;
    assert.equal(value, "a; b", script);
  }
});
