/**
 * Which kind a stage is of. Its keys tell: `bash:` makes a bash stage,
 * `foreach:` and `stages:` together a foreach stage.
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";
import { closestName } from "../source/closest_name.ts";
import { withoutInert } from "./inert.ts";
import type { ReadOptions } from "./issues.ts";
import { commonKeys, stageKeys } from "./stage_schema.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import { capitalized } from "./wording.ts";

/** A stage kind by what tells it. */
export interface NamedKind {
  /** What it is called. */
  readonly name: string;
  /** The keys that tell it. */
  readonly keys: readonly string[];
}

/** The kinds there are. */
export interface Kinds {
  /** Those that are loaded. */
  readonly kinds: readonly StageSyntax[];
  /** All that are installed, loaded or not; for messages. */
  readonly known: readonly NamedKind[];
}

/** What a stage without any telling key is; it only says something, or waits. */
const EMPTY = "empty";

// The reference's pages write `type: bash` beside `bash:`; the keys tell the kind already.
const INERT_STAGE_KEYS = ["type"];

/** The kind of a stage, or `undefined` after it has been reported why there is none. */
export function chooseKind(
  written: ValueObject,
  { kinds, known }: Kinds,
  options: ReadOptions,
): StageSyntax | undefined {
  const told = toldKind(written, kinds);
  if (told !== undefined && told.keys.length > 0) return told;
  const empty = kinds.find(({ name }) => name === EMPTY);
  if (empty !== undefined && fitsInto(empty, written)) return empty;
  if (empty !== undefined && isMisspelt(written, { kinds, known, empty })) return empty;
  const all = new Map([...known, ...kinds].map((kind) => [kind.name, kind]));
  const silent = Object.keys(empty?.fields ?? {});
  reportNoKind(written, { ...options, kinds: [...all.values()], silent });
  return undefined;
}

/** The stage without keys that are of no use to its kind, each of which is reported. */
export function withoutForeign(
  written: ValueObject,
  kind: StageSyntax,
  options: ReadOptions & Kinds,
): ValueObject {
  const keys = new Set(stageKeys(kind));
  const inert = INERT_STAGE_KEYS.filter((key) => !keys.has(key));
  const own: Record<string, Value> = {};
  for (const [key, value] of Object.entries(withoutInert(written, inert, options))) {
    const other = [...options.kinds, ...options.known].find((kind) => kind.keys.includes(key));
    if (keys.has(key) || other === undefined) {
      own[key] = value;
      continue;
    }
    options.report({
      code: "stage-kind-mixed",
      message:
        `${capitalized(options.subject)} is a "${kind.name}" stage and so cannot have "${key}", ` +
        `which makes a "${other.name}" stage; write two stages`,
      path: [...options.path, key],
      target: "key",
    });
  }
  return own;
}

// The kind whose keys are all there; of several, the one that asks for the most.
function toldKind(written: ValueObject, kinds: readonly StageSyntax[]): StageSyntax | undefined {
  let told: StageSyntax | undefined;
  for (const kind of kinds) {
    if (!tells(kind, written)) continue;
    if (told === undefined || asksFor(kind) > asksFor(told)) told = kind;
  }
  return told;
}

function tells({ keys, values = {} }: StageSyntax, written: ValueObject): boolean {
  return keys.every((key) => Object.hasOwn(written, key)) &&
    Object.entries(values).every(([key, value]) => written[key] === value);
}

function asksFor({ keys, values = {} }: StageSyntax): number {
  return keys.length + Object.keys(values).length;
}

function fitsInto(kind: StageSyntax, written: ValueObject): boolean {
  const allowed = new Set([...stageKeys(kind), ...INERT_STAGE_KEYS]);
  return Object.keys(written).every((key) => allowed.has(key));
}

/** Whether keys that all stages may have are meant, so that they say nothing of the kind. */
function isMisspelt(
  written: ValueObject,
  { kinds, known, empty }: Kinds & { readonly empty: StageSyntax },
): boolean {
  const ordinary = [...stageKeys(empty), ...INERT_STAGE_KEYS];
  const telling = [...kinds, ...known].flatMap(({ keys }) => keys);
  return Object.keys(written).filter((key) => !ordinary.includes(key)).every((key) => {
    const guess = closestName(key, [...telling, ...ordinary]);
    return guess !== undefined && ordinary.includes(guess) && !telling.includes(key);
  });
}

interface Choice extends ReadOptions {
  readonly kinds: readonly NamedKind[];
  /** The keys of a stage that no key tells: they say nothing against it. */
  readonly silent: readonly string[];
}

function reportNoKind(written: ValueObject, { kinds, silent, ...options }: Choice): void {
  const half = kinds.filter(({ keys }) => keys.some((key) => Object.hasOwn(written, key)));
  if (half.length > 0) return reportHalf(written, half, options);
  const ordinary = [...commonKeys(), ...INERT_STAGE_KEYS, ...silent];
  const candidates = [...kinds.flatMap(({ keys }) => keys), ...ordinary];
  const unknown = Object.keys(written).filter((key) => !ordinary.includes(key));
  // What goes with the key that is meant says no more.
  const telling = unknown.filter((key) => !BESIDE.has(key));
  for (const key of telling.length > 0 ? telling : unknown) {
    const guess = closestName(key, candidates);
    options.report({
      code: "stage-kind-unknown",
      message: `Cannot tell what ${options.subject} does: no stage kind has the key "${key}"; ` +
        hintFor(key, { guess, kinds, silent }),
      path: [...options.path, key],
      target: "key",
      ...(guess !== undefined && !Object.hasOwn(FOREIGN_KINDS, key) &&
        { fix: { text: guess, was: key } }),
    });
  }
}

/** Keys that stand beside the one that tells the kind. */
const BESIDE: ReadonlySet<string> = new Set(["stages", "with", "shell", "cases", "env", "do"]);

/** What other systems call the kinds. */
const FOREIGN_KINDS: Readonly<Record<string, string>> = {
  script: 'write "bash: …" for a shell script, or "run: …" for TypeScript',
  command: 'write "bash: …"',
  cmd: 'write "bash: …"',
  shell: 'write "bash: …"',
  bash_command: 'write "bash: …"',
  python: 'write "run: …" and "lang: python"',
  workflow: 'write "trigger: NAME" to start another workflow',
  for: 'write "foreach: […]" with "stages"',
  loop: 'write "foreach: […]" with "stages"',
  with_items: 'write "foreach: […]" with "stages"',
  while: 'write "until: …" with "stages"',
  switch: 'write "case: …" with "match"',
};

function hintFor(
  key: string,
  { guess, kinds, silent }: {
    readonly guess: string | undefined;
    readonly kinds: readonly NamedKind[];
    readonly silent: readonly string[];
  },
): string {
  if (Object.hasOwn(FOREIGN_KINDS, key)) return String(FOREIGN_KINDS[key]);
  if (guess !== undefined) return `did you mean "${guess}"?`;
  const telling = kinds.filter(({ keys }) => keys.length > 0).map(({ keys }) => keys.join(" + "));
  return `a stage has one of ${[...telling, ...silent].join(", ")}`;
}

function reportHalf(
  written: ValueObject,
  kinds: readonly NamedKind[],
  { path, subject, report }: ReadOptions,
): void {
  const ways = kinds.map(({ name, keys }) => {
    const missing = keys.filter((key) => !Object.hasOwn(written, key)).map((key) => `"${key}"`);
    return `a "${name}" stage also has ${missing.join(" and ")}`;
  });
  report({
    code: "stage-kind-unknown",
    message: `Cannot tell what ${subject} does: ${ways.join("; ")}`,
    path,
  });
}
