/**
 * What a type of `runs-on` is: where the processes of a job's stages run.
 *
 * @module
 */
import type { z } from "zod";
import type { RunnerSyntax } from "../model/runner_syntax.ts";
import type { Host } from "./ports.ts";

/** One attempt for which processes are to be started. */
export interface RunnerContext {
  /** The machine as the attempt would see it on `local`: plain functions, may be spread. */
  readonly host: Host;
  /** The environment of the engine itself, for the program that places processes elsewhere. */
  readonly env: Readonly<Record<string, string>>;
  /** Stable name of the attempt: give it to all that outlives a process here, so that {@linkcode RunnerKind.endMarked} finds it. */
  readonly mark: string;
}

/** A type of `runs-on`. */
export interface RunnerKind<Options = unknown> extends RunnerSyntax {
  /**
   * The machine for one attempt: as the one in `context`, but what it spawns
   * runs in the other place. `options` is what stands under `with`, rendered
   * and read by `fields`. Called once for each attempt of each stage.
   *
   * @throws {StageError} when the place cannot be had.
   */
  open(options: Options, context: RunnerContext): Promise<Host>;
  /**
   * Ends what an engine that died left there, of attempts with these marks,
   * and resolves once it is gone. Processes on this machine are ended anyway.
   */
  endMarked?(
    marks: ReadonlySet<string>,
    context: Pick<RunnerContext, "host" | "env">,
  ): Promise<void>;
}

/** A type of `runs-on` that is loaded when a workflow first uses it. */
export interface RunnerEntry {
  /** Its name. */
  readonly name: string;
  /** Loads it; called at most once. */
  load(): Promise<RunnerKind>;
}

/** Defines a type of `runs-on`, with the type of its options taken from its fields. */
export function defineRunner<Shape extends z.ZodRawShape>(
  kind: Omit<RunnerKind<z.infer<z.ZodObject<Shape>>>, "fields"> & { readonly fields: Shape },
): RunnerKind<z.infer<z.ZodObject<Shape>>> {
  return kind;
}
