/** Saves some records in an audit: `audit_process.ts FOLDER PREFIX COUNT`. @module */
import process from "node:process";
import { openHost } from "../../platform/mod.ts";
import { fileAudit } from "../../plugins/file_audit.ts";

const [, , folder = "", prefix = "", count = "0"] = process.argv;
const audit = fileAudit({ folder, host: openHost(), warn: console.error });
for (let nth = 0; nth < Number(count); nth++) {
  await audit.save({
    name: "etl",
    releaseMs: Date.UTC(2026, 0, 31),
    type: "normal",
    runId: `${prefix}-${nth}`,
    parentRunId: null,
    context: { status: "SUCCESS" },
    runsMetadata: {},
  });
}
