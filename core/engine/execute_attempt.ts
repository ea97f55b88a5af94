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
import type { Isolation } from "../plugin/isolation.ts";
import type { OutputBlock } from "../plugin/sink.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import { type LeafStageKind, type Runs, StageError } from "../plugin/stage_kind.ts";
import type { Report } from "../run/command.ts";
import { OPEN_POLICY, type StagePolicy } from "../plugin/stage_policy.ts";
import { contextOfStage, findStage, jobOfBranch } from "../run/contexts.ts";
import type { Attempt } from "../run/demand.ts";
import { type BranchState, planOf, type RunState, type StageState } from "../run/state.ts";
import { attemptHost } from "./attempt_host.ts";
import { placeAttempt } from "./attempt_runner.ts";
import { AttemptSecrets, type Ending } from "./attempt_secrets.ts";
import { assertDeclaredOutputs } from "./declared_outputs.ts";
import type { LoadedLanguage } from "./language.ts";
import { markOf } from "./marked_host.ts";
import { plainValues } from "./plain_values.ts";
import { NO_SECRETS, type RunSecrets } from "./run_secrets.ts";
import { templateVariable } from "./stage_environment.ts";

/** What an attempt is carried out with. */
export interface ExecutionFacts {
  readonly state: RunState;
  readonly language: LoadedLanguage;
  readonly host: Host;
  /** What is installed, for jobs that do not run on `local`. */
  readonly registry: Registry;
  readonly clock: Clock;
  /** Where other workflows are started for this attempt. */
  readonly runs: Runs;
  /** Opens where foreign code runs. @default there is no isolation */
  readonly isolation?: (() => Promise<Isolation>) | undefined;
  /** Where the stage's lines go. */
  readonly print: (block: OutputBlock) => void;
  /** The run's secrets. @default none */
  readonly secrets?: RunSecrets;
  /** Names of variables of the engine's environment that stages see besides the usual ones. @default none */
  readonly passEnv?: readonly string[];
  /** What the settings say of stages. @default nothing */
  readonly policy?: StagePolicy;
}

/** Carries out one attempt and says, as a command, how it went. Never rejects. */
export async function executeAttempt(
  attempt: Attempt,
  facts: ExecutionFacts & { readonly signal: AbortSignal },
): Promise<Report> {
  const { address: stage, attempt: number } = attempt;
  const secrets = new AttemptSecrets(facts.secrets ?? NO_SECRETS);
  const ending = await carryOut(attempt, { ...facts, secrets }).then(
    (outputs): Ending => ({ outcome: "succeeded", outputs }),
    (error: unknown) => endingOf(error),
  );
  const told = secrets.hideIn(ending);
  return { type: "report", at: facts.clock.now(), stage, attempt: number, ...told };
}

type AttemptFacts = Omit<ExecutionFacts, "secrets"> & { readonly secrets: AttemptSecrets };

async function carryOut(
  attempt: Attempt,
  facts: AttemptFacts & { readonly signal: AbortSignal },
): Promise<ValueObject> {
  const { state, language, clock, secrets } = facts;
  const { stage } = attempt;
  const kind = language.kindOf(stage.planned);
  if (kind.composite) {
    throw new Error(`Internal error: stage kind "${kind.name}" is not carried out`);
  }
  const context = contextOfStage(state, stage.branch, { at: clock.now(), language, stage });
  // Everything is evaluated before the first wait: later the state may have moved on.
  const input = language.inputOf(stage.planned, context, { secrets });
  const code = codeOf(stage, { kind, context, scriptLang: planOf(state).scriptLang, secrets });
  const env = environmentOf(stage, { kind, context, ...facts });
  const place = placeAttempt(jobOfBranch(stage.branch).planned.runsOn, {
    ...{ registry: facts.registry, context, env: () => facts.host.env() },
  });
  const isDry = planOf(state).release?.type === "dryrun" && !kind.harmless;
  if (isDry && kind.rehearse === undefined) return skipForDryRun(attempt, facts);
  const { redactor } = secrets;
  const marks = new Set<string>();
  const mark = () => {
    const mark = markOf(state, attempt.key);
    marks.add(mark);
    return mark;
  };
  const here = attemptHost(facts.host, { mark, passEnv: facts.passEnv ?? [], redactor });
  const host = isDry ? here : await place({ mark, host: here });
  await using scratch = new Scratch(host);
  const lines = redactor.lines((text, stream) =>
    facts.print({
      ...{ at: clock.now(), stage: attempt.address, attempt: attempt.attempt, stream, text },
    })
  );
  const act = isDry ? kind.rehearse ?? kind.execute : kind.execute;
  const outputs = await act.call(kind, input, {
    key: `${state.id}/${attempt.key}`,
    runId: state.id,
    attempt: attempt.attempt,
    stage: stage.planned,
    signal: facts.signal,
    host,
    clock,
    runs: facts.runs,
    scratch: () => scratch.folder(),
    isolation: facts.isolation ?? noIsolation,
    env,
    secrets: secrets.handedTo(kind),
    code,
    earlierCode: (id) => codeOfEarlier(stage.branch, { id, ...facts }),
    lookup: context.lookup,
    policy: facts.policy ?? OPEN_POLICY,
    scriptLang: planOf(state).scriptLang,
    print: (text, stream = "stdout") => lines.print(text, stream),
    // What runs in this process is not held to giving any.
    heartbeat: () => {},
  }).finally(async () => {
    lines.end();
    // What left the process group (`setsid`, a daemon) is out of reach of whoever ended the group.
    if (facts.signal.aborted) await facts.host.endMarked(marks);
  });
  const plain = plainValues(outputs);
  if (!isDry) assertDeclaredOutputs(kind, outputs);
  return plain;
}

function noIsolation(): Promise<never> {
  return Promise.reject(
    new StageError("Cannot isolate the code: this engine was opened without isolation", {
      ...{ name: "HostError", retryable: false },
    }),
  );
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
    readonly secrets: AttemptSecrets;
  },
): Record<string, EmbeddedCode> {
  const { kind, context, scriptLang, secrets } = options;
  const languages = Object.entries(kind.code?.(planned.input, scriptLang) ?? {});
  return Object.fromEntries(languages.map(([field, language]) => {
    const embedded = embedCode(language, textOf(planned.input[field] ?? ""));
    const filled = fillCode(embedded, secrets.contextOf(field, kind, context));
    secrets.taintCode(embedded, filled);
    return [field, filled];
  }));
}

function codeOfEarlier(
  branch: BranchState,
  { id, state, language, clock, secrets }: AttemptFacts & { readonly id: string },
): Record<string, EmbeddedCode> | undefined {
  const stage = findStage(branch, id);
  const kind = stage && language.kindOf(stage.planned);
  if (stage === undefined || kind === undefined || kind.composite) return undefined;
  const context = contextOfStage(state, stage.branch, { at: clock.now(), language, stage });
  return codeOf(stage, { kind, context, scriptLang: planOf(state).scriptLang, secrets });
}

function environmentOf(
  stage: StageState,
  { state, host, kind, context, secrets }: AttemptFacts & {
    readonly kind: LeafStageKind;
    readonly context: EvaluationContext;
  },
): Record<string, string> {
  const declared = [
    planOf(state).env,
    jobOfBranch(stage.branch).planned.env,
    stage.planned.input.env,
  ].filter((written = {}) => Object.keys(written ?? {}).length > 0);
  // Most stages declare nothing, and to read the whole environment takes longer than an empty stage.
  if (declared.length === 0) return {};
  const own = secrets.contextOf("env", kind, context);
  const options = { env: templateVariable(() => host.env()) };
  const entries = declared.flatMap((written = {}) => {
    const env = renderDeep(written, own, options);
    secrets.taint(written, env);
    return Object.entries(env ?? {});
  });
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
