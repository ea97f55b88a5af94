/**
 * Runs foreign code in processes of their own, each of which may do what it was
 * granted and nothing else. The permissions are enforced by the runtime of the
 * child, which is Deno, on Bun too; memory and processor time by the kernel.
 *
 * @module
 */
import type { Json } from "../core/expr/json.ts";
import type { Isolation, IsolationLimits, PluginCode } from "../core/plugin/isolation.ts";
import type { Permissions } from "../core/plugin/permissions.ts";
import type { Clock, Host } from "../core/plugin/ports.ts";
import { StageError } from "../core/plugin/stage_kind.ts";
import { type AttemptOptions, carryOut } from "./isolation/attempt.ts";
import { type ChildCommand, ChildPool } from "./isolation/child_pool.ts";
import { CodesAhead } from "./isolation/code_ahead.ts";
import { addressOf, type ChildProgram, childProgram } from "./isolation/child_program.ts";
import { grantedFlags } from "./isolation/granted_flags.ts";
import { heapFlag, limitedArgs, type WholeLimits, wholeLimits } from "./isolation/limits.ts";
import {
  type CallEntry,
  type CallFacts,
  parseManifest,
  reportedMapping,
} from "./isolation/messages.ts";

/** What isolation is opened with. */
export interface IsolationOptions {
  /** The machine. */
  readonly host: Host;
  /** Time. */
  readonly clock: Clock;
  /** Files and folders that nobody is granted, whatever the grants say: the engine's state. @default none */
  readonly denied?: readonly string[];
  /** Files and folders that nobody may write, whatever the grants say: what says which code runs. @default none */
  readonly kept?: readonly string[];
  /** With `false` the code may do all that the engine may, in a process of the engine's own runtime. @default true */
  readonly enforced?: boolean;
  /** What an attempt may use where the call does not say. */
  readonly limits?: IsolationLimits;
  /** What no attempt may use more of, whatever the call says. */
  readonly maxLimits?: IsolationLimits;
}

/** Milliseconds that reading a plugin may take. */
export const MAX_DESCRIBE_MS = 10_000;

/**
 * Opens isolation. Nothing is started before there is work.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { openHost, systemClock } from "../platform/mod.ts";
 *
 * await using isolation = openIsolation({ host: openHost(), clock: systemClock });
 * const outputs = await isolation.execute({
 *   entry: { type: "script", lang: "ts", code: "export const sum: number = a + 1;", names: { a: 1 } },
 *   ...{ permissions: {}, input: null, env: {}, key: "run/job/stage#1", runId: "run", attempt: 1 },
 *   signal: AbortSignal.timeout(10_000),
 *   print: () => {},
 * });
 * deepEqual(outputs, { sum: 2 });
 * ```
 */
export function openIsolation(options: IsolationOptions): Isolation {
  const { host, clock, enforced = true } = options;
  const { limits: defaults = {}, maxLimits: most = {} } = options;
  const pool = new ChildPool({ host, clock });
  const codes = new CodesAhead();
  let program: Promise<ChildProgram> | undefined; // Read once, and only where there is work.
  let leash: Promise<readonly string[]> | undefined;

  /** Carries out an attempt in a process of its own, and gives what it reported. */
  async function reported(work: Work): Promise<Json> {
    const limits = wholeLimits(work.limits ?? {}, { defaults, most });
    const start = enforced ? commandFor : freeCommand;
    const { main, text } = await (program ??= childProgram());
    const ahead = codes.of(work.facts);
    const command: ChildCommand = {
      ...await start(work, {
        ...{ ...options, limits, main },
        leash: await (leash ??= leashOf(host)),
      }),
      first: { id: ahead?.id ?? "", text: text + (ahead?.line ?? "") },
    };
    const child = await pool.take(command);
    return await carryOut(child, {
      ...{ ...work, limits, clock, isLoaded: ahead !== undefined },
      begun: () => pool.begun(command),
    });
  }

  return {
    enforcedBy: enforced ? "runtime" : "nobody",
    describe: async (plugin) => parseManifest(await reported(describing(plugin))),
    async execute({ entry, signal, limits, print, ...facts }) {
      signal.throwIfAborted();
      const json = await reported({
        ...{ facts: { ...facts, entry }, signal, limits, print, subject: entry.type },
      });
      return reportedMapping(json) ?? noMapping(entry.type);
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** What a process is wanted for. */
interface Work extends Pick<AttemptOptions, "facts" | "signal" | "print" | "subject"> {
  readonly limits: IsolationLimits | undefined;
}

/** A module is read as an attempt of nothing, with nothing granted; what it prints is nobody's output. */
function describing(plugin: PluginCode): Work {
  const facts: CallFacts = {
    ...{ entry: { type: "describe", ...plugin }, permissions: {}, input: null, env: {} },
    ...{ key: "describe", runId: "describe", attempt: 1 },
  };
  const signal = AbortSignal.timeout(MAX_DESCRIBE_MS);
  return { facts, signal, limits: undefined, print: () => {}, subject: "plugin" };
}

/** Not to ask, and to take nothing that the machine has lying around: no settings, no packages, no cache. */
const RUN_ARGS = [
  "run",
  "--quiet",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
];

/**
 * Where Deno would keep what it compiles, and what code stores by
 * `localStorage` and `caches`: by those one attempt could tell another
 * something, so that there is no such place.
 */
const NO_CACHE_FOLDER = "/dev/null/none";

const BASE_ENV: Readonly<Record<string, string>> = {
  DENO_DIR: NO_CACHE_FOLDER,
  // Else it would try again and again to write there.
  DENO_EMIT_CACHE_MODE: "disable",
  DENO_NO_PACKAGE_JSON: "1",
  DENO_NO_UPDATE_CHECK: "1",
  NO_COLOR: "1",
};

/** What dates and texts depend on. */
const PLACE_NAMES = ["TZ", "LANG", "LC_ALL"];

/** By what the network is reached here; the code cannot read them unless it was granted that. */
const NETWORK_NAMES = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["DENO_CERT", "DENO_TLS_CA_STORE"],
];

interface CommandFacts extends Pick<IsolationOptions, "host" | "denied" | "kept"> {
  readonly limits: WholeLimits;
  /** The main module. */
  readonly main: string;
  /** What a child is started by, so that it ends with the engine. */
  readonly leash: readonly string[];
}

/** What is started. */
type Program = Omit<ChildCommand, "first">;

async function commandFor(
  { facts: { entry, permissions } }: Work,
  { host, denied = [], kept = [], limits, main, leash }: CommandFacts,
): Promise<Program> {
  const [deno, sh] = await Promise.all([host.which("deno"), host.which("sh")]);
  if (deno === undefined) throw missing("deno", { of: entry.type, remedy: INSTALL_DENO });
  if (sh === undefined) throw missing("sh", { of: entry.type, remedy: "install a POSIX shell" });
  const flags = await grantedFlags(permissions, { host, denied, kept });
  const args = [deno, ...RUN_ARGS, heapFlag(limits), ...flags];
  return {
    command: sh,
    args: limitedArgs([...leash, ...args, addressOf(main)], limits),
    env: childEnv(permissions, host.env()),
  };
}

function childEnv(
  { net = [] }: Permissions,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = [...PLACE_NAMES, ...(net.length > 0 ? NETWORK_NAMES : [])];
  const known = names.filter((name) => Object.hasOwn(env, name));
  return { ...Object.fromEntries(known.map((name) => [name, env[name] ?? ""])), ...BASE_ENV };
}

/**
 * Linux ends a child with its parent where it was asked to: code that runs is
 * gone with the engine that runs it, though it be killed, and is not there any
 * more when another engine begins the attempt again.
 */
async function leashOf(host: Host): Promise<readonly string[]> {
  const setpriv = await host.which("setpriv");
  if (setpriv === undefined) return [];
  // That of BusyBox does not know it.
  const program = await host.realPath(setpriv) ?? setpriv;
  return program.endsWith("/busybox") ? [] : [setpriv, "--pdeathsig", "KILL"];
}

/** A process that may do what the engine may, where the settings isolate nothing. */
async function freeCommand(
  { facts: { entry } }: Work,
  { host, limits, main, leash }: CommandFacts,
): Promise<Program> {
  const [runtime, sh] = await Promise.all([host.which(host.runtime), host.which("sh")]);
  if (runtime === undefined) {
    throw missing(host.runtime, { of: entry.type, remedy: "put what runs the engine there" });
  }
  if (sh === undefined) throw missing("sh", { of: entry.type, remedy: "install a POSIX shell" });
  const deno = ["run", "--quiet", "--allow-all", "--no-config", "--no-lock", heapFlag(limits)];
  const args = host.runtime === "deno" ? [...deno, addressOf(main)] : ["-e", main];
  return {
    command: sh,
    args: limitedArgs([...leash, runtime, ...args], limits),
    env: host.env(),
  };
}

const INSTALL_DENO =
  'install Deno, which keeps it to what it was granted, or write "isolation: none" in the settings file, and it may do all that the engine may';

function missing(
  command: string,
  { of, remedy }: { readonly of: CallEntry["type"]; readonly remedy: string },
): StageError {
  const subject = of === "script" ? "script" : "plugin";
  return new StageError(
    `Cannot run the ${subject}: there is no "${command}" in the engine's PATH; ${remedy}`,
    { name: "HostError", retryable: false },
  );
}

function noMapping(subject: string): never {
  throw new StageError(`The ${subject} reported outputs that are no mapping`, {
    name: "TypeError",
    retryable: false,
  });
}
