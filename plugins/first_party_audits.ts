/**
 * The audits that are always installed. A finished run needs the one in files
 * almost always, so that one is imported by its literal name.
 *
 * @module
 */
import type { AuditKind, KindEntry } from "../core/plugin/configured_kind.ts";

// Read when it is first used: Deno reads whatever a literal `import()` names
// before it runs the first line.
const SQLITE_AUDIT: string = "./sqlite_audit.ts";

/** The audits that are always installed. */
export const FIRST_PARTY_AUDITS: readonly KindEntry<AuditKind>[] = [
  {
    name: "file",
    load: async () => (await import("./file_audit.ts")).fileAuditKind(),
  },
  {
    name: "sqlite",
    load: async () => {
      const module: typeof import("./sqlite_audit.ts") = await import(SQLITE_AUDIT);
      return module.sqliteAuditKind();
    },
  },
];
