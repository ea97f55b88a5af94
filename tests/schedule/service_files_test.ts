/** The files of docs/schedules.md that others read: units of systemd, a job of Kubernetes, a container. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseDocument } from "../../core/source/document.ts";
import { test } from "../harness.ts";

const PAGE = readFileSync(new URL("../../docs/schedules.md", import.meta.url), "utf8");

/** The blocks in a language. */
function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))]
    .map(([, text = ""]) => text);
}

const UNITS = new Map([
  ["sluice.service", "Description=Sluice scheduler\n"],
  ["sluice-once.service", "Description=What Sluice has to start now\n"],
  ["sluice-once.timer", "OnCalendar="],
].map(([name = "", sign = ""]) =>
  [name, blocks("ini").find((it) => it.includes(sign)) ?? ""] as const
));

test("the units of systemd are sections of keys and values, and take away what is not needed", () => {
  equal(blocks("ini").length, UNITS.size);
  for (const [name, unit] of UNITS) {
    const wrong = unit.split("\n").filter((line) =>
      !/^(?:|#.*|\[[A-Z][A-Za-z]+\]|[A-Z][A-Za-z]+=.*)$/.test(line)
    );
    deepEqual(wrong, [], name);
    if (!name.endsWith(".service")) continue;
    for (const line of ["User=sluice", "NoNewPrivileges=yes", "ProtectSystem=strict"]) {
      ok(unit.includes(`\n${line}\n`), `${name}: ${line}`);
    }
  }
});

test("systemd finds nothing wrong with its units, where it is installed", () => {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
    return console.log("skipped: systemd-analyze is not installed");
  }
  const folder = mkdtempSync(join(tmpdir(), "sluice-units-"));
  try {
    const files = [...UNITS].map(([name, unit]) => {
      const file = join(folder, name);
      // Here is no such program and no such user.
      const here = unit.replaceAll("/usr/local/bin/sluice", process.execPath)
        .replace("User=sluice", "User=root");
      writeFileSync(file, here);
      return file;
    });
    const { stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], {
      encoding: "utf8",
    });
    deepEqual(stderr.split("\n").filter((line) => line.includes(folder)), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the job of Kubernetes starts what is due, as nobody in particular", () => {
  const [text = ""] = blocks("yaml fragment").filter((it) => it.includes("kind: CronJob"));
  const { value, errors } = parseDocument(text, "job.yml");
  deepEqual(errors, []);
  const { spec } = JSON.parse(JSON.stringify(value));
  const { containers: [container], securityContext, volumes } = spec.jobTemplate.spec.template.spec;
  deepEqual(container.args, ["schedule", "--once"]);
  equal(securityContext.runAsNonRoot, true);
  deepEqual(container.securityContext.capabilities, { drop: ["ALL"] });
  deepEqual(container.volumeMounts.map(({ name }: { name: string }) => name), [volumes[0].name]);
});

test("the container is allowed what it needs, and not everything", () => {
  const [dockerfile = ""] = blocks("dockerfile");
  match(dockerfile, /deno install .*--no-prompt \\\n/);
  ok(!/--allow-all|-A\b/.test(dockerfile));
  match(dockerfile, /--allow-write=\/var\/lib\/sluice /);
  match(dockerfile, /\nUSER deno\n/);
});
