/**
 * `sluice lsp`
 *
 * @module
 */
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";

// Only this command needs it; see `main.ts` on imports by variable.
const SERVER: string = "./lsp/server.ts";

/** Serves one editor until it says that it is done. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const { serveEditor }: typeof import("./lsp/server.ts") = await import(SERVER);
  const isClean = await serveEditor({
    conf: invocation.value("conf"),
    warn: (message) => printer.tell(message),
  });
  return isClean ? EXIT.ok : EXIT.failed;
}
