import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Value } from "../../core/expr/value.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { SecretProvider } from "../../core/plugin/secrets.ts";
import { openHost } from "../../platform/mod.ts";
import { secretProviders } from "../../plugins/secrets.ts";
import { parseDotenv } from "../../plugins/secrets/dotenv.ts";
import { test } from "../harness.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-secrets-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function providersOf(written: Value | undefined, env: Record<string, string> = {}) {
  const findings: Finding[] = [];
  const host = { ...openHost(), env: () => ({ PATH: "/usr/bin:/bin", ...env }) };
  const report = (finding: Finding) => findings.push(finding);
  return { providers: secretProviders(written, { host, report }), findings };
}

function only(written: Value | undefined, env?: Record<string, string>): SecretProvider {
  const { providers: [provider], findings } = providersOf(written, env);
  deepEqual(findings, []);
  ok(provider);
  return provider;
}

test("without settings, secrets are variables that begin with SLUICE_SECRET_", async () => {
  const provider = only(undefined, { SLUICE_SECRET_TOKEN: "s3cr3t", OTHER: "no" });
  equal(await provider.read("TOKEN"), "s3cr3t");
  equal(await provider.read("OTHER"), undefined);
  equal(await provider.read("constructor"), undefined);
});

test("variables are secrets by a prefix or by their names, and no others", async () => {
  const env = { MY_TOKEN: "mine", TOKEN: "other" };
  equal(await only([{ type: "env", prefix: "MY_" }], env).read("TOKEN"), "mine");
  const named = only([{ type: "env", names: ["TOKEN"] }], env);
  equal(await named.read("TOKEN"), "other");
  equal(await named.read("MY_TOKEN"), undefined);
});

test("a folder has a file for each secret, which nobody else may read", () =>
  withFolder(async (folder) => {
    const provider = only([{ type: "file", path: folder }]);
    await writeFile(join(folder, "TOKEN"), "s3cr3t\n\n", { mode: 0o600 });
    equal(await provider.read("TOKEN"), "s3cr3t\n");
    equal(await provider.read("NONE"), undefined);
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      await chmod(join(folder, "TOKEN"), mode);
      await rejects(
        provider.read("TOKEN"),
        /has mode 06\d\d, so others may read it; run "chmod 600/,
      );
    }
    const trusting = only([{ type: "file", path: folder, check_mode: false }]);
    equal(await trusting.read("TOKEN"), "s3cr3t\n");
  }));

test("the mode that counts is that of the file a link leads to, and a folder is no secret", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "real"), "s3cr3t", { mode: 0o644 });
    await symlink(join(folder, "real"), join(folder, "TOKEN"));
    await mkdir(join(folder, "FOLDER"), { mode: 0o700 });
    const provider = only([{ type: "file", path: folder }]);
    await rejects(provider.read("TOKEN"), /mode 0644/);
    await rejects(provider.read("FOLDER"), /is no file|cannot be opened/);
    equal(await provider.read("../etc/passwd"), undefined);
  }));

test("a .env file is read only where nobody else may read it", () =>
  withFolder(async (folder) => {
    const path = join(folder, ".env");
    await writeFile(path, "TOKEN=s3cr3t\n", { mode: 0o644 });
    await rejects(only([{ type: "dotenv", path }]).read("TOKEN"), /mode 0644/);
    await chmod(path, 0o600);
    const provider = only([{ type: "dotenv", path }]);
    equal(await provider.read("TOKEN"), "s3cr3t");
    await rm(path);
    equal(await provider.read("TOKEN"), undefined);
  }));

test("a program prints the secret of a name, without a shell in between", async () => {
  const provider = only([
    { type: "command", command: ["printf", "%s\\n", "[{name}] $HOME;"], names: ["TOKEN"] },
  ]);
  equal(await provider.read("TOKEN"), "[TOKEN] $HOME;");
  equal(await provider.read("OTHER"), undefined);
});

test("a program that fails is told without what it printed", async () => {
  const command = ["sh", "-c", "echo half-a-secret; echo half-a-secret >&2; exit 4"];
  const provider = only([{ type: "command", command, names: ["TOKEN"] }]);
  await rejects(provider.read("TOKEN"), { message: '"sh" failed with exit code 4' });
});

test("dotenv lines are read in each of their forms", () => {
  const text = [
    "# a comment",
    "PLAIN=a b  # and a comment",
    "HASH=a#b",
    "EMPTY=",
    "  export SINGLE='a \"b\" $c \\n'  ",
    'DOUBLE="a \\"b\\" \\$c\\n\\\\" # more',
    'KEY="-----BEGIN\n--END"',
    "",
    "SPACED = x",
    "LAST=1",
  ].join("\r\n");
  deepEqual(Object.fromEntries(parseDotenv(text, ".env")), {
    PLAIN: "a b",
    HASH: "a#b",
    EMPTY: "",
    SINGLE: 'a "b" $c \\n',
    DOUBLE: 'a "b" $c\n\\',
    KEY: "-----BEGIN\n--END",
    SPACED: "x",
    LAST: "1",
  });
});

test("a dotenv line that cannot be read is named, and nothing of it is shown", () => {
  for (const line of ["just words", "1A=b", "A='open", 'A="x" y', "=secret"]) {
    throws(
      () => parseDotenv(`A=1\n${line}`, ".env"),
      (error) =>
        error instanceof Error && error.message.startsWith(".env:2 cannot be read") &&
        !error.message.includes(line),
    );
  }
});

test("any value in single quotes comes back as it is", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    fc.pre(!text.includes("'"));
    equal(parseDotenv(`A='${text}'`, ".env").get("A"), text);
  }));
});

test("settings that are wrong are told with their place, and give no providers", () => {
  const wrong: readonly (readonly [Value, RegExp])[] = [
    [[{ type: "vault" }], /The "type" of a provider is "env"/],
    [[{ type: "file" }], /path/],
    [[{ type: "env", names: ["A"], prefix: "B" }], /not both/],
    [[{ type: "command", command: [], names: ["A"] }], /command/],
    [[{ type: "env", names: ["a-b"] }], /letters, digits/],
    [{ type: "env" }, /list/],
    [[{ type: "dotenv", path: ".env", pth: 1 }], /pth/],
  ];
  for (const [written, message] of wrong) {
    const { providers, findings } = providersOf(written);
    equal(providers.length, 0);
    ok(findings.some((finding) => message.test(finding.message)), JSON.stringify(findings));
  }
});
