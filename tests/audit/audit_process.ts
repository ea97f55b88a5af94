/** Saves some records in an audit: `audit_process.ts FOLDER|FILE.db PREFIX COUNT`. @module */
import process from "node:process";
import { openHost } from "../../platform/mod.ts";
import { fileAudit } from "../../plugins/file_audit.ts";
import { sqliteAudit } from "../../plugins/sqlite_audit.ts";

const [, , folder = "", prefix = "", count = "0"] = process.argv;
const options = { host: openHost(), warn: console.error };
const audit = folder.endsWith(".db")
  ? sqliteAudit({ path: folder, ...options })
  : fileAudit({ folder, ...options });
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
