import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { CommandSpec, OptionSpec } from "../../cli/command_spec.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { Invocation } from "../../cli/invocation.ts";
import { PLAIN } from "../../cli/paint.ts";
import { parseArguments } from "../../cli/parse_arguments.ts";
import type { Printer } from "../../cli/printer.ts";
import { parseWithCommander } from "../../cli/program.ts";
import { test } from "../harness.ts";

interface Typed {
  readonly command: string;
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, readonly string[]>>;
}

function typed(invocation: Invocation | undefined): Typed | undefined {
  return invocation && {
    command: invocation.command.name,
    operands: invocation.operands,
    options: Object.fromEntries(
      invocation.command.options
        .filter(({ name }) => invocation.has(name))
        .map(({ name, many }) => [name, invocation.values(name).slice(many === true ? 0 : -1)]),
    ),
  };
}

function parsed(...args: readonly string[]): Typed | undefined {
  return typed(parseArguments(COMMANDS, args));
}

/** A printer that keeps what it is given. */
function recorder(): Printer & { readonly printedText: string[]; readonly toldText: string[] } {
  const [printedText, toldText]: [string[], string[]] = [[], []];
  return {
    printedText,
    toldText,
    print: (text) => printedText.push(text),
    tell: (text) => toldText.push(text),
    printsToTerminal: false,
    tellsTerminal: false,
    printed: PLAIN,
    told: PLAIN,
    size: () => ({ columns: 80, rows: 24 }),
  };
}

test("parseArguments() tells operands from options in any order", () => {
  const line = ["-p", "a=1", "--conf=c", "hello", "--json", "--param", "b=2", "--timeout", "5"];
  deepEqual(parsed("run", ...line), {
    command: "run",
    operands: ["hello"],
    options: { param: ["a=1", "b=2"], timeout: ["5"], json: [""], conf: ["c"] },
  });
});

test("parseArguments() takes a dash for standard input, and all behind -- as it is", () => {
  deepEqual(parsed("run", "-")?.operands, ["-"]);
  deepEqual(parsed("check", "--", "--json", "-p")?.operands, ["--json", "-p"]);
});

test("parseArguments() takes a value that is attached to its letter", () => {
  deepEqual(parsed("run", "hello", "-pa=1")?.options, { param: ["a=1"] });
});

test("parseArguments() leaves what is wrong to the parser that can explain it", () => {
  for (
    const line of [
      [],
      ["--help"],
      ["rnu"],
      ["run"],
      ["run", "a", "b"],
      ["run", "a", "--nothing"],
      ["run", "a", "--json=yes"],
      ["run", "a", "--timeout"],
      ["graph", "a", "--format", "png"],
    ]
  ) equal(parseArguments(COMMANDS, line), undefined, line.join(" "));
});

/** A valid value for an option, one that could be taken for something else included. */
function valueOf({ choices }: OptionSpec): fc.Arbitrary<string> {
  return choices === undefined
    ? fc.constantFrom("x", "a=1", "-", "--json", "-5", "", "a b")
    : fc.constantFrom(...choices);
}

function optionOf(option: OptionSpec): fc.Arbitrary<readonly string[]> {
  const { name, short, value } = option;
  const dashed = short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
  if (value === undefined) return fc.constantFrom(...dashed.map((it) => [it]));
  return valueOf(option).chain((given) =>
    fc.constantFrom(...dashed.map((it) => [it, given]), [`--${name}=${given}`])
  );
}

function lineOf({ name, operands, options }: CommandSpec): fc.Arbitrary<readonly string[]> {
  const least = operands.filter(({ optional }) => optional !== true).length;
  const most = operands.at(-1)?.many === true ? 4 : operands.length;
  const operand = fc.constantFrom("a", "-", "etl.yml", "x#y", "1");
  return fc.tuple(
    fc.array(operand, { minLength: least, maxLength: most }),
    fc.array(fc.oneof(...(options.length === 0 ? [fc.constant([])] : options.map(optionOf))), {
      maxLength: 5,
    }),
    fc.boolean(),
  ).map(([given, chosen, behind]) =>
    behind
      ? [name, ...chosen.flat(), "--", ...given]
      : [name, ...given.slice(0, 1), ...chosen.flat(), ...given.slice(1)]
  );
}

test("parseArguments() reads every valid line as commander does", () => {
  const line = fc.constantFrom(...COMMANDS).chain(lineOf);
  fc.assert(fc.property(line, (args) => {
    const printer = recorder();
    const slow = parseWithCommander(args, printer);
    ok(slow instanceof Invocation, `commander refuses ${args.join(" ")}: ${printer.toldText}`);
    deepEqual(parsed(...args), typed(slow));
  }));
});

test("parseWithCommander() says what is wrong, and what may have been meant", () => {
  const said = (...args: readonly string[]) => {
    const printer = recorder();
    equal(parseWithCommander(args, printer), 2);
    deepEqual(printer.printedText, []);
    return printer.toldText.join("\n");
  };
  equal(said("rnu"), 'error: Unknown command "rnu"; did you mean "run"?');
  equal(said("run", "a", "--jsn"), 'error: Unknown option "--jsn"; did you mean "--json"?');
  equal(said("run"), 'error: Missing required argument "WORKFLOW"');
  equal(
    said("graph", "a", "--format", "png"),
    'error: Cannot use --format "png": choose one of text, mermaid, dot, svg',
  );
});

test("parseWithCommander() prints help to standard output", () => {
  for (const args of [["--help"], ["help", "run"], ["run", "-h"], []]) {
    const printer = recorder();
    equal(parseWithCommander(args, printer), 0);
    deepEqual(printer.toldText, []);
    ok(printer.printedText.join("").startsWith("Usage: sluice"));
  }
});

test("an option that takes a number refuses anything else", () => {
  const timeout = (text: string) => () =>
    parseArguments(COMMANDS, ["run", "a", "--timeout", text])?.number("timeout", { min: 1 });
  equal(timeout("2.5")(), 2.5);
  for (const text of ["", "x", "-1", "0", "1e3", "0x10", "Infinity", "99999999999"]) {
    let message = "";
    try {
      timeout(text)();
    } catch (error) {
      message = String(error);
    }
    equal(message, `UsageError: Cannot use --timeout "${text}": it takes a number from 1 on`);
  }
});
