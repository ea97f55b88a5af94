/**
 * The section `http` of the settings file.
 *
 * @module
 */
import { z } from "zod";
import { WorkflowError } from "../../core/engine/errors.ts";
import type { SettingsSection } from "../../core/engine/settings.ts";
import type { HttpOptions } from "./options.ts";

/** The most tokens, hosts or origins of the settings. */
export const MAX_LISTED = 100;

/** The most that a body may be allowed to have: 64 MiB. */
export const MAX_BODY_BYTES: number = 64 * 1024 * 1024;

const Text = z.string().min(1).max(500);
const Count = z.int().min(1).max(1_000_000);
const Bytes = z.int().min(1).max(MAX_BODY_BYTES);

const SECTION = z.strictObject({
  tokens: z.array(z.strictObject({
    name: z.string().min(1).max(100),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "Is no SHA-256 in hexadecimal"),
    scopes: z.array(z.enum(["read", "run", "admin"])).min(1),
  })).max(MAX_LISTED).optional(),
  hosts: z.array(Text).max(MAX_LISTED).optional(),
  origins: z.array(Text).max(MAX_LISTED).optional(),
  inline: z.boolean().optional(),
  limits: z.strictObject({
    body_bytes: Bytes.optional(),
    body_seconds: Count.optional(),
    requests: Count.optional(),
    streams: Count.optional(),
    runs: Count.optional(),
    wait_seconds: Count.optional(),
    per_second: Count.optional(),
  }).optional(),
});

/**
 * What the section `http` of the settings says. Tokens stand there as digests
 * (`printf %s "$TOKEN" | sha256sum`), never as they are.
 *
 * @throws {WorkflowError} with diagnostics when something in it does not fit.
 */
export function httpSettings(section: SettingsSection | undefined): HttpOptions {
  if (section === undefined) return {};
  const read = SECTION.safeParse(section.value ?? {});
  if (!read.success) throw wrongSection(section, read.error);
  const { inline, limits, ...rest } = read.data;
  return { ...rest, inlineDefinitions: inline, limits: limits && limitsFrom(limits) };
}

type WrittenLimits = NonNullable<z.infer<typeof SECTION>["limits"]>;

function limitsFrom(written: WrittenLimits): NonNullable<HttpOptions["limits"]> {
  const { body_bytes: bodyBytes, body_seconds: body, wait_seconds: wait, per_second } = written;
  const { requests, streams, runs } = written;
  return {
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
    ...(body === undefined ? {} : { bodyMs: body * 1_000 }),
    ...(requests === undefined ? {} : { requests }),
    ...(streams === undefined ? {} : { streams }),
    ...(runs === undefined ? {} : { runs }),
    ...(wait === undefined ? {} : { waitMs: wait * 1_000 }),
    ...(per_second === undefined ? {} : { rate: { perSecond: per_second, burst: 2 * per_second } }),
  };
}

function wrongSection(section: SettingsSection, { issues }: z.ZodError): WorkflowError {
  const diagnostics = issues.map(({ path, message }) => ({
    code: "value-invalid",
    severity: "error" as const,
    message: `Cannot read "${["http", ...path].map(String).join(".")}": ${message}`,
    place: section.placeOf(path),
  }));
  return new WorkflowError('Cannot read the section "http" of the settings', { diagnostics });
}
