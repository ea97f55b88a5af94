import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { openConfFolder } from "../../core/engine/conf_folder.ts";
import { WorkflowError } from "../../core/engine/errors.ts";
import { readSettings } from "../../core/engine/settings.ts";
import { loadSettings, readSettingsFile } from "../../core/engine/settings_file.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { HostError } from "../../core/plugin/ports.ts";
import { test } from "../harness.ts";

function read(text: string) {
  const { diagnostics, ...written } = readSettingsFile(text, "conf/sluice.yml");
  const told = diagnostics.map(({ code, message, place: { span: { start } } }) =>
    `${start.line}:${start.column} ${code} ${message}`
  );
  return { ...written, told };
}

test("readSettingsFile() reads every setting and says where it stands", () => {
  const { values, origins, told } = read(`
state_path: /var/sluice
timeout: 1h30m
max_job_parallel: 8
stage_default_id: true
script_lang: python
registry_caller: [tasks, vendors]
registry_filter: [filters]
audit_enabled: false
audit: {type: file, path: audits}
trace_handlers: [{type: file, path: logs}]
debug: true
log_timezone: Asia/Bangkok
isolation: none
sandbox: bubblewrap
plugins:
  - ./plugins/greet.ts
  - use: npm:weather@1.2.3
    trusted: true
    grant: {net: [api.example.com], env: [TOKEN]}
pass_env: [EDITOR, AWS_*]
allow_hosts: [api.example.com:443]
`);
  deepEqual(told, []);
  const { plugins = [], ...plain } = values;
  deepEqual(plain, {
    statePath: "/var/sluice",
    timeoutMs: 5_400_000,
    maxJobParallel: 8,
    stageDefaultId: true,
    scriptLang: "python",
    registryCaller: ["tasks", "vendors"],
    registryFilter: ["filters"],
    auditEnabled: false,
    audit: [{ type: "file", path: "audits" }],
    traceHandlers: [{ type: "file", path: "logs" }],
    debug: true,
    logTimezone: "Asia/Bangkok",
    isolation: "none",
    passEnv: ["EDITOR", "AWS_*"],
    allowHosts: ["api.example.com:443"],
    sandbox: "bubblewrap",
  });
  deepEqual(plugins.map(({ place: { span: { start } }, ...plugin }) => [plugin, start]), [
    [{ use: "./plugins/greet.ts", trusted: false }, { line: 17, column: 5 }],
    [
      {
        use: "npm:weather@1.2.3",
        trusted: true,
        grant: { net: ["api.example.com"], env: ["TOKEN"] },
      },
      { line: 18, column: 10 },
    ],
  ]);
  equal(origins.timeoutMs, "conf/sluice.yml:3:10");
  equal(origins.plugins, "conf/sluice.yml:17:3");
});

test("readSettingsFile() takes an empty file for one that says nothing", () => {
  for (const text of ["", "# nothing yet\n", "{}"]) {
    deepEqual(read(text), { values: {}, origins: {}, told: [] });
  }
});

test("readSettingsFile() names everything that is wrong with its place, and what was meant", () => {
  const { values, told } = read(`
timeuot: 5
timeout: soon
max_job_parallel: 0
script_lang: perl
log_timezone: Mars/Olympus
sandbox: true
plugins:
  - use: ./a.ts
    grants: {}
  - trusted: true
`);
  deepEqual(values, {});
  deepEqual(told, [
    '2:1 key-unknown Unknown key "timeuot" in the settings file; did you mean "timeout"?',
    '3:10 value-invalid "timeout" must be a number of seconds above 0 or a text such as "30m"',
    '4:19 value-invalid "max_job_parallel" must be at least 1, but it is 0',
    '5:14 value-invalid "script_lang" must be one of "ts", "js", "python", but it is "perl"',
    '6:15 value-invalid "log_timezone" must be an IANA time zone such as "Europe/Paris"',
    '7:10 value-invalid "sandbox" must be one of "none", "bubblewrap", but it is true',
    '10:5 key-unknown Unknown key "grants" in "plugins[0]" of the settings file; did you mean "grant"?',
    '11:5 key-missing The settings file has no "use", which it needs',
  ]);
});

test("readSettingsFile() does not let the file say where it stands itself", () => {
  const { told } = read("conf_path: elsewhere\n");
  equal(told[0]?.startsWith('1:1 key-unknown Unknown key "conf_path"'), true);
});

test("readSettingsFile() refuses a plugin that is named twice", () => {
  const { told } = read("plugins:\n  - ./a.ts\n  - use: ./a.ts\n");
  deepEqual(told, ['3:10 plugin-duplicate Plugin "./a.ts" is named twice; remove one of the two']);
});

test("readSettingsFile() refuses what is no YAML mapping, and keys that pollute", () => {
  equal(read("- a\n").told.length, 1);
  equal(read("timeout: [\n").told.length > 0, true);
  equal(read("__proto__: {debug: true}\n").told[0]?.includes("__proto__"), true);
});

test("readSettingsFile() hands over sections as they were written, with their places", () => {
  const { values } = read("http:\n  port: 80\nsecrets: [a]\n");
  deepEqual(values.http?.value, { port: 80 });
  deepEqual(values.secrets?.value, ["a"]);
  deepEqual(values.http?.placeOf(["port"], "key").span.start, { line: 2, column: 3 });
  deepEqual(values.http?.placeOf().file, "conf/sluice.yml");
  const { settings } = readSettings({}, {}, { written: { values, origins: {} } });
  deepEqual(settings.http?.value, { port: 80 });
  equal(settings.retention, undefined);
});

test("readSettings() takes the file before the default, the environment before the file", () => {
  const written = readSettingsFile("timeout: 5\ndebug: true\n", "conf/sluice.yml");
  const env = { WORKFLOW_CORE_TIMEOUT: "7" };
  const { settings, origins } = readSettings(env, { debug: false }, { written });
  deepEqual([settings.timeoutMs, origins.timeoutMs], [7_000, "WORKFLOW_CORE_TIMEOUT"]);
  deepEqual([settings.debug, origins.debug], [false, "override"]);
  const plain = readSettings({}, {}, { written });
  deepEqual([plain.settings.timeoutMs, plain.origins.timeoutMs], [5_000, "conf/sluice.yml:1:10"]);
});

function hostWith(files: Readonly<Record<string, string>>) {
  return {
    env: () => ({}),
    readText: (path: string) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(new HostError("ENOENT", `Cannot read ${path}`))
        : Promise.resolve(text);
    },
  };
}

test("loadSettings() reads the file of the conf folder that was asked for", async () => {
  const host = hostWith({ "flows/sluice.yml": "debug: true\n" });
  const { settings } = await loadSettings(host, { confPath: "flows/" });
  equal(settings.debug, true);
  equal((await loadSettings(host)).settings.debug, false);
});

test("loadSettings() refuses a file that is wrong, with what is wrong as diagnostics", async () => {
  const host = hostWith({ "./conf/sluice.yml": "debug: maybe\n" });
  await rejects(loadSettings(host), (error) => {
    ok(error instanceof WorkflowError);
    equal(error.message, "Cannot read the settings: ./conf/sluice.yml has an error");
    equal(error.diagnostics[0]?.place.span.start.column, 8);
    return true;
  });
});

test("loadSettings() refuses a file that is there but cannot be read", async () => {
  const host = {
    env: () => ({}),
    readText: () => Promise.reject(new HostError("EACCES", "Cannot read it: permission denied")),
  };
  await rejects(loadSettings(host), /Cannot read the settings: Cannot read it/);
});

test("openConfFolder() does not take the settings for a workflow, but a workflow below of that name", async () => {
  const conf = openConfFolder({
    host: {
      listFiles: () => Promise.resolve(["sluice.yml", "sub/sluice.yml"]),
      readText: (path: string) =>
        Promise.resolve(path === "conf/sluice.yml" ? "debug: true" : "name: etl"),
    },
    folders: ["conf"],
    load: (text, file) => loadFile(text, file, { stages: [] }),
  });
  deepEqual((await conf.list()).workflows.map(({ name }) => name), ["etl"]);
});

test("readSettingsFile() refuses plugins and grants that nothing could tell apart from others", () => {
  const { told } = read(`
plugins:
  - greet.ts
  - npm:weather
  - use: ./a.ts
    grant: {net: ["*"], read: [../up], env: [A-B], write: ["\${{ input.file }}"]}
`);
  deepEqual(told, [
    '3:5 value-invalid Cannot use plugin "greet.ts": a plugin is named by "./file.ts", "file:", "https:", "jsr:" or "npm:"',
    '4:5 value-invalid Cannot use plugin "npm:weather": it names no exact version; write "npm:weather@1.2.3" with the version you mean',
    '6:19 value-invalid "*" is no host such as "api.example.com:443"',
    '6:32 value-invalid "../up" may not begin with ".."',
    '6:46 value-invalid "A-B" is no name of a variable such as "TOKEN" or "AWS_*"',
  ]);
});
