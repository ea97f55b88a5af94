/**
 * Takes a command line apart.
 *
 * Loading `commander` costs more than half of a cold start, so it is loaded
 * only where its help is needed: for `--help`, and for a line that this parser
 * does not accept. A test holds that both read every valid line the same way.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from "./command_spec.ts";
import { Invocation } from "./invocation.ts";

/**
 * The command line as an invocation, or `undefined` where it is not valid or
 * asks for help.
 *
 * @example
 * ```ts
 * import { parseArguments } from "./parse_arguments.ts";
 *
 * const run = {
 *   name: "run",
 *   summary: "Runs a workflow",
 *   operands: [{ name: "WORKFLOW", summary: "its name" }],
 *   options: [{ name: "param", short: "p", value: "NAME=VALUE", many: true, summary: "" }],
 *   examples: [],
 * } as const;
 * const invocation = parseArguments([run], ["run", "hello", "-p", "who=you"]);
 * console.assert(invocation?.operands[0] === "hello");
 * console.assert(invocation?.value("param") === "who=you");
 * ```
 */
export function parseArguments(
  commands: readonly CommandSpec[],
  args: readonly string[],
): Invocation | undefined {
  const command = commands.find(({ name }) => name === args[0]);
  if (command === undefined) return undefined;
  const line = new Line(command.options);
  for (let at = 1; at < args.length; at = line.next) {
    if (!line.take(args, at)) return undefined;
  }
  if (!fits(line.operands.length, command)) return undefined;
  return new Invocation(command, line);
}

function fits(count: number, { operands }: CommandSpec): boolean {
  const least = operands.filter(({ optional }) => optional !== true).length;
  const most = operands.at(-1)?.many === true ? Infinity : operands.length;
  return count >= least && count <= most;
}

/** What was read so far. */
class Line {
  readonly #specs: readonly OptionSpec[];
  #onlyOperands = false;
  readonly operands: string[] = [];
  readonly options = new Map<string, string[]>();
  /** Where the next argument stands. */
  next = 1;

  constructor(specs: readonly OptionSpec[]) {
    this.#specs = specs;
  }

  /** Takes what stands at `at`, with its value if it is an option that has one. */
  take(args: readonly string[], at: number): boolean {
    const arg = args[at] ?? "";
    this.next = at + 1;
    if (this.#onlyOperands || arg === "-" || !arg.startsWith("-")) {
      this.operands.push(arg);
      return true;
    }
    if (arg === "--") return this.#onlyOperands = true;
    const { spec, attached } = this.#optionAt(arg);
    if (spec === undefined) return false;
    if (spec.value === undefined) return attached === undefined && this.#put(spec, "");
    if (attached !== undefined) return this.#put(spec, attached);
    this.next = at + 2;
    const value = args[at + 1];
    return value !== undefined && this.#put(spec, value);
  }

  /** `--name`, `--name=value`, `-n` or `-nvalue`. */
  #optionAt(arg: string): { readonly spec?: OptionSpec | undefined; readonly attached?: string } {
    if (!arg.startsWith("--")) {
      const spec = this.#specs.find(({ short }) => short === arg[1]);
      return arg.length > 2 ? { spec, attached: arg.slice(2) } : { spec };
    }
    const equals = arg.indexOf("=");
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    const spec = this.#specs.find((it) => it.name === name);
    return equals < 0 ? { spec } : { spec, attached: arg.slice(equals + 1) };
  }

  #put({ name, choices }: OptionSpec, value: string): boolean {
    if (choices !== undefined && !choices.includes(value)) return false;
    const values = this.options.get(name);
    if (values === undefined) this.options.set(name, [value]);
    else values.push(value);
    return true;
  }
}
