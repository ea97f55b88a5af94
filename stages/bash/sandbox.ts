/**
 * Scripts in a sandbox of bubblewrap: the system can be read, `/tmp` is the
 * script's own, and of everything else there are only the folders that the
 * stage names. There is no network unless it asks for it.
 *
 * @module
 */
import { z } from "zod";
import { HOLE_START } from "../../core/expr/hole.ts";
import { absolutePath, normalPath } from "../../core/plugin/paths.ts";
import { HostError, type SpawnOptions, type SpawnResult } from "../../core/plugin/ports.ts";
import { type StageContext, StageError } from "../../core/plugin/stage_kind.ts";

/** The most folders of one kind that a sandbox shows. */
export const MAX_SANDBOX_PATHS = 100;

/** What a script sees of the machine. */
export interface Sandbox {
  /** Files and folders that it may read. */
  readonly read: readonly string[];
  /** Files and folders that it may write. */
  readonly write: readonly string[];
  /** Whether it has a network. */
  readonly net: boolean;
}

/** A sandbox as it is written. */
export type WrittenSandbox =
  | "none"
  | "bubblewrap"
  | {
    readonly type: "bubblewrap";
    readonly read?: readonly string[] | undefined;
    readonly write?: readonly string[] | undefined;
    readonly net?: boolean | undefined;
  };

/** How a sandbox is written: its name, or what it shows. */
export function sandboxSchema(): z.ZodType<WrittenSandbox> {
  const path = z.string().min(1).refine((text) => !text.includes(HOLE_START), {
    error: "What a sandbox shows is written as it is, and never taken from a value",
  });
  const paths = z.array(path).max(MAX_SANDBOX_PATHS).optional();
  return z.union([
    z.enum(["none", "bubblewrap"]),
    z.strictObject({
      type: z.literal("bubblewrap"),
      ...{ read: paths, write: paths, net: z.boolean().optional() },
    }),
  ]);
}

/** The sandbox of a stage: its own, else the one of the settings. */
export function sandboxOf(
  written: WrittenSandbox | undefined,
  { policy }: Pick<StageContext, "policy">,
): Sandbox | undefined {
  const wanted = written ?? policy?.sandbox ?? "none";
  if (wanted === "none") return undefined;
  const { read = [], write = [], net = false } = wanted === "bubblewrap" ? {} : wanted;
  return { read, write, net };
}

/** How a process is started. */
export interface ProcessCall extends Pick<SpawnOptions, "args" | "env"> {
  /** The program. */
  readonly command: string;
}

/**
 * The same process within a sandbox.
 *
 * @throws {StageError} where bubblewrap is not installed, or there is no such folder.
 */
export async function sandboxed(
  { command, args = [], env = {} }: ProcessCall,
  { sandbox, context }: { readonly sandbox: Sandbox; readonly context: StageContext },
): Promise<ProcessCall> {
  const { host, scratch } = context;
  if (await host.which("bwrap") === undefined) throw notInstalled();
  const shown = [
    ...await bindings("--ro-bind", sandbox.read, context),
    ...await bindings("--bind", sandbox.write, context),
  ];
  // Values and outputs that are too long for a process travel by files there.
  const own = await scratch();
  const cwd = host.cwd();
  const isShown = shown.some(({ path }) => path === "/" || `${cwd}/`.startsWith(`${path}/`));
  return {
    command: "bwrap",
    args: [
      ...ISOLATED,
      ...(sandbox.net ? ["--share-net"] : []),
      ...SYSTEM.flatMap((path) => ["--ro-bind-try", path, path]),
      ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", TEMPORARY],
      ...shown.flatMap(({ option, source, path }) => [option, source, path]),
      ...["--bind", own, own, "--chdir", isShown ? cwd : TEMPORARY],
      ...["--", command, ...args],
    ],
    env: {
      ...env,
      HOME: TEMPORARY,
      TMPDIR: TEMPORARY,
      PWD: isShown ? cwd : TEMPORARY,
      ...context.env,
    },
  };
}

/** What bubblewrap says where the sandbox could not be made; the script has not begun then. */
export function sandboxFailure({ exitCode, stderr }: SpawnResult): StageError | undefined {
  if (exitCode === 0 || !stderr.startsWith("bwrap: ")) return undefined;
  return new StageError(
    `Cannot make the sandbox: ${stderr.trim()}. Within a container, or where user namespaces ` +
      "are turned off, the system may not allow it",
    { name: "HostError", retryable: false },
  );
}

const TEMPORARY = "/tmp";

/** No process, user, host name, message queue or network of the machine, and no way to become more. */
const ISOLATED = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"];

/** What programs cannot run without. Not all of `/etc`, where services keep their passwords. */
const SYSTEM = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"],
  ...["/etc/alternatives", "/etc/ca-certificates", "/etc/group", "/etc/hosts", "/etc/ld.so.cache"],
  ...["/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf"],
  ...["/etc/passwd", "/etc/pki", "/etc/protocols", "/etc/resolv.conf", "/etc/services", "/etc/ssl"],
];

interface Binding {
  readonly option: string;
  readonly source: string;
  readonly path: string;
}

async function bindings(
  option: string,
  paths: readonly string[],
  { host }: StageContext,
): Promise<readonly Binding[]> {
  return await Promise.all(paths.map(async (written) => {
    const path = normalPath(absolutePath(written, host.cwd()));
    const source = await host.realPath(path).catch((error: unknown) => {
      if (!(error instanceof HostError)) throw error;
      throw new StageError(`Cannot show "${written}" in the sandbox: ${error.message}`, {
        name: "HostError",
        retryable: false,
      });
    });
    if (source !== undefined) return { option, source, path };
    throw new StageError(
      `Cannot show "${written}" in the sandbox: there is no such file or folder`,
      {
        name: "HostError",
        retryable: false,
      },
    );
  }));
}

function notInstalled(): StageError {
  return new StageError(
    'Cannot run the script in a sandbox: "bwrap" is not installed; install bubblewrap, or write "sandbox: none"',
    { name: "HostError", retryable: false },
  );
}
