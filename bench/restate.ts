/** A Restate server with a service whose runs have three empty steps: the peer of P6. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { CannotMeasure } from "./bench.ts";
import { peersFolder, restateServer } from "./peers.ts";

/** A server that is under way. */
export interface Restate extends AsyncDisposable {
  /** Starts a run and waits until it has ended. */
  run(): Promise<void>;
}

const STARTS_WITHIN_MS = 30_000;
const LOOK_MS = 100;

// What it logs of each run costs more than the run; an empty logger is its best configuration.
const SERVICE = `import * as restate from "@restatedev/restate-sdk";
const three = restate.service({
  name: "three",
  handlers: {
    run: async (ctx) => {
      for (let i = 0; i < 3; i++) await ctx.run("s" + i, () => {});
    },
  },
});
await restate.serve({ services: [three], port: Number(process.argv[2]), logger: () => {} });
`;

/** Starts a server and its service in a folder of their own. */
export async function openRestate(folder: string): Promise<Restate> {
  const peers = await peersFolder();
  const [service, ingress, admin, node] = await freePorts(4);
  const script = join(peers, "service.mjs");
  await writeFile(script, SERVICE);
  await mkdir(folder, { recursive: true });
  const children = [
    started([process.execPath, ...scriptArgs(), script, String(service)], {}),
    started([serverOf(peers), "--base-dir", folder], {
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
      RESTATE_LOG_FILTER: "error",
      RESTATE_DISABLE_TELEMETRY: "true",
    }),
  ];
  const close = async () => {
    for (const child of children) await ended(child);
  };
  try {
    await registered(`http://127.0.0.1:${admin}/deployments`, `http://127.0.0.1:${service}`);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    run: () => posted(`http://127.0.0.1:${ingress}/three/run`),
    [Symbol.asyncDispose]: close,
  };
}

function serverOf(peers: string): string {
  return join(peers, "node_modules", restateServer(), "bin", "restate-server");
}

function scriptArgs(): readonly string[] {
  return "Bun" in globalThis ? ["run"] : ["run", "-A", "--no-check"];
}

function started([program = "", ...args]: readonly string[], env: object): ChildProcess {
  return spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}

async function registered(deployments: string, uri: string): Promise<void> {
  const deadline = performance.now() + STARTS_WITHIN_MS;
  while (performance.now() < deadline) {
    const body = JSON.stringify({ uri });
    const headers = { "content-type": "application/json" };
    const response = await fetch(deployments, { method: "POST", headers, body }).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new CannotMeasure("the Restate server does not start here");
}

async function posted(url: string): Promise<void> {
  const response = await fetch(url, { method: "POST" });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Restate answered ${response.status}`);
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" ? address?.port ?? 0 : 0;
  });
  for (const server of servers) server.close();
  return ports;
}
