/**
 * What a plugin may reach of the machine beyond computing, and the arithmetic
 * of it: what it asks for, what it is granted, what is left of both.
 *
 * Names mean what they mean to Deno's flags. A host without a port is every
 * port; `*.example.com` is that host and all below it; a path is all below it;
 * `AWS_*` is every variable that begins so.
 *
 * @module
 */
import { hasTemplate } from "../expr/template.ts";
import { normalPath } from "./paths.ts";
import { SECRET_NAME } from "./secrets.ts";

/**
 * Names in the spelling of Deno's own flags, and secrets. An absent or empty
 * list grants nothing; there is no way to write "everything". `run`, `ffi` and
 * `sys` are not here because each of them is the whole machine.
 */
export interface Permissions {
  /** Hosts, with or without a port: `"api.example.com:443"`, `"[::1]:8080"`. */
  readonly net?: readonly string[];
  /** Files and folders that may be read, with all below them. */
  readonly read?: readonly string[];
  /** Files and folders that may be written, with all below them. */
  readonly write?: readonly string[];
  /** Names of environment variables. */
  readonly env?: readonly string[];
  /** Names of secrets, which the code is handed as `context.secrets`: each by its whole name, never by a template. */
  readonly secrets?: readonly string[];
}

/** What the runtime of a process grants. */
export type FlagName = "net" | "read" | "write" | "env";

/** One of the things that may be granted. */
export type PermissionName = FlagName | "secrets";

/** What the runtime of a process grants, in the order in which it is shown. */
export const FLAG_NAMES: readonly FlagName[] = ["net", "read", "write", "env"];

/** What may be granted, in the order in which it is shown. */
export const PERMISSION_NAMES: readonly PermissionName[] = [...FLAG_NAMES, "secrets"];

/** The most names in one list. */
export const MAX_PERMISSION_NAMES = 200;

/** The longest name. */
export const MAX_PERMISSION_CHARS = 4_096;

/**
 * What is wrong with a name, or `undefined`: it would be read as something
 * else, or as everything. Whoever takes permissions from elsewhere asks first.
 */
export function permissionProblem(permission: PermissionName, name: string): string | undefined {
  if (name === "" || name.length > MAX_PERMISSION_CHARS) return "is empty or too long";
  // Deno separates names by commas, and a line end would forge one.
  if (/[\p{Cc},]/u.test(name)) return "may not hold a comma or a control character";
  switch (permission) {
    case "net":
      return netOf(name) === undefined ? 'is no host such as "api.example.com:443"' : undefined;
    case "env":
      return ENV.test(name) ? undefined : 'is no name of a variable such as "TOKEN" or "AWS_*"';
    case "read":
    case "write":
      // What starts above an unknown folder cannot be compared with anything.
      return normalPath(name).startsWith("..") ? 'may not begin with ".."' : undefined;
    case "secrets":
      return SECRET_NAME.test(name) ? undefined : 'is no name of a secret such as "TOKEN"';
    default:
      return permission satisfies never;
  }
}

/**
 * What is wrong with a name as it is declared: where a template stands it is
 * known only when the stage begins. Secrets are read before that, so that
 * their names are there.
 */
export function declaredProblem(permission: PermissionName, name: string): string | undefined {
  if (permission === "secrets" || !hasTemplate(name)) return permissionProblem(permission, name);
  return name.length > MAX_PERMISSION_CHARS ? "is too long" : undefined;
}

/** The first thing that is wrong with permissions, as a clause for a message, or `undefined`. */
export function permissionsProblem(permissions: Permissions): string | undefined {
  return firstProblem(permissions, permissionProblem);
}

/** The first thing that is wrong with permissions as they are declared; see {@linkcode declaredProblem}. */
export function declaredProblems(permissions: Permissions): string | undefined {
  return firstProblem(permissions, declaredProblem);
}

function firstProblem(
  permissions: Permissions,
  problemOf: (permission: PermissionName, name: string) => string | undefined,
): string | undefined {
  for (const permission of PERMISSION_NAMES) {
    const names = permissions[permission] ?? [];
    if (names.length > MAX_PERMISSION_NAMES) {
      return `"${permission}" has more than ${MAX_PERMISSION_NAMES} names`;
    }
    for (const name of names) {
      const problem = problemOf(permission, name);
      if (problem !== undefined) return `"${permission}" has "${name}", which ${problem}`;
    }
  }
  return undefined;
}

/**
 * What is both asked for and granted: of two names that overlap the narrower.
 *
 * @example
 * ```ts
 * import { intersect } from "./permissions.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(
 *   intersect({ net: ["api.example.com"], read: ["data"] }, { net: ["*.example.com:443"] }),
 *   { net: ["api.example.com:443"] },
 * );
 * ```
 */
export function intersect(asked: Permissions, granted: Permissions): Permissions {
  return eachName((permission) => {
    const names = asked[permission] ?? [];
    const others = granted[permission] ?? [];
    return names.flatMap((name) =>
      others.flatMap((other) => overlap(permission, name, { with: other }) ?? [])
    );
  });
}

/** What is asked for and not granted as a whole, name by name. */
export function missing(asked: Permissions, granted: Permissions): Permissions {
  return eachName((permission) => {
    const others = granted[permission] ?? [];
    return (asked[permission] ?? []).filter((name) => !isCovered(permission, name, others));
  });
}

/** What is asked for and has nothing in common with what is granted, name by name. Templates are passed over: nobody knows them yet. */
export function refused(asked: Permissions, granted: Permissions): Permissions {
  return eachName((permission) => {
    const others = granted[permission] ?? [];
    return (asked[permission] ?? []).filter((name) =>
      !hasTemplate(name) &&
      others.every((other) => overlap(permission, name, { with: other }) === undefined)
    );
  });
}

/** The same with paths that start at the root, so that they can be compared. */
export function fromRoot(permissions: Permissions, cwd: string): Permissions {
  const absolute = (path: string) =>
    path.startsWith("/") || hasTemplate(path) ? path : normalPath(`${cwd}/${path}`);
  return eachName((permission) => {
    const names = permissions[permission] ?? [];
    return permission === "read" || permission === "write" ? names.map(absolute) : names;
  });
}

/** The variables that these names stand for; `AWS_*` stands for many. */
export function namedVariables(
  env: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  // By name first: where not all may be seen, what is not asked for is not there.
  const single = names.filter((name) => Object.hasOwn(env, name));
  const many = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  const isNamed = (variable: string) => many.some((start) => variable.startsWith(start));
  return Object.fromEntries([
    ...single.map((name) => [name, env[name] ?? ""] as const),
    ...Object.entries(env).filter(([variable]) => isNamed(variable)),
  ]);
}

/** All that either grants. */
export function union(one: Permissions, other: Permissions): Permissions {
  return eachName((permission) => [...one[permission] ?? [], ...other[permission] ?? []]);
}

/** Whether nothing is granted. */
export function isNothing(permissions: Permissions): boolean {
  return PERMISSION_NAMES.every((permission) => (permissions[permission] ?? []).length === 0);
}

/** The flags of Deno that grant exactly this; none for what is not granted. */
export function flagsOf(permissions: Permissions): readonly string[] {
  return FLAG_NAMES.flatMap((permission) => {
    const names = permissions[permission] ?? [];
    return names.length === 0 ? [] : [`--allow-${permission}=${names.join(",")}`];
  });
}

/** Each list made anew: without lists that are empty, without names that are there twice. */
function eachName(names: (permission: PermissionName) => readonly string[]): Permissions {
  const entries = PERMISSION_NAMES.map((permission) =>
    [permission, [...new Set(names(permission))]] as const
  );
  return Object.fromEntries(entries.filter(([, list]) => list.length > 0));
}

function isCovered(permission: PermissionName, name: string, granted: readonly string[]): boolean {
  // A template is covered by nothing but itself.
  if (granted.includes(name)) return true;
  const whole = normalName(permission, name);
  return whole !== undefined &&
    granted.some((other) => overlap(permission, name, { with: other }) === whole);
}

function normalName(permission: PermissionName, name: string): string | undefined {
  return overlap(permission, name, { with: name });
}

/** What two names have in common, or `undefined` when that is nothing. */
function overlap(
  permission: PermissionName,
  one: string,
  { with: other }: { readonly with: string },
): string | undefined {
  switch (permission) {
    case "net":
      return netOverlap(one, other);
    case "env":
      return narrower(one, other, startsAsWritten);
    case "read":
    case "write":
      return narrower(normalPath(one), normalPath(other), isBelow);
    case "secrets":
      return one === other ? one : undefined;
    default:
      return permission satisfies never;
  }
}

/** The one of two that lies within the other. */
function narrower(
  one: string,
  other: string,
  isWithin: (inner: string, outer: string) => boolean,
): string | undefined {
  if (isWithin(one, other)) return one;
  return isWithin(other, one) ? other : undefined;
}

function isBelow(inner: string, outer: string): boolean {
  if (inner === outer) return true;
  // A relative path lies somewhere, but nobody here knows where.
  if (inner.startsWith("/") !== outer.startsWith("/") || inner.startsWith("..")) return false;
  return outer === "." || inner.startsWith(outer.endsWith("/") ? outer : `${outer}/`);
}

const ENV = /^[A-Za-z_][A-Za-z0-9_]*\*?$/;

function startsAsWritten(inner: string, outer: string): boolean {
  if (!ENV.test(inner) || !ENV.test(outer)) return false;
  if (inner === outer) return true;
  return outer.endsWith("*") && inner.replace(/\*$/, "").startsWith(outer.slice(0, -1));
}

interface Net {
  /** The host in lower case; with `isWide` all below it too. */
  readonly host: string;
  readonly isWide: boolean;
  /** Empty for every port. */
  readonly port: string;
}

const NET = /^(\*\.)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::(\d{1,5}))?$/;
const MAX_PORT = 65_535;

function netOf(name: string): Net | undefined {
  const [whole, wide, host = "", port = ""] = NET.exec(name.toLowerCase()) ?? [];
  if (whole === undefined || Number(port) > MAX_PORT) return undefined;
  return { host, isWide: wide !== undefined, port: port === "" ? "" : String(Number(port)) };
}

function netOverlap(one: string, other: string): string | undefined {
  const [a, b] = [netOf(one), netOf(other)];
  if (a === undefined || b === undefined) return undefined;
  if (a.port !== b.port && a.port !== "" && b.port !== "") return undefined;
  const narrow = isWithinHost(a, b) ? a : isWithinHost(b, a) ? b : undefined;
  if (narrow === undefined) return undefined;
  const port = a.port === "" ? b.port : a.port;
  return `${narrow.isWide ? "*." : ""}${narrow.host}${port === "" ? "" : `:${port}`}`;
}

function isWithinHost(inner: Net, outer: Net): boolean {
  if (!outer.isWide) return inner.host === outer.host && !inner.isWide;
  return inner.host === outer.host || inner.host.endsWith(`.${outer.host}`);
}
