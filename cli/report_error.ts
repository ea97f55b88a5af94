/**
 * Says what went wrong, and how the command ends for it.
 *
 * @module
 */
import { ParamError, WorkflowError, WorkflowNotFoundError } from "../core/engine/errors.ts";
import { JournalError } from "../core/plugin/journal.ts";
import { HostError } from "../core/plugin/ports.ts";
import { codeFrame } from "../core/source/code_frame.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import { openHost } from "../platform/host.ts";
import { BrokenFileError } from "./broken_file_error.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { PLAIN } from "./paint.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

/** Prints what went wrong to standard error. */
export async function reportError(error: unknown, printer: Printer): Promise<ExitCode> {
  if (error instanceof WorkflowError && error.diagnostics.length > 0) {
    const texts = new SourceTexts();
    if (error instanceof BrokenFileError) {
      for (const { place } of error.diagnostics) texts.add(place.file, error.text);
    }
    // What stands in the way; "sluice check" has the hints.
    const told = error.diagnostics.filter(({ severity }) => severity !== "info");
    await tellDiagnostics(told, { printer, texts });
  }
  const { message, code } = readError(error);
  printer.tell(`${printer.told.red("error:")} ${message}`);
  return code;
}

/** The texts of files, read when they are needed. */
export class SourceTexts {
  readonly #texts = new Map<string, string>();

  /** Adds a text that is known. */
  add(file: string, text: string): void {
    this.#texts.set(file, text);
  }

  /** The text of a file; empty when it cannot be read any more. */
  async of(file: string): Promise<string> {
    const known = this.#texts.get(file);
    if (known !== undefined) return known;
    // A frame without its source line still says what is wrong and where.
    const text = await openHost().readText(file).catch(() => "");
    this.#texts.set(file, text);
    return text;
  }
}

/** Prints diagnostics with the lines that they are about. */
export async function tellDiagnostics(
  diagnostics: readonly Diagnostic[],
  { printer, texts }: { readonly printer: Printer; readonly texts: SourceTexts },
): Promise<void> {
  const color = printer.told !== PLAIN;
  for (const diagnostic of diagnostics) {
    printer.tell(`${codeFrame(diagnostic, await texts.of(diagnostic.place.file), { color })}\n`);
  }
}

function readError(error: unknown): { readonly message: string; readonly code: ExitCode } {
  if (!(error instanceof Error)) return { message: String(error), code: EXIT.failed };
  const { message } = error;
  if (error instanceof ParamError) return { message: paramMessage(error), code: EXIT.invalid };
  if (error instanceof WorkflowNotFoundError) return { message, code: EXIT.invalid };
  if (error instanceof WorkflowError) {
    // Interrupted by its journal: what was asked for was right.
    return { message, code: error.cause === undefined ? EXIT.invalid : EXIT.failed };
  }
  if (error instanceof UsageError) return { message, code: EXIT.invalid };
  if (error instanceof JournalError) {
    return { message, code: USER_CODES.has(error.code) ? EXIT.invalid : EXIT.failed };
  }
  // Deno names what was missing, and the flag that allows it.
  if (error.name === "NotCapable") {
    const hint = '"sluice permissions WORKFLOW" lists all that a run needs';
    return { message: `Cannot go on: ${message}; ${hint}`, code: EXIT.failed };
  }
  if (error instanceof HostError) return { message, code: EXIT.failed };
  return { message: error.stack ?? message, code: EXIT.failed };
}

const USER_CODES: ReadonlySet<string> = new Set(["exists", "not-found"]);

function paramMessage({ mistakes }: ParamError): string {
  return mistakes.map(({ paramName, message, name }) => {
    // That some are missing, the reference says in a sentence that nobody can act on.
    if (name !== "WorkflowError") return `Cannot use parameter "${paramName}": ${message}`;
    const missing = paramName.split(", ");
    const noun = missing.length === 1 ? "parameter" : "parameters";
    const names = missing.map((param) => `"${param}"`).join(" and ");
    return `Cannot run without ${noun} ${names}: give ${missing.map((p) => `-p ${p}=…`).join(" ")}`;
  }).join("\n");
}
