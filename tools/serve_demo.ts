/**
 * Serves the endpoint and its page over the example workflows, with a few runs
 * to look at.
 *
 * ```text
 * serve_demo.ts [options of sluice serve]
 * ```
 *
 * @module
 */
import { fromFileUrl, ROOT } from "./repo.ts";

const STATE = ".sluice/demo";

/** What runs where nothing has run yet; `fallback` fails, so that there is something to look into. */
const SEEDS: readonly (readonly [workflow: string, params: Readonly<Record<string, unknown>>])[] = [
  ["hello", {}],
  ["nightly", {}],
  ["fallback", {}],
  ["fan-out", {}],
  ["fan-out", { shards: 6 }],
  ["city-weather", {}],
  ["city-weather", { since: 2014, drought_days: 20 }],
];

interface Address {
  readonly url: string;
  readonly token_file: string;
}

/** Starts the server; what it says on standard error goes to the console. */
function startServer(args: readonly string[]): Deno.ChildProcess {
  const serve = ["run", "-A", "--no-check", "cli.ts", "serve", "--json", "--state", STATE];
  return new Deno.Command(Deno.execPath(), {
    args: [...serve, ...args],
    cwd: fromFileUrl(ROOT),
    stdout: "piped",
  }).spawn();
}

async function addressFrom(output: ReadableStream<Uint8Array>): Promise<Address> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    try {
      return JSON.parse(text);
    } catch {
      // Not all of it has come yet.
    }
  }
  throw new Error("The server ended before it listened");
}

/** Starts the runs where there are none. */
async function seed({ url }: Address, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const { runs } = await (await fetch(`${url}/api/v1/runs?limit=1`, { headers })).json();
  if (runs.length > 0) return;
  console.error("Starting a few runs");
  for (const [workflow, params] of SEEDS) {
    const route = `${url}/api/v1/workflows/${workflow}/runs?wait=30s`;
    const answer = await fetch(route, {
      method: "POST",
      headers,
      body: JSON.stringify({ params }),
    });
    if (!answer.ok) console.error(`Cannot run "${workflow}": ${(await answer.json()).detail}`);
  }
}

async function main(): Promise<number> {
  // The server ends by itself when its terminal says so; this waits for it.
  Deno.addSignalListener("SIGINT", () => {});
  const server = startServer(Deno.args);
  Deno.addSignalListener("SIGTERM", () => server.kill());
  const address = await addressFrom(server.stdout);
  const token = (await Deno.readTextFile(new URL(address.token_file, ROOT))).trim();
  await seed(address, token);
  // As "sluice serve" does: whoever keeps what is printed does not get the token.
  console.log(
    Deno.stdout.isTerminal()
      ? `Open ${address.url}/#token=${token}`
      : `Open ${address.url}; the token stands in ${address.token_file}`,
  );
  return (await server.status).code;
}

if (import.meta.main) Deno.exit(await main());
