/**
 * The types `container` and `docker` of `runs-on`: each process of a job's
 * stages runs in a container of its own, by `docker` or `podman` (REFERENCE
 * C-106, C-107). What stages share lies in the working directory, which all of
 * them see at the path where it is.
 *
 * @module
 */
import { z } from "zod";
import { envSchema } from "../core/model/environment.ts";
import { textOf } from "../core/expr/text.ts";
import type { Value } from "../core/expr/value.ts";
import {
  CONTAINER_PROGRAMS,
  containerProgram,
  imageName,
  removeContainers,
  volumeOption,
  wrongContainer,
} from "../core/plugin/container.ts";
import type { Host, SpawnOptions, SpawnResult } from "../core/plugin/ports.ts";
import { defineRunner, type RunnerContext, type RunnerKind } from "../core/plugin/runner.ts";

/** The label by which the containers of an attempt are found again. */
export const MARK_LABEL = "sluice.mark";

const mount = z.strictObject({
  source: z.string().min(1),
  target: z.string().min(1),
  mode: z.enum(["ro", "rw"]).optional(),
});
const volumes = z.union([
  z.array(z.union([z.string(), mount])),
  z.record(z.string(), z.string()),
]);
const size = z.union([z.string(), z.number()]);

const fields = {
  image: z.string().min(1),
  tag: size.optional(),
  environment: envSchema().optional(),
  env: envSchema().optional(),
  volumes: volumes.optional(),
  volume: volumes.optional(),
  network: z.union([
    z.string(),
    z.strictObject({
      network_mode: z.string().optional(),
      ports: z.record(z.string().regex(/^\d+(?:\/\w+)?$/), size).optional(),
    }),
  ]).optional(),
  resources: z.strictObject({
    memory: size.optional(),
    memswap_limit: size.optional(),
    cpu: size.optional(),
    cpuset_cpus: size.optional(),
  }).optional(),
  user: size.optional(),
  working_dir: z.string().startsWith("/").optional(),
  docker_host: z.string().optional(),
};

type Options = z.infer<z.ZodObject<typeof fields>>;

/** The type of `runs-on` by this name: both names mean the same. */
export function containerRunner(name: "container" | "docker"): RunnerKind {
  return defineRunner({
    name,
    summary: "Runs each process in a container of its own, by docker or podman.",
    fields,
    inert: ["container_name", "command", "timeout", "remove"],
    open: openContainers,
    endMarked,
  });
}

async function openContainers(options: Options, context: RunnerContext): Promise<Host> {
  const { host, mark } = context;
  const image = imageName(options);
  const program = await containerProgram(host, image);
  const env = clientEnv(options, context);
  const fixed = [...placeOptions(options), ...limitOptions(options)];
  const folders = [host.cwd()];
  let count = 0;
  return {
    ...host,
    // The container has an environment and programs of its own, and nobody here knows them.
    env: () => ({}),
    which: (command) => Promise.resolve(command),
    makeTempFolder: async (prefix) => {
      const folder = await host.makeTempFolder(prefix);
      folders.push(folder);
      return folder;
    },
    spawn: (command, spawning = {}) =>
      run({
        ...{ host, program, image, command, spawning, env },
        name: `sluice-${mark.slice(0, NAME_DIGITS)}-${++count}`,
        args: [
          `--label=${MARK_LABEL}=${mark}`,
          ...fixed,
          ...folders.map((folder) => volumeOption(`${folder}:${folder}`)),
          `--workdir=${spawning.cwd ?? options.working_dir ?? host.cwd()}`,
        ],
        declared: { ...options.environment, ...options.env },
      }),
  };
}

const NAME_DIGITS = 24;

interface ContainerRun {
  readonly host: Host;
  readonly program: string;
  readonly image: string;
  readonly command: string;
  readonly spawning: SpawnOptions;
  readonly name: string;
  readonly args: readonly string[];
  /** The environment of the program that starts the container. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the container that `runs-on` declares. */
  readonly declared: Readonly<Record<string, Value>>;
}

async function run(container: ContainerRun): Promise<SpawnResult> {
  const { host, program, image, command, spawning, name, args, env } = container;
  const variables = variablesOf(container);
  const { stdin, signal } = spawning;
  try {
    return await host.spawn(program, {
      ...withoutPlace(spawning),
      args: [
        ...["run", "--rm", "--init", `--name=${name}`, ...args],
        ...Object.keys(variables).map((variable) => `--env=${variable}`),
        ...(stdin === undefined ? [] : ["--interactive"]),
        ...[`--entrypoint=${command}`, image, ...spawning.args ?? []],
      ],
      env: { ...env, ...variables },
    });
  } finally {
    // Ending the program that started a container need not end the container.
    if (signal?.aborted) await removeContainers(host, { program, names: [name], env });
  }
}

function withoutPlace({ cwd: _cwd, ...spawning }: SpawnOptions): SpawnOptions {
  return spawning;
}

/** What the program reads itself: handed to it for the container, it would change what it does. */
const OF_THE_PROGRAM = /^(?:PATH|HOME|USER|TMPDIR|(?:DOCKER|CONTAINERS?|REGISTRY|XDG|LD)_.*)$/i;

/**
 * The variables of the container. They are named on the command line, which is
 * for everybody to see, and the program takes their values from its own
 * environment: any text, of as many lines as it likes.
 */
function variablesOf({ declared, spawning }: ContainerRun): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...declared, ...spawning.env });
  const taken = entries.find(([name]) => OF_THE_PROGRAM.test(name));
  if (taken !== undefined) {
    throw wrongContainer(
      `Cannot hand "${taken[0]}" to the container: the program that starts it reads it itself; ` +
        "set it in the image or in the script",
    );
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, textOf(value)]));
}

function placeOptions({ volumes, volume, network, user }: Options): readonly string[] {
  const { network_mode: mode, ports = {} } = typeof network === "string"
    ? { network_mode: network }
    : network ?? {};
  return [
    ...[...mountsOf(volumes), ...mountsOf(volume)].map(volumeOption),
    ...(mode === undefined ? [] : [`--network=${mode}`]),
    // As the reference has it: the container's port, then the one of the machine.
    ...Object.entries(ports).map(([inside, outside]) => `--publish=${outside}:${inside}`),
    ...(user === undefined ? [] : [`--user=${user}`]),
  ];
}

function mountsOf(written: z.infer<typeof volumes> = []): readonly string[] {
  if (!Array.isArray(written)) return Object.entries(written).map((pair) => pair.join(":"));
  return written.map((volume) => {
    if (typeof volume === "string") return volume;
    const { source, target, mode } = volume;
    return [source, target, ...(mode === undefined ? [] : [mode])].join(":");
  });
}

function limitOptions({ resources = {} }: Options): readonly string[] {
  const { memory, memswap_limit: swap, cpu, cpuset_cpus: cpus } = resources;
  const limits = { memory, "memory-swap": swap, cpus: cpu, "cpuset-cpus": cpus };
  return Object.entries(limits).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}=${value}`]
  );
}

function clientEnv(
  { docker_host: host }: Options,
  { env }: Pick<RunnerContext, "env">,
): Readonly<Record<string, string>> {
  return host === undefined ? env : { ...env, DOCKER_HOST: host, CONTAINER_HOST: host };
}

/** Any program that is installed may have started them. */
async function endMarked(
  marks: ReadonlySet<string>,
  { host, env }: Pick<RunnerContext, "host" | "env">,
): Promise<void> {
  for (const program of CONTAINER_PROGRAMS) {
    if (await host.which(program) === undefined) continue;
    for (const mark of marks) {
      const filter = `--filter=label=${MARK_LABEL}=${mark}`;
      const { stdout } = await host.spawn(program, { args: ["ps", "-aq", filter], env });
      const names = stdout.split("\n").filter((line) => line !== "");
      if (names.length > 0) await removeContainers(host, { program, names, env });
    }
  }
}
