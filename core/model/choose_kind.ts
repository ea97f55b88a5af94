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
import { commonKeys, stageSchema } from "./stage_schema.ts";
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
  const { shape } = stageSchema(kind);
  const inert = INERT_STAGE_KEYS.filter((key) => !Object.hasOwn(shape, key));
  const own: Record<string, Value> = {};
  for (const [key, value] of Object.entries(withoutInert(written, inert, options))) {
    const other = [...options.kinds, ...options.known].find(({ keys }) => keys.includes(key));
    if (Object.hasOwn(shape, key) || other === undefined) {
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
  const allowed = new Set([...Object.keys(stageSchema(kind).shape), ...INERT_STAGE_KEYS]);
  return Object.keys(written).every((key) => allowed.has(key));
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
  for (const key of Object.keys(written).filter((key) => !ordinary.includes(key))) {
    const guess = closestName(key, candidates);
    const telling = kinds.filter(({ keys }) => keys.length > 0).map(({ keys }) => keys.join(" + "));
    const hint = guess
      ? `did you mean "${guess}"?`
      : `a stage has one of ${[...telling, ...silent].join(", ")}`;
    options.report({
      code: "stage-kind-unknown",
      message:
        `Cannot tell what ${options.subject} does: no stage kind has the key "${key}"; ${hint}`,
      path: [...options.path, key],
      target: "key",
    });
  }
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
