import { deepEqual, equal } from "node:assert/strict";
import { auditChoices } from "../../core/engine/audit_choice.ts";
import { test } from "../harness.ts";

test("auditChoices() takes names, URLs, mappings and lists of them", () => {
  const path = "/var/lib/audits.db";
  deepEqual(auditChoices("file"), [{ type: "file" }]);
  deepEqual(auditChoices("file, sqlite"), [{ type: "file" }, { type: "sqlite" }]);
  deepEqual(auditChoices(`sqlite://${path}`), [{ type: "sqlite", path }]);
  deepEqual(auditChoices("file:./audits"), [{ type: "file", path: "./audits" }]);
  deepEqual(auditChoices({ path: "./audits" }), [{ type: "file", path: "./audits" }]);
  deepEqual(auditChoices(["file", { type: "sqlite", path }]), [
    { type: "file" },
    { type: "sqlite", path },
  ]);
});

test("auditChoices() takes nothing else", () => {
  const wrong = ["", " ", "file,", "a b", ":x", [], [1], 5, null, true, { type: 5 }, { type: "" }];
  for (const value of wrong) equal(auditChoices(value), undefined, JSON.stringify(value));
  equal(auditChoices(Array.from({ length: 11 }, () => "file")), undefined);
});
