import { deepEqual, equal, ok } from "node:assert/strict";
import { readSettings, SETTING_VARIABLES } from "../../core/engine/settings.ts";
import { test } from "../harness.ts";

test("readSettings() has defaults for all", () => {
  const { settings, origins, problems } = readSettings({});
  deepEqual(settings, {
    confPath: "./conf",
    statePath: ".sluice",
    timeoutMs: 3_600_000,
    maxJobParallel: 2,
    stageDefaultId: false,
    scriptLang: "ts",
    registryCaller: ["."],
    registryFilter: [],
    auditEnabled: true,
    audit: [{ type: "file" }],
    traceHandlers: [{ type: "console" }],
    debug: false,
    logTimezone: "UTC",
    plugins: [],
    isolation: "children",
    passEnv: [],
    allowHosts: undefined,
    sandbox: "none",
    ...{ scriptGrant: {}, limits: { default: {}, max: {} }, journal: { type: "sqlite" } },
  });
  deepEqual(new Set(Object.values(origins)), new Set(["default"]));
  deepEqual(problems, []);
});

test("readSettings() reads every variable", () => {
  const { settings, origins, problems } = readSettings({
    WORKFLOW_CORE_CONF_PATH: "flows",
    SLUICE_STATE: "/var/sluice",
    WORKFLOW_CORE_TIMEOUT: "1h30m",
    WORKFLOW_CORE_MAX_JOB_PARALLEL: "8",
    WORKFLOW_CORE_STAGE_DEFAULT_ID: "Yes",
    WORKFLOW_CORE_SCRIPT_LANG: "python",
    WORKFLOW_CORE_REGISTRY_CALLER: "tasks, vendors ,",
    WORKFLOW_CORE_REGISTRY_FILTER: "filters",
    WORKFLOW_CORE_AUDIT_ENABLED: "n",
    WORKFLOW_LOG_AUDIT_CONF: '{"type": "sqlite", "path": "a.db"}',
    WORKFLOW_LOG_TRACE_HANDLERS: '[{"type": "file", "path": "./logs"}]',
    WORKFLOW_LOG_DEBUG_MODE: "1",
    WORKFLOW_LOG_TIMEZONE: "Asia/Bangkok",
  });
  deepEqual(problems, []);
  deepEqual(settings, {
    confPath: "flows",
    statePath: "/var/sluice",
    timeoutMs: 5_400_000,
    maxJobParallel: 8,
    stageDefaultId: true,
    scriptLang: "python",
    registryCaller: ["tasks", "vendors"],
    registryFilter: ["filters"],
    auditEnabled: false,
    audit: [{ type: "sqlite", path: "a.db" }],
    traceHandlers: [{ type: "file", path: "./logs" }],
    debug: true,
    logTimezone: "Asia/Bangkok",
    plugins: [],
    isolation: "children",
    passEnv: [],
    allowHosts: undefined,
    sandbox: "none",
    ...{ scriptGrant: {}, limits: { default: {}, max: {} }, journal: { type: "sqlite" } },
  });
  equal(origins.timeoutMs, "WORKFLOW_CORE_TIMEOUT");
});

test("readSettings() takes what is handed over before the environment, and the documented name before the other", () => {
  const env = {
    WORKFLOW_CORE_CONF_PATH: "env",
    WORKFLOW_CORE_AUDIT_ENABLED: "true",
    WORKFLOW_LOG_AUDIT_ENABLE_WRITE: "false",
    WORKFLOW_LOG_AUDIT_URL: '{"type": "file", "path": "url"}',
  };
  const { settings, origins } = readSettings(env, { confPath: "given" });
  deepEqual([settings.confPath, origins.confPath], ["given", "override"]);
  deepEqual([settings.auditEnabled, origins.auditEnabled], [true, "WORKFLOW_CORE_AUDIT_ENABLED"]);
  deepEqual([settings.audit[0]?.path, origins.audit], ["url", "WORKFLOW_LOG_AUDIT_URL"]);
});

test("readSettings() reads truth values as the reference does (C-382)", () => {
  const read = (word: string) =>
    readSettings({ WORKFLOW_CORE_STAGE_DEFAULT_ID: word }).settings.stageDefaultId;
  deepEqual(["yes", "Y", "TRUE", "t", "1", "1.0", "o"].map(read), Array(7).fill(true));
  deepEqual(["no", "N", "false", "f", "0", "0.0", "x"].map(read), Array(7).fill(false));
  const emptied = readSettings({ WORKFLOW_CORE_AUDIT_ENABLED: "" });
  deepEqual([emptied.settings.auditEnabled, emptied.problems], [false, []]);
});

test("readSettings() takes an empty variable for one that says nothing", () => {
  const { settings, problems } = readSettings({
    WORKFLOW_CORE_CONF_PATH: "",
    WORKFLOW_CORE_TIMEOUT: " ",
  });
  deepEqual([settings.confPath, settings.timeoutMs, problems], ["./conf", 3_600_000, []]);
});

test("readSettings() says which variable cannot be read, and nothing of what it holds", () => {
  const env = {
    WORKFLOW_CORE_TIMEOUT: "hunter2",
    WORKFLOW_CORE_MAX_JOB_PARALLEL: "0",
    WORKFLOW_CORE_STAGE_DEFAULT_ID: "perhaps",
    WORKFLOW_CORE_SCRIPT_LANG: "perl",
    WORKFLOW_LOG_AUDIT_CONF: '{"password": "hunter2"',
    WORKFLOW_LOG_TRACE_HANDLERS: '{"type": "console"}',
    WORKFLOW_LOG_TIMEZONE: "Mars",
  };
  const { settings, problems } = readSettings(env);
  deepEqual(problems.map(({ variable }) => variable).sort(), Object.keys(env).sort());
  ok(!JSON.stringify(problems).includes("hunter2"));
  equal(settings.timeoutMs, 3_600_000);
});

test("readSettings() refuses JSON that would change what objects are", () => {
  const { problems } = readSettings({ WORKFLOW_LOG_AUDIT_CONF: '{"__proto__": {"type": "x"}}' });
  equal(problems.length, 1);
});

test("SETTING_VARIABLES has a variable for each setting", () => {
  deepEqual(Object.keys(SETTING_VARIABLES).sort(), Object.keys(readSettings({}).settings).sort());
});
