/**
 * The traces that are always installed; each is loaded when settings choose it.
 *
 * @module
 */
import type { KindEntry, TraceKind } from "../core/plugin/configured_kind.ts";

// Read when they are first used: Deno reads whatever a literal `import()` names
// before it runs the first line.
const CONSOLE: string = "./trace/console_trace.ts";
const FILE: string = "./trace/file_trace.ts";
const SQLITE: string = "./trace/sqlite_trace.ts";
const RESTAPI: string = "./trace/restapi_trace.ts";
const OTLP: string = "./trace/otlp_trace.ts";

/** The traces that are always installed. */
export const FIRST_PARTY_TRACES: readonly KindEntry<TraceKind>[] = [
  {
    name: "console",
    load: async () => {
      const module: typeof import("./trace/console_trace.ts") = await import(CONSOLE);
      return module.consoleTraceKind();
    },
  },
  {
    name: "file",
    load: async () => {
      const module: typeof import("./trace/file_trace.ts") = await import(FILE);
      return module.fileTraceKind();
    },
  },
  {
    name: "sqlite",
    load: async () => {
      const module: typeof import("./trace/sqlite_trace.ts") = await import(SQLITE);
      return module.sqliteTraceKind();
    },
  },
  {
    name: "restapi",
    load: async () => {
      const module: typeof import("./trace/restapi_trace.ts") = await import(RESTAPI);
      return module.restapiTraceKind();
    },
  },
  {
    name: "otlp",
    load: async () => {
      const module: typeof import("./trace/otlp_trace.ts") = await import(OTLP);
      return module.otlpTraceKind();
    },
  },
];
