/**
 * The machine as one attempt sees it: what it starts carries the attempt's
 * mark, of the engine's environment it sees what stages are given, and what a
 * process printed holds no secret when it may be cut and quoted.
 *
 * @module
 */
import type { Host } from "../plugin/ports.ts";
import type { Redactor } from "../plugin/redaction/redactor.ts";
import { markedHost } from "./marked_host.ts";
import { stageEnvironment } from "./stage_environment.ts";

/** What belongs to the attempt. */
export interface AttemptHostOptions {
  /** Makes what everything it starts is marked with. */
  readonly mark: () => string;
  /** Names of further variables that stages see. */
  readonly passEnv: readonly string[];
  /** Hides its secrets. */
  readonly redactor: Redactor;
}

/** The machine for one attempt. */
export function attemptHost(
  host: Host,
  { mark, passEnv, redactor }: AttemptHostOptions,
): Host {
  const marked = markedHost(host, mark);
  const own: Host = { ...marked, env: () => stageEnvironment(host.env(), passEnv) };
  if (!redactor.active) return own;
  return {
    ...own,
    spawn: async (command, options) => {
      const result = await marked.spawn(command, options);
      const { stdout, stderr, truncated: cut } = result;
      return {
        ...result,
        stdout: redactor.text(stdout, { cut }),
        stderr: redactor.text(stderr, { cut }),
      };
    },
  };
}
