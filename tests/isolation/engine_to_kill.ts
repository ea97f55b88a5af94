/**
 * An engine that somebody kills while a script of it never ends: it prints the
 * id of the script's process.
 */
import { openIsolation } from "../../plugins/isolation.ts";
import { systemClock } from "../../platform/mod.ts";
import { host, scriptCall } from "./isolated.ts";

const isolation = openIsolation({ host, clock: systemClock });
await isolation.execute(scriptCall("console.log(Deno.pid); for (;;);", {
  print: (line) => console.log(line),
}));
