import { deepEqual, equal, rejects } from "node:assert/strict";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkflowError } from "../../core/engine/errors.ts";
import { SecretSource } from "../../core/engine/secret_source.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import type { SecretProvider } from "../../core/plugin/secrets.ts";
import { dotenvSecrets } from "../../plugins/secrets/files.ts";
import { test } from "../harness.ts";

function provider(name: string, secrets: Readonly<Record<string, string>>): SecretProvider {
  return { name, read: (name) => Promise.resolve(secrets[name]) };
}

function sourceOf(...providers: readonly SecretProvider[]): SecretSource {
  return new SecretSource({
    registry: createRegistry([], []),
    openSecrets: () => Promise.resolve(providers),
  });
}

test("providers that could not be opened are opened when a secret is next asked for", async () => {
  let tries = 0;
  const source = new SecretSource({
    registry: createRegistry([], []),
    openSecrets: () =>
      ++tries === 1
        ? Promise.reject(new Error("The settings are wrong"))
        : Promise.resolve([provider("env", { TOKEN: "s3cr3t" })]),
  });
  await rejects(source.read("TOKEN"), /The settings are wrong/);
  equal(await source.read("TOKEN"), "s3cr3t");
  equal(await source.read("TOKEN"), "s3cr3t");
  equal(tries, 2);
});

test("a secret that is empty is asked of the next provider, whoever reads it", async () => {
  const source = sourceOf(provider("env", { HOOK: "" }), provider("file", { HOOK: "s3cr3t" }));
  equal(await source.read("HOOK"), "s3cr3t");
  equal(await sourceOf(provider("env", { HOOK: "" })).read("HOOK"), undefined);
});

test("a secret that cannot be used or read is refused by the name of its provider", async () => {
  await rejects(sourceOf(provider("env", { HOOK: "abc" })).read("HOOK"), {
    name: "WorkflowError",
    message: /^Cannot use secret "HOOK" of provider "env": it has fewer than 4 characters/,
  });
  const broken = { name: "vault", read: () => Promise.reject(new Error("It is sealed")) };
  await rejects(sourceOf(broken).read("HOOK"), (error: unknown) => {
    deepEqual(
      error instanceof WorkflowError && error.message,
      [
        'Cannot read secret "HOOK" of provider "vault": It is sealed',
      ][0],
    );
    return true;
  });
});

test("a .env file is read as it is when a secret is asked for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-secrets-"));
  const path = join(folder, ".env");
  try {
    await writeFile(path, "TOKEN=first\n", { mode: 0o644 });
    const source = sourceOf(dotenvSecrets({ path }));
    await rejects(source.read("TOKEN"), /has mode 0644/);
    await chmod(path, 0o600);
    equal(await source.read("TOKEN"), "first", "what its own message demanded is enough");
    await writeFile(`${path}.new`, "TOKEN=other\n", { mode: 0o600 });
    await rename(`${path}.new`, path);
    equal(await source.read("TOKEN"), "other", "it was rotated");
    await writeFile(path, "TOKEN=third\n");
    equal(await source.read("TOKEN"), "third", "as long as the one before, and at once");
    await rm(path);
    equal(await source.read("TOKEN"), undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
});
