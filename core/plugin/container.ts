/**
 * What everything that starts containers has in common: which program does it,
 * and what may be said to it.
 *
 * @module
 */
import { DEFAULT_GRACE_MS, type Host } from "./ports.ts";
import { StageError } from "./stage_kind.ts";

/** The programs that run containers, in the order in which they are looked for. */
export const CONTAINER_PROGRAMS: readonly string[] = ["docker", "podman"];

/** The tag of an image that names none. */
export const DEFAULT_IMAGE_TAG = "latest";

/** The program that runs containers here. Throws a {@linkcode StageError} where none is installed. */
export async function containerProgram(host: Host, image: string): Promise<string> {
  for (const program of CONTAINER_PROGRAMS) {
    if (await host.which(program) !== undefined) return program;
  }
  const programs = CONTAINER_PROGRAMS.map((program) => `"${program}"`).join(" nor ");
  throw new StageError(
    `Cannot run a container of "${image}": neither ${programs} is installed here`,
    { retryable: false },
  );
}

/** Never an option of the command: it begins with neither `-` nor white space. */
const IMAGE = /^\w[\w./:@-]*$/;
const TAG = /^\w[\w.-]*$/;
const HAS_TAG = /@|:[^/]*$/;

/** An image with its tag. Throws a {@linkcode StageError} for what is none. */
export function imageName(
  { image, tag }: { readonly image: string; readonly tag?: string | number | undefined },
): string {
  if (!IMAGE.test(image)) {
    throw wrongContainer(`"${image}" is no image; one reads like "python:3.12-slim"`);
  }
  if (tag === undefined) return HAS_TAG.test(image) ? image : `${image}:${DEFAULT_IMAGE_TAG}`;
  if (!TAG.test(String(tag))) throw wrongContainer(`"${tag}" is no tag of an image`);
  if (!HAS_TAG.test(image)) return `${image}:${tag}`;
  throw wrongContainer(`Image "${image}" names its tag already, so "tag" must be left out`);
}

const VOLUME = /^[^:\p{C}]+:[^:\p{C}]+(?::[\w,]+)?$/u;

/** The option that mounts a volume, `SOURCE:TARGET[:MODE]`. Throws a {@linkcode StageError} for what is none. */
export function volumeOption(text: string): string {
  if (VOLUME.test(text)) return `--volume=${text}`;
  throw wrongContainer(`"${text}" is no volume; one reads like "/data:/data:ro"`);
}

/** Ends containers by name or id. Perhaps one never was, or is gone: whatever this comes to, nobody waits for more. */
export async function removeContainers(
  host: Host,
  { program, names, env }: {
    readonly program: string;
    readonly names: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const signal = AbortSignal.timeout(DEFAULT_GRACE_MS);
  await host.spawn(program, { args: ["rm", "--force", ...names], env, signal }).catch(() => {});
}

/** Something that its author wrote wrong. */
export function wrongContainer(message: string): StageError {
  return new StageError(message, { name: "ValueError", retryable: false });
}
