/**
 * Webhooks of several workflows that are signed with one secret.
 *
 * What is signed is a delivery's time and its body, as other services do, and
 * not the workflow that it is for; so one to the first workflow is as good for
 * the second.
 *
 * @module
 */
import { ignoredIn } from "../core/check/ignored.ts";
import type { Workflow } from "../core/model/workflow.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import type { Place } from "../core/source/span.ts";
import { webhookIn } from "../plugins/webhook.ts";

/** A warning at each webhook whose secret another workflow, named before it, has too. */
export function sharedHookSecrets(workflows: readonly Workflow[]): readonly Diagnostic[] {
  const hooks = workflows.flatMap(hookOf);
  return [...Map.groupBy(hooks, ({ secret }) => secret).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : others.flatMap((other) => warningOf(first, other))
  );
}

interface Hook {
  readonly workflow: Workflow;
  readonly secret: string;
  readonly place: Place;
}

function hookOf(workflow: Workflow): readonly Hook[] {
  const { document, triggers: { others } } = workflow;
  const hook = webhookIn(others);
  const written = others.find(({ type }) => type === "webhook");
  if (hook === undefined || hook === "wrong" || written === undefined) return [];
  const span = document.locate([...written.path, "secret"]);
  return [{ workflow, secret: hook.secret, place: { file: document.file, span } }];
}

function warningOf(first: Hook, { workflow, secret, place }: Hook): readonly Diagnostic[] {
  const found: Diagnostic = {
    code: "webhook-secret-shared",
    severity: "warning",
    message: `The webhooks of "${first.workflow.name}" and "${workflow.name}" share secret ` +
      `"${secret}", so what was sent to one of them can be sent again to the other; ` +
      "give each its own",
    place,
    related: [{ message: "the other one", place: first.place }],
  };
  return ignoredIn(workflow.document.text).has(found) ? [] : [found];
}
