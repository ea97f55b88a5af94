/**
 * The stage kind `docker`: a command in a container (REFERENCE C-256).
 *
 * @module
 */
import { z } from "zod";
import { sha256Hex } from "../core/expr/sha256.ts";
import { envSchema } from "../core/model/environment.ts";
import {
  containerProgram,
  imageName,
  removeContainers,
  volumeOption,
  wrongContainer,
} from "../core/plugin/container.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import { processComplaint, processOutputs } from "./process_outputs.ts";

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
      image: z.string().min(1).describe("The image of the container."),
      tag: z.union([z.string(), z.number()]).optional().describe("Which one of the images."),
      command: z.array(z.union([z.string(), z.number(), z.boolean()])).optional()
        .describe("What is run in it."),
      env: envSchema().optional().describe("Environment variables for this stage."),
      volume: z.union([z.array(z.string()), z.record(z.string(), z.string())]).optional()
        .describe("Folders that the container sees, and where."),
      auth: z.strictObject({
        username: z.string(),
        password: z.string(),
        registry: z.string().optional(),
      }).optional(),
    },
    secrets: ["auth"],
    outputs: z.looseObject({
      return_code: z.number().nullable(),
      stdout: z.string().nullable(),
      stderr: z.string().nullable(),
      truncated: z.array(z.string()).optional(),
    }),
    needs: () => [{ permission: "run", name: "docker" }],
    execute,
  });
}

interface Input {
  readonly image: string;
  readonly tag?: string | number | undefined;
  readonly command?: readonly (string | number | boolean)[] | undefined;
  readonly volume?: readonly string[] | Readonly<Record<string, string>> | undefined;
  readonly auth?: {
    readonly username: string;
    readonly password: string;
    readonly registry?: string | undefined;
  } | undefined;
}

async function execute(input: Input, context: StageContext): Promise<Outputs> {
  const { host, signal, print } = context;
  const image = imageName(input);
  const program = await containerProgram(host, image);
  const env = { ...host.env(), ...await credentialEnv(input, context) };
  const name = `sluice-${sha256Hex(context.key).slice(0, NAME_DIGITS)}`;
  const options = [`--name=${name}`, ...await envOptions(context), ...volumeOptions(input)];
  const args = ["run", "--rm", "--init", ...options, image, ...(input.command ?? []).map(String)];
  try {
    const result = await host.spawn(program, {
      args,
      env,
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
    // Ending the program that started a container need not end the container.
    if (signal.aborted) await removeContainers(host, { program, names: [name], env });
  }
}

const NAME_DIGITS = 24;

/** What the programs call the registry of images that name none. */
const DEFAULT_REGISTRY = "https://index.docker.io/v1/";
const NAMES_REGISTRY = /^([^/]+[.:][^/]*|localhost)\//;

/** Where `docker` and `podman` find the credentials: in a file of the attempt, as arguments are for everybody to see. */
async function credentialEnv(
  { auth, image }: Input,
  { host, scratch }: StageContext,
): Promise<Readonly<Record<string, string>>> {
  if (auth === undefined) return {};
  const registry = auth.registry ?? NAMES_REGISTRY.exec(image)?.[1] ?? DEFAULT_REGISTRY;
  const folder = `${await scratch()}/registry`;
  const config = { auths: { [registry]: { auth: base64(`${auth.username}:${auth.password}`) } } };
  await host.writeText(`${folder}/config.json`, JSON.stringify(config), { mode: 0o600 });
  return { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: `${folder}/config.json` };
}

function base64(text: string): string {
  return btoa(
    Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""),
  );
}

/** In a file: arguments are for everybody to see, and the program's own environment is not the container's. */
async function envOptions({ env, host, scratch }: StageContext): Promise<readonly string[]> {
  const entries = Object.entries(env);
  if (entries.length === 0) return [];
  const unfit = entries.find(([, value]) => /[\0\r\n]/.test(value));
  if (unfit !== undefined) {
    throw wrongContainer(
      `Cannot hand "${unfit[0]}" to the container: it has more than one line; ` +
        'write it to a file, and mount that by "volume"',
    );
  }
  const file = `${await scratch()}/env`;
  const lines = entries.map(([name, value]) => `${name}=${value}\n`);
  await host.writeText(file, lines.join(""), { mode: 0o600 });
  return [`--env-file=${file}`];
}

function volumeOptions({ volume = [] }: Input): readonly string[] {
  const written = isList(volume) ? volume : Object.entries(volume).map((pair) => pair.join(":"));
  return written.map(volumeOption);
}

function isList(volume: NonNullable<Input["volume"]>): volume is readonly string[] {
  return Array.isArray(volume);
}
