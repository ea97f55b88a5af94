/**
 * The stage kind `docker`: a command in a container (REFERENCE C-256).
 *
 * @module
 */
import { z } from "zod";
import { sha256Hex } from "../core/expr/sha256.ts";
import { envSchema } from "../core/model/environment.ts";
import { DEFAULT_GRACE_MS, type Host } from "../core/plugin/ports.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import { processComplaint, processOutputs } from "./process_outputs.ts";

/** The tag of an image that names none. */
export const DEFAULT_IMAGE_TAG = "latest";

/** The programs that run containers, in the order in which they are looked for. */
export const CONTAINER_PROGRAMS: readonly string[] = ["docker", "podman"];

/**
 * Runs an image, or a command in it, by `docker` or `podman`, and removes the
 * container afterwards. `command` is a list: its first word is started as it
 * is, without a shell.
 */
export function docker(): LeafStageKind {
  return defineStage({
    name: "docker",
    keys: ["image"],
    summary: "Runs a command in a container.",
    fields: {
      image: z.string().min(1),
      tag: z.union([z.string(), z.number()]).optional(),
      command: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
      env: envSchema().optional(),
      volume: z.union([z.array(z.string()), z.record(z.string(), z.string())]).optional(),
    },
    outputs: z.looseObject({
      return_code: z.number().nullable(),
      stdout: z.string().nullable(),
      stderr: z.string().nullable(),
    }),
    execute,
  });
}

interface Input {
  readonly image: string;
  readonly tag?: string | number | undefined;
  readonly command?: readonly (string | number | boolean)[] | undefined;
  readonly volume?: readonly string[] | Readonly<Record<string, string>> | undefined;
}

async function execute(input: Input, context: StageContext): Promise<Outputs> {
  const { host, signal, print } = context;
  const image = imageOf(input);
  const program = await installedProgram(host);
  if (program === undefined) throw programMissing(image);
  const name = `sluice-${sha256Hex(context.key).slice(0, NAME_DIGITS)}`;
  const options = [`--name=${name}`, ...await envOptions(context), ...volumeOptions(input)];
  const args = ["run", "--rm", "--init", ...options, image, ...(input.command ?? []).map(String)];
  try {
    const result = await host.spawn(program, {
      args,
      env: host.env(),
      signal,
      onLine: (stream, line) => print(line, stream),
    });
    signal.throwIfAborted();
    const outputs = processOutputs(result);
    if (result.exitCode === 0) return outputs;
    throw new StageError(`Container of "${image}" failed: ${processComplaint(result)}`, {
      details: outputs,
    });
  } finally {
    if (signal.aborted) await removeContainer(host, { program, name });
  }
}

const NAME_DIGITS = 24;

/** Never an option of the command: it begins with neither `-` nor white space. */
const IMAGE = /^\w[\w./:@-]*$/;
const TAG = /^\w[\w.-]*$/;
const HAS_TAG = /@|:[^/]*$/;

function imageOf({ image, tag }: Input): string {
  if (!IMAGE.test(image)) throw wrong(`"${image}" is no image; one reads like "python:3.12-slim"`);
  if (tag === undefined) return HAS_TAG.test(image) ? image : `${image}:${DEFAULT_IMAGE_TAG}`;
  if (!TAG.test(String(tag))) throw wrong(`"${tag}" is no tag of an image`);
  if (!HAS_TAG.test(image)) return `${image}:${tag}`;
  throw wrong(`Image "${image}" names its tag already, so "tag" must be left out`);
}

async function installedProgram(host: Host): Promise<string | undefined> {
  for (const program of CONTAINER_PROGRAMS) {
    if (await host.which(program) !== undefined) return program;
  }
  return undefined;
}

function programMissing(image: string): StageError {
  const programs = CONTAINER_PROGRAMS.map((program) => `"${program}"`).join(" nor ");
  return new StageError(
    `Cannot run a container of "${image}": neither ${programs} is installed here`,
    { retryable: false },
  );
}

/** In a file: arguments are for everybody to see, and the program's own environment is not the container's. */
async function envOptions({ env, host, scratch }: StageContext): Promise<readonly string[]> {
  const entries = Object.entries(env);
  if (entries.length === 0) return [];
  const unfit = entries.find(([, value]) => /[\0\r\n]/.test(value));
  if (unfit !== undefined) {
    throw wrong(
      `Cannot hand "${unfit[0]}" to the container: it has more than one line; ` +
        'write it to a file, and mount that by "volume"',
    );
  }
  const file = `${await scratch()}/env`;
  const lines = entries.map(([name, value]) => `${name}=${value}\n`);
  await host.writeText(file, lines.join(""), { mode: 0o600 });
  return [`--env-file=${file}`];
}

const VOLUME = /^[^:\p{C}]+:[^:\p{C}]+(?::[\w,]+)?$/u;

function volumeOptions({ volume = [] }: Input): readonly string[] {
  const written = isList(volume) ? volume : Object.entries(volume).map((pair) => pair.join(":"));
  return written.map((text) => {
    if (VOLUME.test(text)) return `--volume=${text}`;
    throw wrong(`"${text}" is no volume; one reads like "/data:/data:ro"`);
  });
}

function isList(volume: NonNullable<Input["volume"]>): volume is readonly string[] {
  return Array.isArray(volume);
}

/** Ending the program that started a container need not end the container. */
async function removeContainer(
  host: Host,
  { program, name }: { readonly program: string; readonly name: string },
): Promise<void> {
  const args = ["rm", "--force", name];
  const signal = AbortSignal.timeout(DEFAULT_GRACE_MS);
  // Perhaps it never was, or is gone; the stage has ended whatever this comes to.
  await host.spawn(program, { args, env: host.env(), signal }).catch(() => {});
}

function wrong(message: string): StageError {
  return new StageError(message, { name: "ValueError", retryable: false });
}
