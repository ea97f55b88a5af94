/**
 * Webhooks: a workflow that others start by a signed request.
 *
 * ```yaml
 * on:
 *   - webhook: {secret: ORDERS_SECRET, param: order}
 * ```
 *
 * Whoever calls signs what they send: the signature is the HMAC-SHA-256 of the
 * timestamp, a full stop and the body. A delivery that comes twice has the same
 * signature, so the run's id follows from it and twice is once, after a crash
 * too; a delivery that is older than the window is refused.
 *
 * @module
 */
import { z } from "zod";
import type { TriggerSyntax } from "../core/model/trigger_syntax.ts";
import type { PluginTrigger } from "../core/model/triggers.ts";

/** How far the clocks of both sides may be apart, and how long a delivery may take: five minutes. */
export const REPLAY_WINDOW_MS = 300_000;

/**
 * The fewest characters of a secret that deliveries are signed with: a shorter
 * one is found by trying, from a single delivery that somebody has seen.
 */
export const MIN_HOOK_SECRET_CHARS = 16;

/** The parameter that takes the body where the trigger does not say. */
export const DEFAULT_HOOK_PARAM = "event";

/** Seconds since the epoch. */
export const TIMESTAMP_HEADER = "x-sluice-timestamp";

/** `sha256=` and the signature, hexadecimal. */
export const SIGNATURE_HEADER = "x-sluice-signature";

/** How a workflow is started by webhook. */
export interface WebhookTrigger {
  /** The name of the secret that deliveries are signed with; never the secret itself. */
  readonly secret: string;
  /** The parameter that takes the body. */
  readonly param: string;
}

/** What came in. */
export interface Delivery {
  /** As sent; `null` where the header is missing. */
  readonly timestamp: string | null;
  /** As sent; `null` where the header is missing. */
  readonly signature: string | null;
  /** The body, as it was sent. */
  readonly body: string;
}

/** What is known of a delivery: a key that it alone has, or why it is refused. */
export type Verdict =
  | { readonly ok: true; readonly key: string }
  | {
    readonly ok: false;
    /** Why, for whoever sent it. */
    readonly message: string;
    /** Whether whoever sent it has the secret. */
    readonly signed: boolean;
  };

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/;
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;
const SECOND_MS = 1_000;

/** How the trigger is written. */
export const WEBHOOK_TRIGGER: TriggerSyntax = {
  name: "webhook",
  summary: "Starts the workflow at a signed request",
  fields: { secret: z.string().regex(NAME), param: z.string().regex(NAME).optional() },
  slotless: true,
  // What the reference's pages describe besides.
  inert: ["endpoint", "method", "headers", "timeout_seconds"],
  most: 1,
};

const SCHEMA = z.object({
  secret: z.string().regex(NAME),
  param: z.string().regex(NAME).optional(),
});

/** The webhook among a workflow's triggers: `undefined` without one, `"wrong"` for one that cannot be read. */
export function webhookIn(
  triggers: readonly PluginTrigger[],
): WebhookTrigger | "wrong" | undefined {
  const written = triggers.find(({ type }) => type === "webhook");
  if (written === undefined) return undefined;
  const read = SCHEMA.safeParse(written.with);
  if (!read.success) return "wrong";
  const { secret, param = DEFAULT_HOOK_PARAM } = read.data;
  return { secret, param };
}

/**
 * Whether a delivery comes from somebody who has the secret, and now.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const body = '{"order":1}';
 * const signature = await signDelivery({ secret: "s3cret", timestamp: "1769832000", body });
 * const delivery = { timestamp: "1769832000", signature, body };
 * equal((await verifyDelivery(delivery, { secret: "s3cret", nowMs: 1769832000_000 })).ok, true);
 * equal((await verifyDelivery(delivery, { secret: "s3cret", nowMs: 1769839999_000 })).ok, false);
 * ```
 */
export async function verifyDelivery(
  { timestamp, signature, body }: Delivery,
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): Promise<Verdict> {
  const [, digits] = SIGNATURE.exec(signature ?? "") ?? [];
  if (timestamp === null || !TIMESTAMP.test(timestamp) || digits === undefined) {
    return refused(
      `Send "${TIMESTAMP_HEADER}" with seconds and "${SIGNATURE_HEADER}" as "sha256=…"`,
    );
  }
  // The signature first: what else is wrong is told to those who have the secret alone.
  const key = await keyFrom(secret, "verify");
  // It takes as long for any signature.
  const isOurs = await crypto.subtle.verify(
    "HMAC",
    key,
    Uint8Array.fromHex(digits),
    signed(timestamp, body),
  );
  if (!isOurs) return refused("The signature is not that of the timestamp and the body");
  if (Math.abs(nowMs - Number(timestamp) * SECOND_MS) > REPLAY_WINDOW_MS) {
    const minutes = REPLAY_WINDOW_MS / 60_000;
    const message = `The timestamp is more than ${minutes} minutes away from now`;
    return { ok: false, message, signed: true };
  }
  return { ok: true, key: digits };
}

/** The signature of a delivery, as {@linkcode SIGNATURE_HEADER} has it. */
export async function signDelivery(
  { secret, timestamp, body }: {
    readonly secret: string;
    readonly timestamp: string;
    readonly body: string;
  },
): Promise<string> {
  const key = await keyFrom(secret, "sign");
  const signature = await crypto.subtle.sign("HMAC", key, signed(timestamp, body));
  return `sha256=${new Uint8Array(signature).toHex()}`;
}

function keyFrom(secret: string, use: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}

function signed(timestamp: string, body: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${timestamp}.${body}`);
}

function refused(message: string): Verdict {
  return { ok: false, message, signed: false };
}
