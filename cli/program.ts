/**
 * The command line as `commander` sees it: its help, and what it says of lines
 * that are wrong.
 *
 * @module
 */
import { Argument, Command, CommanderError, Option } from "commander";
import { VERSION } from "../version.ts";
import { COMMANDS } from "./commands.ts";
import type { CommandSpec, OperandSpec, OptionSpec } from "./command_spec.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";
import { SHELLS } from "./shells.ts";

/**
 * The command line as an invocation; or, once help or a message has been
 * printed, how the command ends.
 */
export function parseWithCommander(
  args: readonly string[],
  printer: Printer,
): Invocation | ExitCode {
  let invocation: Invocation | undefined;
  const program = createProgram(printer, (found) => invocation = found);
  program.command("complete").summary("Print what teaches a shell to complete")
    .description("Print what teaches a shell to complete.")
    .argument("<SHELL>", `the shell: ${SHELLS.join(", ")}`)
    .addHelpText("after", COMPLETE_EXAMPLES);
  try {
    if (args.length === 0) program.help();
    program.parse(unknownIn(args, program) ?? args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  }
  return invocation ?? EXIT.invalid;
}

/** A command that does not exist, alone: asked for its help, commander gives its own and says nothing. */
function unknownIn(
  [first = "", second = first]: readonly string[],
  { commands }: Command,
): readonly string[] | undefined {
  const name = first === "help" ? second : first;
  const known = name === "help" || name.startsWith("-") ||
    commands.some((command) => command.name() === name);
  return known ? undefined : [name];
}

const COMPLETE_EXAMPLES = `
Examples:
  source <(sluice complete bash)
      in ~/.bashrc; zsh likewise, in ~/.zshrc
  sluice complete fish | source
      in ~/.config/fish/config.fish`;

/** The program of commander; `take` is handed what was typed. */
export function createProgram(printer: Printer, take: (invocation: Invocation) => void): Command {
  const program = new Command("sluice")
    .description("Runs workflows that are written in YAML.")
    .usage("COMMAND …")
    .version(`sluice ${VERSION}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [COMMAND]", "Print the help of a command")
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() })
    .exitOverride();
  program.configureOutput({
    writeOut: (text) => printer.print(text.trimEnd()),
    writeErr: (text) => printer.tell(text.trimEnd()),
    outputError: (text, write) => write(`${printer.told.red("error:")} ${rephrased(text)}`),
  });
  for (const spec of COMMANDS) program.addCommand(commandFrom(spec, { program, take }));
  return program;
}

interface Making {
  readonly program: Command;
  readonly take: (invocation: Invocation) => void;
}

function commandFrom(spec: CommandSpec, { program, take }: Making): Command {
  const command = new Command(spec.name)
    .copyInheritedSettings(program)
    .summary(spec.summary)
    .description(`${spec.summary}.`)
    .helpOption("-h, --help", "print this help");
  for (const operand of spec.operands) command.addArgument(argumentFrom(operand));
  for (const option of spec.options) command.addOption(optionFrom(option));
  const examples = spec.examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`);
  if (examples.length > 0) command.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
  return command.action(() => take(invocationOf(spec, command)));
}

function argumentFrom({ name, summary, optional, many }: OperandSpec): Argument {
  const text = many === true ? `${name}...` : name;
  return new Argument(optional === true ? `[${text}]` : `<${text}>`, summary);
}

function optionFrom({ name, short, value, choices, many, summary }: OptionSpec): Option {
  const dashed = short === undefined ? `--${name}` : `-${short}, --${name}`;
  const option = new Option(value === undefined ? dashed : `${dashed} <${value}>`, summary);
  if (choices !== undefined) option.choices(choices);
  if (many === true) {
    option.argParser((text, all: readonly string[] | undefined) => [...all ?? [], text]);
  }
  return option;
}

function invocationOf(spec: CommandSpec, command: Command): Invocation {
  const given = command.opts<Readonly<Record<string, unknown>>>();
  const options = new Map<string, readonly string[]>();
  for (const { name } of spec.options) {
    const value = valueIn(given, name);
    if (value === true) options.set(name, [""]);
    else if (typeof value === "string") options.set(name, [value]);
    else if (Array.isArray(value)) options.set(name, value.map(String));
  }
  return new Invocation(spec, { operands: command.args, options });
}

/** What was given for an option. That of `--no-x` commander keeps as `x`, which is false then. */
function valueIn(given: Readonly<Record<string, unknown>>, name: string): unknown {
  const denied = /^no-(?<what>.+)$/.exec(name)?.groups?.what;
  return denied === undefined ? given[camelCase(name)] : given[camelCase(denied)] === false;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** In the form that all our messages have. */
function rephrased(text: string): string {
  const [first = "", hint = ""] = text.trim().replace(/^error: /, "").split("\n");
  const message = `${first[0]?.toUpperCase() ?? ""}${first.slice(1)}`.replaceAll("'", '"');
  const choice = /^Option "--(\S+) .*" argument "(.*)" is invalid\. Allowed choices are (.+)\.$/
    .exec(message);
  if (choice !== null) {
    return `Cannot use --${choice[1]} "${choice[2]}": choose one of ${choice[3]}`;
  }
  const many = /^Too many arguments for "(.+)"\. Expected (\d+) arguments? but got (\d+)\.$/
    .exec(message);
  if (many !== null) {
    return `Too many arguments for "${many[1]}": it takes ${many[2]}, not ${many[3]}`;
  }
  const meant = /^\(Did you mean (.+)\?\)$/.exec(hint)?.[1];
  return meant === undefined ? message : `${message}; did you mean "${meant}"?`;
}
