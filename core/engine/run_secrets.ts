/**
 * The secrets of one run. They are read before it begins and live in memory
 * alone: plan and events hold only the expressions that name them.
 *
 * @module
 */
import { references } from "../expr/references.ts";
import type { Value, View } from "../expr/value.ts";
import { entriesOf, entryOf, isList, isMapping, isView, viewOf } from "../expr/view.ts";
import type { Plan, PlannedStage } from "../plan/plan.ts";
import { MIN_SECRET_CHARS } from "../plugin/redaction/secret_forms.ts";
import { NOTHING_HIDDEN, type Redactor, redactorOf } from "../plugin/redaction/redactor.ts";
import { MAX_SECRET_CHARS, type SecretProvider } from "../plugin/secrets.ts";
import { messageOf } from "../source/message_of.ts";
import { WorkflowError } from "./errors.ts";

/** What the attempts of a run need to know of its secrets. */
export interface RunSecrets {
  /** What `secrets` is in the fields that take them; absent where the run names none. */
  readonly view?: View;
  /** Hides them all. */
  readonly redactor: Redactor;
}

/** A run without secrets. */
export const NO_SECRETS: RunSecrets = { redactor: NOTHING_HIDDEN };

/** Options for {@linkcode readSecrets}. */
export interface ReadSecretsOptions {
  /** Secrets that stages are handed by name, besides those that expressions name. @default none */
  readonly handedOver?: readonly string[];
}

/** The kinds of the stages of a plan, by name. */
export function kindsIn(plan: Plan): ReadonlySet<string> {
  const kinds = new Set<string>();
  const add = ({ kind, bodies = {} }: PlannedStage): void => {
    kinds.add(kind);
    for (const stage of Object.values(bodies).flat()) add(stage);
  };
  for (const { stages } of plan.jobs) for (const stage of stages) add(stage);
  return kinds;
}

/**
 * Reads the secrets that a plan names; the first provider that has one wins.
 *
 * @throws {WorkflowError} naming every one that nobody has, or that cannot be kept secret.
 */
export async function readSecrets(
  plan: Plan,
  openProviders: () => Promise<readonly SecretProvider[]>,
  { handedOver = [] }: ReadSecretsOptions = {},
): Promise<RunSecrets> {
  const wanted = new Map([
    ...secretsIn(plan),
    ...handedOver.map((name) => [name, "required"] as const),
  ]);
  if (wanted.size === 0) return NO_SECRETS;
  const providers = await openProviders();
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const [name, need] of wanted) {
    const value = await readSecret(providers, name);
    if (value !== undefined) values.set(name, value);
    else if (need === "required") missing.push(name);
  }
  if (missing.length > 0) throw missingIn(plan, { missing, providers });
  const view = viewOf(() => values.keys(), (name) => values.get(name));
  return { view, redactor: redactorOf(values.values()) };
}

/** The names of the secrets that a plan reads. With `?` one may be absent. */
export function secretsIn({ env, jobs }: Plan): ReadonlyMap<string, "required" | "optional"> {
  const found = new Map<string, "required" | "optional">();
  for (const text of [...textsIn(env), ...secretTextsOf(jobs)]) {
    for (const { root, segments: [name], optional } of references(text)) {
      if (root !== "secrets" || name === undefined) continue;
      if (!optional || !found.has(name)) found.set(name, optional ? "optional" : "required");
    }
  }
  return found;
}

/** The texts that may name a secret: all runs of a workflow share its jobs, which are searched once. */
const SECRET_TEXTS = new WeakMap<Plan["jobs"], readonly string[]>();

function secretTextsOf(jobs: Plan["jobs"]): readonly string[] {
  const known = SECRET_TEXTS.get(jobs);
  if (known !== undefined) return known;
  const texts = textsOf(jobs).filter((text) => text.includes("secrets")).toArray();
  SECRET_TEXTS.set(jobs, texts);
  return texts;
}

function* textsOf(jobs: Plan["jobs"]): Generator<string> {
  for (const job of jobs) {
    yield* textsIn(job.env);
    for (const stage of job.stages) yield* textsOfStage(stage);
  }
}

function* textsOfStage({ input, bodies = {} }: PlannedStage): Generator<string> {
  yield* textsIn(input);
  for (const stage of Object.values(bodies).flat()) yield* textsOfStage(stage);
}

function* textsIn(value: Value): Generator<string> {
  if (typeof value === "string") yield value;
  else if (isList(value)) { for (const item of value) yield* textsIn(item); }
  else if (isMapping(value) && !isView(value)) {
    for (const [, item] of entriesOf(value)) yield* textsIn(item);
  }
}

/**
 * The secret of this name, from the first provider that has one. One that is
 * empty says nothing, as an empty variable of the environment does not.
 *
 * @throws {WorkflowError} for one that cannot be read, or cannot be kept secret.
 */
export async function readSecret(
  providers: readonly SecretProvider[],
  name: string,
): Promise<string | undefined> {
  for (const provider of providers) {
    const value = await provider.read(name).catch((error: unknown) => {
      throw notRead(error, { name, provider });
    });
    if (value === undefined || value === "") continue;
    refuseUnfit(value, { name, provider });
    return value;
  }
  return undefined;
}

function notRead(
  error: unknown,
  { name, provider }: { readonly name: string; readonly provider: SecretProvider },
): WorkflowError {
  return new WorkflowError(
    `Cannot read secret "${name}" of provider "${provider.name}": ${messageOf(error)}`,
    { cause: error },
  );
}

function refuseUnfit(
  { length }: string,
  { name, provider }: { readonly name: string; readonly provider: SecretProvider },
): void {
  const from = `Cannot use secret "${name}" of provider "${provider.name}"`;
  if (length < MIN_SECRET_CHARS) {
    throw new WorkflowError(
      `${from}: it has fewer than ${MIN_SECRET_CHARS} characters, and hiding it would hide almost everything; choose a longer one`,
    );
  }
  if (length <= MAX_SECRET_CHARS) return;
  throw new WorkflowError(`${from}: it has more than ${MAX_SECRET_CHARS} characters`);
}

function missingIn(
  { workflow }: Plan,
  { missing, providers }: {
    readonly missing: readonly string[];
    readonly providers: readonly SecretProvider[];
  },
): WorkflowError {
  const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");
  const what = missing.length === 1 ? "secret" : "secrets";
  const where = providers.length === 0
    ? 'there is no provider; name one under "secrets" in the settings file'
    : `none of the providers has ${missing.length === 1 ? "it" : "them"}: ${
      listed(providers.map(({ name }) => name))
    }`;
  return new WorkflowError(
    `Cannot run "${workflow}": it needs ${what} ${listed(missing)}, and ${where}`,
  );
}

/** The texts that rendering has made with a secret. */
export function* textsWithSecrets(written: Value, rendered: Value | undefined): Generator<string> {
  if (typeof written === "string") {
    if (readsSecret(written)) yield* textsIn(rendered ?? null);
  } else if (isList(written)) {
    for (const [at, item] of written.entries()) yield* textsWithSecrets(item, partOf(rendered, at));
  } else if (isMapping(written) && !isView(written)) {
    for (const [name, item] of entriesOf(written)) {
      yield* textsWithSecrets(item, partOf(rendered, name));
    }
  }
}

/** Whether a text has a template that reads a secret. */
export function readsSecret(text: string): boolean {
  return text.includes("secrets") && references(text).some(({ root }) => root === "secrets");
}

function partOf(value: Value | undefined, key: string | number): Value | undefined {
  if (value === undefined) return undefined;
  if (isList(value)) return typeof key === "number" ? value[key] : undefined;
  return isMapping(value) ? entryOf(value, String(key)) : undefined;
}
