/**
 * Webhooks: no token, but a signature.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { keyedRunId } from "../../../core/engine/run_id.ts";
import { messageOf } from "../../../core/source/message_of.ts";
import {
  MIN_HOOK_SECRET_CHARS,
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  verifyDelivery,
  webhookIn,
  type WebhookTrigger,
} from "../../webhook.ts";
import { HookAnswerSchema } from "../api/server.ts";
import { JsonMapping } from "../api/runs.ts";
import { newToken } from "../access/tokens.ts";
import { answers, type Api, PUBLIC, requiredBody, WorkflowPath } from "../contract.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProblemAnswer } from "../problems.ts";
import { json } from "../replies.ts";

const hook = createRoute({
  ...{
    method: "post",
    path: "/hooks/{name}",
    summary: "Start a run by webhook",
    tags: ["Webhooks"],
  },
  ...PUBLIC,
  description: `Signed with \`${SIGNATURE_HEADER}\` and \`${TIMESTAMP_HEADER}\`; see docs/http.md`,
  request: {
    params: WorkflowPath,
    headers: z.object({
      [TIMESTAMP_HEADER]: z.string().max(100).optional(),
      [SIGNATURE_HEADER]: z.string().max(200).optional(),
    }),
    body: requiredBody(JsonMapping),
  },
  responses: answers({
    202: { schema: HookAnswerSchema, description: "The run of this delivery" },
  }),
});

// The same for a workflow that is not there, has no webhook, or another secret:
// whoever cannot sign learns nothing of what there is.
const REFUSED = "There is no such webhook, or the delivery is not signed as it must be: " +
  `send "${TIMESTAMP_HEADER}" with seconds and "${SIGNATURE_HEADER}" as "sha256=…"`;

// A file's place and text are not for whoever may only call.
const BROKEN = "The workflow of this webhook cannot run now; its server's log has more";

/** Adds the routes of webhooks. */
export function addHookRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice: { engine }, starter, warn } = endpoint;
  // Signed with it, a delivery for nobody is looked at for as long as any other.
  const nobodys = newToken();
  app.openapi(hook, async (c) => {
    const { name } = c.req.valid("param");
    const delivery = {
      timestamp: c.req.header(TIMESTAMP_HEADER) ?? null,
      signature: c.req.header(SIGNATURE_HEADER) ?? null,
      body: await c.req.text(),
    };
    const trigger = await triggerOf(name, endpoint);
    const secret = await secretOf(name, { trigger, endpoint }) ?? nobodys;
    const verdict = await verifyDelivery(delivery, { secret, nowMs: engine.now() });
    if (trigger === undefined || !verdict.ok) {
      const isTold = !verdict.ok && verdict.signed;
      throw new ProblemAnswer("signature-wrong", isTold ? verdict.message : REFUSED);
    }
    const workflow = await starter.workflow(name).catch((error: unknown) => {
      warn(`The webhook of "${name}" cannot start it: ${error}`);
      throw new ProblemAnswer("conflict", BROKEN);
    });
    const runId = keyedRunId(workflow.name, `hook/${verdict.key}`);
    const params = { [trigger.param]: c.req.valid("json") };
    const answer = await starter.start(workflow, {
      ...{ params, runId, trigger: "webhook", wait: undefined },
    });
    if (!answer.ok) return answer;
    return json({ run_id: runId }, { status: 202 });
  });
}

/** What deliveries are signed with; `undefined`, so that nobody gets in, where that is not known or too weak. */
async function secretOf(
  name: string,
  { trigger, endpoint: { sluice: { engine }, warn } }: {
    readonly trigger: WebhookTrigger | undefined;
    readonly endpoint: Endpoint;
  },
): Promise<string | undefined> {
  if (trigger === undefined) return undefined;
  const shut = (why: string) => void warn(`The webhook of "${name}" lets nobody in: ${why}`);
  try {
    const secret = await engine.secret(trigger.secret);
    if (secret === undefined || secret.length >= MIN_HOOK_SECRET_CHARS) return secret;
    const least = MIN_HOOK_SECRET_CHARS;
    shut(`its secret "${trigger.secret}" has fewer than ${least} characters; choose a longer one`);
  } catch (error) {
    shut(messageOf(error)); // Whoever calls learns no more than of a webhook that is not there.
  }
  return undefined;
}

async function triggerOf(
  name: string,
  { sluice: { conf }, warn }: Endpoint,
): Promise<WebhookTrigger | undefined> {
  // A broken file is told to whoever looks after it, not to who calls.
  const workflow = await conf.find(name).catch(() => undefined);
  const trigger = webhookIn(workflow?.triggers.others ?? []);
  if (trigger !== "wrong") return trigger;
  warn(`The webhook of "${name}" cannot be read: write "webhook: {secret: NAME}"`);
  return undefined;
}
