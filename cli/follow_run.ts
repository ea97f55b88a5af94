/**
 * Follows a run from its beginning to its end: shows it, and answers Ctrl-C.
 *
 * @module
 */
import type { Engine } from "../core/engine/engine.ts";
import type { Result } from "../core/engine/result.ts";
import type { RunHandle } from "../core/engine/run_handle.ts";
import { exit } from "../platform/process.ts";
import { EXIT } from "./exit_code.ts";
import { Interrupts } from "./interrupts.ts";
import { LiveView } from "./live_view.ts";
import { PlainView } from "./plain_view.ts";
import type { Printer } from "./printer.ts";
import { RunStates } from "./run_states.ts";
import type { RunView } from "./run_view.ts";

/** How a run is followed. */
export interface FollowOptions {
  /** Begins it. */
  readonly begin: () => Promise<RunHandle>;
  /** The states so far, where it is taken up again. */
  readonly states?: RunStates;
  /** Where it is shown. */
  readonly printer: Printer;
  /** How it is shown. */
  readonly mode: "live" | "plain" | "silent";
  /** Whether plain lines hold all that stages print. @default false */
  readonly verbose?: boolean;
}

/** Begins a run and follows it to its end. */
export async function followRun(engine: Engine, options: FollowOptions): Promise<Result> {
  const { begin, printer, mode, verbose = false } = options;
  const states = options.states ?? new RunStates();
  const hadEnded = states.root.phase === "settled";
  using view = openView(states, {
    ...{ printer, mode, verbose },
    now: () => engine.now(),
  });
  using _telling = engine.tell(view);
  const started = Promise.withResolvers<RunHandle>();
  started.promise.catch(() => {}); // Reported below; nobody may have asked for an end.
  using interrupts = new Interrupts({
    cancel: (by, why) => {
      view.tell(interrupts.count === 1 ? ENDING : ENDING_AT_ONCE);
      void started.promise.then((handle) => handle.cancel(by, why), () => {});
    },
    leave: () => {
      view[Symbol.dispose]();
      exit(EXIT.cancelled);
    },
  });
  try {
    const handle = await begin();
    started.resolve(handle);
    const result = await handle.result;
    if (hadEnded) view.tell(`Run ${result.runId} had ended already: ${result.status}`);
    return result;
  } catch (error) {
    started.reject(error);
    throw error;
  }
}

/** The states so far of a run that may be there already, and of those that will be taken up with it. */
export async function earlierStates(engine: Engine, runId: string): Promise<RunStates> {
  const store = await engine.store();
  const known = await store.find(runId);
  const states = new RunStates(known === undefined ? undefined : await engine.read(runId));
  await states.recall(async (childId) => {
    const child = await store.find(childId);
    const goesOn = child !== undefined && child.settledAt === undefined;
    return goesOn ? await engine.read(childId) : undefined;
  });
  return states;
}

/** How progress is shown where this invocation prints. */
export function modeFor(
  printer: Printer,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): FollowOptions["mode"] {
  if (quiet) return "silent";
  // A program reads standard output; a person may still watch the terminal.
  if (json) return printer.tellsTerminal && !printer.printsToTerminal ? "live" : "silent";
  return printer.tellsTerminal ? "live" : "plain";
}

const ENDING = "Ending early. Ctrl-C again ends clean-up too.";
const ENDING_AT_ONCE = "Ending clean-up too. Ctrl-C once more leaves at once.";

function openView(
  states: RunStates,
  { printer, mode, verbose, now }: Required<Omit<FollowOptions, "begin" | "states">> & {
    readonly now: () => number;
  },
): RunView {
  const tell = (text: string) => printer.tell(text);
  switch (mode) {
    case "live":
      return new LiveView(states, { tell, now, paint: printer.told, size: printer.size });
    case "plain":
      return new PlainView(states, { tell, now, verbose });
    case "silent":
      return { name: "progress", tell, [Symbol.dispose]: () => {} };
    default:
      return mode satisfies never;
  }
}
