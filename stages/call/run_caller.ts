/**
 * One call: the function is run, waited for, and what it leaves is checked
 * (REFERENCE C-211 to C-213).
 *
 * @module
 */
import { Datetime } from "../../core/expr/datetime.ts";
import { mappingOf } from "../../core/expr/mapping.ts";
import type { Caller } from "../../core/plugin/caller.ts";
import type { Redactor } from "../../core/plugin/redaction/redactor.ts";
import { type Outputs, type StageContext, StageError } from "../../core/plugin/stage_kind.ts";
import { messageOf } from "../../core/source/message_of.ts";

/** What a function is run with. */
export interface CallFacts {
  /** What it is given. */
  readonly input: unknown;
  /** The attempt. */
  readonly context: StageContext;
  /** Milliseconds that it has to end once the signal is aborted. */
  readonly graceMs: number;
  /** Hides the secrets that it is given. */
  readonly redactor: Redactor;
}

/**
 * What the function returns.
 *
 * @throws {StageError} with the class name of what the function threw; `TypeError` when it returned no mapping.
 */
export async function runCaller(caller: Caller, facts: CallFacts): Promise<Outputs> {
  const { redactor, context } = facts;
  context.signal.throwIfAborted();
  let returned: unknown;
  try {
    returned = await endOf(invoke(caller, facts), facts);
  } catch (error) {
    throw failureOf(error, redactor);
  }
  return await readReturned(caller, redactor.value(returned));
}

/** Called within a promise, so that what the function throws at once is a rejection too. */
async function invoke(caller: Caller, { input, context, redactor }: CallFacts): Promise<unknown> {
  const { runId, key, attempt, signal } = context;
  return await caller.run(input, {
    result: { runId, key, attempt },
    extras: mappingOf(context.lookup("extras")),
    signal,
    log: (line) => context.print(redactor.text(line)),
  });
}

/**
 * Nothing can end a function that does not watch its signal, so after its time
 * it is left behind: whatever it comes to then, nobody hears of it.
 */
async function endOf(
  work: Promise<unknown>,
  { context: { clock, signal }, graceMs }: CallFacts,
): Promise<unknown> {
  const ended = new AbortController();
  const { promise: patience, reject } = Promise.withResolvers<never>();
  const lose = () => reject(signal.reason);
  const limit = () => void clock.pause(graceMs, ended.signal).then(lose, noop);
  // What the function does before its first wait has happened by now.
  if (signal.aborted) limit();
  else signal.addEventListener("abort", limit, { once: true });
  try {
    return await Promise.race([work, patience]);
  } finally {
    signal.removeEventListener("abort", limit);
    ended.abort();
  }
}

/** The wait for a function that came to its end is over; there is nothing to say about that. */
function noop(): void {}

async function readReturned(
  { name, tag, output }: Caller,
  returned: unknown,
): Promise<Outputs> {
  const parsed = await output?.safeParseAsync(returned);
  if (parsed?.success === false) {
    const [issue] = parsed.error.issues;
    throw wrongReturn(
      `Return value of '${name}@${tag}' does not fit its output schema: ` +
        `"${issue?.path.join(".") ?? ""}": ${issue?.message ?? ""}`,
    );
  }
  const outputs = parsed === undefined ? returned : parsed.data;
  if (isOutputs(outputs)) return outputs;
  throw wrongReturn(
    `Return type: '${name}@${tag}' can not serialize, you must set return be a mapping.`,
  );
}

function wrongReturn(message: string): StageError {
  return new StageError(message, { name: "TypeError", retryable: false });
}

/** What is in it is made plain where outputs are taken in. */
function isOutputs(value: unknown): value is Outputs {
  return Object.prototype.toString.call(value) === "[object Object]" &&
    !(value instanceof Datetime);
}

function failureOf(error: unknown, redactor: Redactor): StageError {
  if (error instanceof StageError) {
    return new StageError(redactor.text(error.message), error);
  }
  const message = messageOf(error);
  return new StageError(redactor.text(message), { name: classOf(error), cause: error });
}

/** Many classes of errors do not set `name`, and so inherit the one of `Error`. */
function classOf(error: unknown): string {
  if (!(error instanceof Error)) return "Error";
  return error.name === "Error" ? error.constructor.name : error.name;
}
