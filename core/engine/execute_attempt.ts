/**
 * One attempt of a stage: its fields are rendered, its kind carries it out,
 * and whatever comes of it becomes a report. Nothing thrown gets past here.
 *
 * @module
 */
import { embedCode, fillCode } from "../expr/embed_code.ts";
import type { EmbeddedCode } from "../expr/embed.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { renderDeep } from "../expr/template.ts";
import { textOf } from "../expr/text.ts";
import type { ValueObject } from "../expr/value.ts";
import type { OutputLine } from "../plugin/sink.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import { type LeafStageKind, type Runs, StageError } from "../plugin/stage_kind.ts";
import type { Report } from "../run/command.ts";
import { contextOfStage, findStage, jobOfBranch } from "../run/contexts.ts";
import type { Attempt } from "../run/demand.ts";
import type { Failure, Outcome } from "../run/event.ts";
import { type BranchState, planOf, type RunState, type StageState } from "../run/state.ts";
import type { LoadedLanguage } from "./language.ts";
import { markedHost, markOf } from "./marked_host.ts";
import { plainValues } from "./plain_values.ts";

/** What an attempt is carried out with. */
export interface ExecutionFacts {
  readonly state: RunState;
  readonly language: LoadedLanguage;
  readonly host: Host;
  readonly clock: Clock;
  /** Where other workflows are started for this attempt. */
  readonly runs: Runs;
  /** Where the stage's lines go. */
  readonly print: (line: OutputLine) => void;
}

/** Carries out one attempt and says, as a command, how it went. Never rejects. */
export async function executeAttempt(
  attempt: Attempt,
  facts: ExecutionFacts & { readonly signal: AbortSignal },
): Promise<Report> {
  const { address: stage, attempt: number } = attempt;
  const ending = await carryOut(attempt, facts).then(
    (outputs): Ending => ({ outcome: "succeeded", outputs }),
    (error: unknown) => endingOf(error),
  );
  return { type: "report", at: facts.clock.now(), stage, attempt: number, ...ending };
}

interface Ending {
  readonly outcome: Outcome;
  readonly outputs: ValueObject;
  readonly failure?: Failure;
}

async function carryOut(
  attempt: Attempt,
  facts: ExecutionFacts & { readonly signal: AbortSignal },
): Promise<ValueObject> {
  const { state, language, clock } = facts;
  const { stage } = attempt;
  const kind = language.kindOf(stage.planned);
  if (kind.composite) {
    throw new Error(`Internal error: stage kind "${kind.name}" is not carried out`);
  }
  const context = contextOfStage(state, stage.branch, { at: clock.now(), language, stage });
  // Everything is evaluated before the first wait: later the state may have moved on.
  const input = language.inputOf(stage.planned, context);
  const code = codeOf(stage, { kind, context, scriptLang: planOf(state).scriptLang });
  const env = environmentOf(state, stage, context);
  if (planOf(state).release?.type === "dryrun" && !kind.harmless) {
    return skipForDryRun(attempt, facts);
  }
  await using scratch = new Scratch(facts.host);
  const outputs = await kind.execute(input, {
    key: `${state.id}/${attempt.key}`,
    runId: state.id,
    attempt: attempt.attempt,
    stage: stage.planned,
    signal: facts.signal,
    host: markedHost(facts.host, markOf(state, attempt.key)),
    clock,
    runs: facts.runs,
    scratch: () => scratch.folder(),
    env,
    code,
    earlierCode: (id) => codeOfEarlier(stage.branch, { id, ...facts }),
    lookup: context.lookup,
    scriptLang: planOf(state).scriptLang,
    print: (text, stream = "stdout") =>
      facts.print({
        at: clock.now(),
        stage: attempt.address,
        attempt: attempt.attempt,
        stream,
        text,
      }),
  });
  return plainValues(outputs);
}

/** In a dry run, what has effects is only named (REFERENCE C-165). */
function skipForDryRun(
  { address, attempt, stage }: Attempt,
  { print, clock }: ExecutionFacts,
): ValueObject {
  const text = `Dry run: stage kind "${stage.planned.kind}" is not carried out`;
  print({ at: clock.now(), stage: address, attempt, stream: "stdout", text });
  return {};
}

function codeOf(
  { planned }: StageState,
  options: {
    readonly kind: LeafStageKind;
    readonly context: EvaluationContext;
    readonly scriptLang: "ts" | "js" | "python";
  },
): Record<string, EmbeddedCode> {
  const { kind, context, scriptLang } = options;
  const languages = Object.entries(kind.code?.(planned.input, scriptLang) ?? {});
  return Object.fromEntries(languages.map(([field, language]) => {
    const embedded = embedCode(language, textOf(planned.input[field] ?? ""));
    return [field, fillCode(embedded, context)];
  }));
}

function codeOfEarlier(
  branch: BranchState,
  { id, state, language, clock }: ExecutionFacts & { readonly id: string },
): Record<string, EmbeddedCode> | undefined {
  const stage = findStage(branch, id);
  const kind = stage && language.kindOf(stage.planned);
  if (stage === undefined || kind === undefined || kind.composite) return undefined;
  const context = contextOfStage(state, stage.branch, { at: clock.now(), language, stage });
  return codeOf(stage, { kind, context, scriptLang: planOf(state).scriptLang });
}

function environmentOf(
  state: RunState,
  stage: StageState,
  context: EvaluationContext,
): Record<string, string> {
  const declared = [
    planOf(state).env,
    jobOfBranch(stage.branch).planned.env,
    stage.planned.input.env,
  ];
  const entries = declared.flatMap((env) => Object.entries(renderDeep(env ?? {}, context) ?? {}));
  return Object.fromEntries(entries.map(([name, value]) => [name, textOf(value)]));
}

function endingOf(error: unknown): Ending {
  if (error instanceof StageError) {
    const { name, message, retryable, outcome, outputs } = error;
    const details = plainValues(error.details);
    const failure = { name, message, retryable, ...(isEmpty(details) ? {} : { details }) };
    return { outcome, outputs: plainValues(outputs), failure };
  }
  const name = error instanceof Error ? error.name : "Error";
  const message = error instanceof Error ? error.message : String(error);
  // A mistake in an expression is the same mistake the next time.
  const retryable = !(error instanceof ExpressionError);
  return { outcome: "failed", outputs: {}, failure: { name, message, retryable } };
}

function isEmpty(mapping: ValueObject): boolean {
  return Object.keys(mapping).length === 0;
}

/** A private folder, made when it is first asked for. */
class Scratch implements AsyncDisposable {
  readonly #host: Host;
  #folder: Promise<string> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  folder(): Promise<string> {
    return this.#folder ??= this.#host.makeTempFolder("sluice-");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await this.#host.remove(await this.#folder);
  }
}
