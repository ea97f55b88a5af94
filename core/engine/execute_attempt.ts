/**
 * One attempt of a stage: its fields are rendered, its kind carries it out,
 * and whatever comes of it becomes a report. Nothing thrown gets past here.
 *
 * @module
 */
import { embedCode, fillCode } from "../expr/embed_code.ts";
import type { EmbeddedCode } from "../expr/embed.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { renderDeep } from "../expr/template.ts";
import { textOf } from "../expr/text.ts";
import type { ValueObject } from "../expr/value.ts";
import type { Isolation } from "../plugin/isolation.ts";
import type { OutputBlock } from "../plugin/sink.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { PrintedLines } from "../plugin/printed_lines.ts";
import type { RedactedLines } from "../plugin/redaction/redactor.ts";
import type { Registry } from "../plugin/registry.ts";
import { type LeafStageKind, type Outputs, type Runs, StageError } from "../plugin/stage_kind.ts";
import type { Report } from "../run/command.ts";
import { OPEN_POLICY, type StagePolicy } from "../plugin/stage_policy.ts";
import { contextOfStage, findStage, jobOfBranch } from "../run/contexts.ts";
import type { Attempt } from "../run/demand.ts";
import { type BranchState, planOf, type RunState, type StageState } from "../run/state.ts";
import { attemptHost } from "./attempt_host.ts";
import { placeAttempt } from "./attempt_runner.ts";
import { endingOf } from "./attempt_ending.ts";
import { AttemptRemains } from "./attempt_remains.ts";
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
  const ending = await endingWithSecretsHidden(attempt, { ...facts, secrets });
  return { type: "report", at: facts.clock.now(), stage, attempt: number, ...ending };
}

async function endingWithSecretsHidden(attempt: Attempt, facts: AttemptFacts): Promise<Ending> {
  const { secrets } = facts;
  try {
    return secrets.hideIn({ outcome: "succeeded", outputs: await carryOut(attempt, facts) });
  } catch (error) {
    return toldWithSecretsHidden(error, secrets);
  }
}

function toldWithSecretsHidden(error: unknown, secrets: AttemptSecrets): Ending {
  try {
    return secrets.hideIn(endingOf(error));
  } catch {
    return UNTELLABLE;
  }
}

/** Of an attempt whose ending cannot be told with its secrets hidden. */
const UNTELLABLE: Ending = {
  outcome: "failed",
  outputs: {},
  failure: {
    name: "ValueError",
    message: "Cannot hide the secrets in what the stage left",
    retryable: false,
  },
};

type AttemptFacts = Omit<ExecutionFacts, "secrets"> & {
  readonly secrets: AttemptSecrets;
  readonly signal: AbortSignal;
};

async function carryOut(attempt: Attempt, facts: AttemptFacts): Promise<ValueObject> {
  const prepared = prepare(attempt, facts);
  const { kind, isDry } = prepared;
  if (isDry && kind.rehearse === undefined) return skipForDryRun(attempt, facts);
  const lines = untilTheEnd(
    facts.secrets.redactor.lines((lines, stream) =>
      facts.print(blockOf(lines, { ...placeOf(attempt, facts), stream }))
    ),
  );
  const remains = new AttemptRemains(facts.host, () => markOf(facts.state, attempt.key));
  try {
    const outputs = await perform(attempt, { ...facts, prepared, remains, lines });
    const plain = plainValues(outputs);
    if (!isDry) assertDeclaredOutputs(kind, outputs);
    return plain;
  } finally {
    lines.end();
    await remains.clear({
      // What left the process group (`setsid`, a daemon) is out of reach of whoever ended the group.
      processes: facts.signal.aborted,
      tell: (text) => facts.print({ ...placeOf(attempt, facts), stream: "stderr", text }),
    });
  }
}

/** What comes later is dropped: its log is closed, and nobody would let go of a line that waits for more. */
function untilTheEnd(lines: RedactedLines): RedactedLines {
  let isOver = false;
  return {
    print: (text, stream) => {
      if (!isOver) lines.print(text, stream);
    },
    end: () => {
      isOver = true;
      lines.end();
    },
  };
}

/** All of an attempt that is evaluated before the first wait: later the state may have moved on. */
interface Prepared {
  readonly kind: LeafStageKind;
  readonly context: EvaluationContext;
  readonly input: unknown;
  readonly code: Record<string, EmbeddedCode>;
  readonly env: Record<string, string>;
  readonly place: ReturnType<typeof placeAttempt>;
  readonly isDry: boolean;
}

function prepare({ stage }: Attempt, facts: AttemptFacts): Prepared {
  const { state, language, clock, secrets } = facts;
  const plan = planOf(state);
  const kind = language.kindOf(stage.planned);
  if (kind.composite) {
    throw new Error(`Internal error: stage kind "${kind.name}" is not carried out`);
  }
  const context = contextOfStage(state, stage.branch, { at: clock.now(), language, stage });
  return {
    ...{ kind, context },
    input: language.inputOf(stage.planned, context, { secrets }),
    code: codeOf(stage, { kind, context, scriptLang: plan.scriptLang, secrets }),
    env: environmentOf(stage, { ...facts, kind, context }),
    place: placeAttempt(jobOfBranch(stage.branch).planned.runsOn, {
      ...{ registry: facts.registry, context, env: () => facts.host.env() },
    }),
    isDry: plan.release?.type === "dryrun" && !kind.harmless,
  };
}

interface Performance extends AttemptFacts {
  readonly prepared: Prepared;
  readonly remains: AttemptRemains;
  readonly lines: RedactedLines;
}

async function perform(attempt: Attempt, facts: Performance): Promise<Outputs> {
  const { prepared, remains, lines, state, clock, secrets } = facts;
  const { kind, context, input, code, env, place, isDry } = prepared;
  const mark = () => remains.mark();
  const here = () =>
    attemptHost(facts.host, {
      ...{ mark, passEnv: facts.passEnv ?? [], redactor: secrets.redactor },
    });
  let host = isDry ? undefined : await place?.({ mark, host: here() });
  const act = isDry ? kind.rehearse ?? kind.execute : kind.execute;
  return await act.call(kind, input, {
    key: `${state.id}/${attempt.key}`,
    runId: state.id,
    attempt: attempt.attempt,
    stage: attempt.stage.planned,
    signal: facts.signal,
    // Made when it is asked for: most of its two dozen functions are never called.
    get host() {
      return host ??= here();
    },
    clock,
    runs: facts.runs,
    scratch: () => remains.folder(),
    isolation: facts.isolation ?? noIsolation,
    env,
    secrets: secrets.handedTo(kind),
    code,
    earlierCode: (id) => codeOfEarlier(attempt.stage.branch, { ...facts, id }),
    lookup: context.lookup,
    policy: facts.policy ?? OPEN_POLICY,
    scriptLang: planOf(state).scriptLang,
    print: (text, stream = "stdout") => lines.print(text, stream),
    // What runs in this process is not held to giving any.
    heartbeat: () => {},
  });
}

function placeOf(
  { address, attempt }: Attempt,
  { clock }: AttemptFacts,
): Pick<OutputBlock, "at" | "stage" | "attempt"> {
  return { at: clock.now(), stage: address, attempt };
}

function blockOf(
  lines: string | PrintedLines,
  place: Omit<OutputBlock, "text" | "printed">,
): OutputBlock {
  if (typeof lines === "string") return { ...place, text: lines };
  return {
    ...place,
    printed: lines,
    get text() {
      return lines.text;
    },
  };
}

function noIsolation(): Promise<never> {
  return Promise.reject(
    new StageError("Cannot isolate the code: this engine was opened without isolation", {
      ...{ name: "HostError", retryable: false },
    }),
  );
}

/** In a dry run, what has effects is only named (REFERENCE C-165). */
function skipForDryRun(attempt: Attempt, facts: AttemptFacts): ValueObject {
  const text = `Dry run: stage kind "${attempt.stage.planned.kind}" is not carried out`;
  facts.print({ ...placeOf(attempt, facts), stream: "stdout", text });
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
