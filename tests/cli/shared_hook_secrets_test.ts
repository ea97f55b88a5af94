import { deepEqual } from "node:assert/strict";
import { sharedHookSecrets } from "../../cli/shared_hook_secrets.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { WEBHOOK_TRIGGER } from "../../plugins/webhook.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";

const REST = "  jobs: {one: {stages: [{name: Say, echo: Hello}]}}\n";

function workflow(name: string, on: string): string {
  return `${name}:\n  type: Workflow\n  on:\n    - ${on}\n${REST}`;
}

function warnings(...files: readonly string[]): readonly string[] {
  const workflows = files.flatMap((text, at) =>
    loadFile(text, `${at}.yml`, { stages: [empty()], triggers: [WEBHOOK_TRIGGER] }).workflows
  );
  return sharedHookSecrets(workflows).map(({ severity, code, place, message }) => {
    const { line, column } = place.span.start;
    return `${place.file}:${line}:${column} ${severity}[${code}] ${message}`;
  });
}

test("sharedHookSecrets() warns of webhooks that take one another's deliveries", () => {
  deepEqual(
    warnings(
      workflow("orders", "webhook: {secret: SHOP}"),
      workflow("stock", "webhook: {secret: STOCK}") + workflow("bills", "webhook: {secret: SHOP}"),
    ),
    [
      '1.yml:9:25 warning[webhook-secret-shared] The webhooks of "orders" and "bills" share ' +
      'secret "SHOP", so what was sent to one of them can be sent again to the other; give ' +
      "each its own",
    ],
  );
});

test("sharedHookSecrets() is quiet where each has its own, or somebody meant it", () => {
  const orders = workflow("orders", "webhook: {secret: SHOP}");
  deepEqual(warnings(orders, workflow("stock", "webhook: {secret: STOCK}")), []);
  deepEqual(warnings(orders, workflow("stock", "cron: 0 9 * * *")), []);
  const meant = workflow("bills", "webhook: {secret: SHOP} # sluice: ignore webhook-secret-shared");
  deepEqual(warnings(orders, meant), []);
});
