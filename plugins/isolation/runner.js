// deno-lint-ignore-file sluice/runtime-in-platform sluice/console-in-cli -- It is all of a process of its own.
/**
 * Carries out one attempt of foreign code, in a process that was started for
 * it: reads one line of JSON (see messages.ts), runs the code, and reports.
 *
 * What it needs of the global scope it takes before the code runs; beyond that
 * the code may break what it likes, since the process is its own.
 *
 * The process is a Deno, or where the settings isolate nothing whatever runs
 * the engine.
 */
const MAX_DEPTH = 64;
const CHUNK_BYTES = 65_536;
const NEWLINE = 10;
const PLUGIN = Symbol.for("sluice.plugin");
/** Errors that settle the stage otherwise, by the name of their class. */
const OUTCOMES = { __proto__: null, StageCancelError: "cancelled", StageSkipError: "skipped" };
/** How this text is called in a stack (see child_program.ts). */
const OWN_NAME = "sluice:runner";
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
/** What is called within the engine, so that only a plugin that runs there may have it. */
const TRUSTED_ONLY = {
  functions: "functions",
  filters: "filters",
  audits: "audits",
  traces: "traces",
  journals: "journals",
  runners: "runners",
  triggers: "triggers",
  secrets: "providers of secrets",
};

// All that it needs to be told of its attempt, and to say what came of it.
const { parse, stringify } = JSON;
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
const system = globalThis.Deno === undefined ? await nodeSystem() : denoSystem();
const nextLine = lineReader();

const said = nextLine();
const require = await requireFor(said.load ?? said.entry);
// From here on nothing is waited for until the attempt is known: what the code
// has begun meanwhile (timers, promises) goes on when the attempt begins.
const ahead = said.load === undefined ? undefined : loadedAhead(said.load);
const call = ahead === undefined ? said : nextLine();
const channel = openChannel(call);
for (const [name, value] of Object.entries(call.processEnv)) system.setEnv(name, value);
system.onError(fail);

// Not awaited: what never ends would keep the runtime from noticing that nothing is left to do.
({ script: runScript, plugin: runPlugin, describe: describePlugin })[call.entry.type]().catch(fail);

function denoSystem() {
  return {
    read: (bytes) => Deno.stdin.readSync(bytes) ?? 0,
    write: Deno.stdout.writeSync.bind(Deno.stdout),
    exit: Deno.exit.bind(Deno),
    setEnv: Deno.env.set.bind(Deno.env),
    onTermination: (listener) => Deno.addSignalListener("SIGTERM", listener),
    onIdle: (listener) => addEventListener("beforeunload", listener),
    onError: (listener) => {
      addEventListener("error", (event) => {
        event.preventDefault();
        listener(event.error);
      });
      addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        listener(event.reason);
      });
    },
  };
}

async function nodeSystem() {
  const { readSync, writeSync } = await import("node:fs");
  const { default: process } = await import("node:process");
  return {
    read: (bytes) => readSync(0, bytes),
    write: (bytes) => writeSync(1, bytes),
    exit: process.exit.bind(process),
    setEnv: (name, value) => process.env[name] = value,
    onTermination: (listener) => process.on("SIGTERM", listener),
    onIdle: (listener) => process.on("beforeExit", listener),
    onError: (listener) => {
      process.on("uncaughtException", listener);
      process.on("unhandledRejection", listener);
    },
  };
}

/** Gives what the next line says. Two may come in one piece. */
function lineReader() {
  let rest = new Uint8Array(0);
  return () => {
    const chunks = [];
    let chunk = rest;
    let end = chunk.indexOf(NEWLINE);
    while (end === -1) {
      chunks.push(chunk);
      chunk = new Uint8Array(CHUNK_BYTES);
      const size = system.read(chunk);
      if (size === 0) system.exit(0); // The engine has no use for this process.
      chunk = chunk.subarray(0, size);
      end = chunk.indexOf(NEWLINE);
    }
    rest = chunk.subarray(end + 1);
    chunks.push(chunk.subarray(0, end));
    const text = chunks.map((part) => decoder.decode(part, { stream: true })).join("");
    return parse(text + decoder.decode());
  };
}

function openChannel({ nonce, chunkLength }) {
  const { write, exit } = system;
  let reported = false;

  function send(message) {
    const text = ascii(stringify(message));
    for (let at = 0; at < text.length; at += chunkLength) {
      const mark = at + chunkLength < text.length ? "+" : ".";
      const start = at === 0 ? "\n" : "";
      writeAll(encoder.encode(`${start}${nonce}${mark}${text.slice(at, at + chunkLength)}\n`));
    }
  }

  function report(message) {
    if (reported) return;
    reported = true;
    send({ type: "report", ...message });
    exit(message.ok ? 0 : 1);
  }

  function writeAll(bytes) {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(write(rest));
  }

  return { send, report, print: (line) => writeAll(encoder.encode(`${line}\n`)) };
}

function ascii(text) {
  return text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function runScript() {
  const { code, lang, names } = call.entry;
  const published = { outputs: {}, runId: call.runId, run_id: call.runId };
  const decoded = Object.entries(names).map(([name, value]) => [name, decode(value)]);
  const given = [["result", published], ["heartbeat", heartbeat]];
  for (const [name, value] of [...given, ...decoded]) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  const type = lang === "js" ? "text/javascript" : "application/typescript";
  // What is imported at run time is held to what was granted, and so is what
  // it imports in turn; what a main module imports by name is not.
  const url = `data:${type};base64,${encoder.encode(code).toBase64()}`;
  const exported = await import(url).catch(sayToExport);
  // Not before its timers and requests are done: an export may change until then.
  system.onIdle(() => {
    try {
      const outputs = withoutClasses({ ...exported, ...published.outputs });
      channel.report({ ok: true, value: encode(outputs, 0) });
    } catch (error) {
      fail(error);
    }
  });
}

/** A module cannot return, as scripts elsewhere do. */
function sayToExport(error) {
  if (error instanceof SyntaxError && error.message.startsWith("Illegal return")) {
    error.message += '; the code is a module: write "export const NAME = ..." for each output';
  }
  throw error;
}

function heartbeat() {
  channel.send({ type: "heartbeat" });
}

function endsNever() {
  fail(new Error("The code waits for what never comes"));
}

function withoutClasses(outputs) {
  const isClass = (value) => typeof value === "function" && /^class\b/.test(`${value}`);
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !isClass(value)));
}

async function runPlugin() {
  system.onIdle(endsNever);
  const signal = signalOfTermination();
  const { stages = [] } = await loadPlugin();
  const kind = stages.find(({ name }) => name === call.entry.stage);
  if (kind === undefined) throw new TypeError(`There is no stage kind "${call.entry.stage}"`);
  const input = parsedInput(kind.fields, decode(call.input));
  const outputs = await kind.execute(input, contextFor(signal));
  channel.report({ ok: true, value: encode(parsed(kind.outputs, outputs ?? {}, "outputs"), 0) });
}

/** What the process is sent when the attempt is cancelled or took too long. */
function signalOfTermination() {
  const ending = new AbortController();
  system.onTermination(() => {
    ending.abort(new DOMException("The attempt was cancelled or took too long", "AbortError"));
  });
  return ending.signal;
}

/** What was handed over is what runs: nothing is read again. */
async function loadPlugin() {
  if (ahead === undefined) return opened(await exportsOf(call.entry), call.entry);
  if (ahead.plugin === undefined) throw ahead.error;
  return ahead.plugin;
}

function loadedAhead(entry) {
  try {
    return { plugin: opened(calledFunction(entry.code), entry) };
  } catch (error) {
    return { error }; // It is told once there is an attempt that fails of it.
  }
}

async function exportsOf({ code, isFunction }) {
  if (isFunction) return calledFunction(code);
  return await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}

function calledFunction(code) {
  const module = { exports: {} };
  const body = `${code}\n//# sourceURL=plugin`;
  new Function("module", "exports", "require", body)(module, module.exports, require);
  return module.exports;
}

/** What a function takes modules of the runtime from; to load it takes as long as all the rest of a start. */
async function requireFor({ code, isFunction }) {
  if (!isFunction || !code.includes("require(")) return undefined;
  return (await import("node:module")).createRequire("file:///plugin.js");
}

function opened(exported, { options }) {
  const defined = pluginIn(exported);
  if (typeof defined.open === "function") {
    return { ...defined.open(decode(options ?? {})), name: defined.name, options: defined.options };
  }
  if (options === undefined) return { ...defined, options: undefined };
  throw new TypeError(`Cannot open plugin "${defined.name}": it takes no options`);
}

function pluginIn(exported) {
  const isPlugin = (value) =>
    typeof value === "object" && value !== null && Object.hasOwn(value, PLUGIN);
  const [plugin, second] = new Set(Object.values(exported).filter(isPlugin));
  if (plugin === undefined) {
    throw new TypeError("The module exports no plugin: export what definePlugin() returns");
  }
  if (second === undefined) return plugin;
  throw new TypeError(
    `The module exports two plugins, "${plugin.name}" and "${second.name}": give each a module`,
  );
}

function contextFor(signal) {
  const { key, runId, attempt, env } = call;
  const context = {
    ...{ key, runId, attempt, env, signal },
    secrets: call.secrets,
    clock: { now: () => Date.now(), sleep },
    print: (line, stream = "stdout") =>
      stream === "stderr" ? console.error(String(line)) : channel.print(String(line)),
    heartbeat,
  };
  for (const name of ["host", "runs", "scratch", "lookup", "code", "stage", "isolation"]) {
    Object.defineProperty(context, name, {
      get() {
        throw new TypeError(
          `A plugin in isolation has no "${name}": it uses what the runtime offers, within what it was granted`,
        );
      },
    });
  }
  return context;
}

function sleep(until, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, until - Date.now());
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

/** Only what was given or has a default is there. */
function parsedInput(fields, input) {
  const entries = Object.entries(fields ?? {}).map(([name, schema]) => [
    name,
    parsed(schema, Object.hasOwn(input, name) ? input[name] : undefined, name),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function parsed(schema, value, name) {
  const result = schema?.safeParse(value);
  if (result === undefined) return value;
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = [name, ...(issue?.path ?? [])].join(".");
  throw new TypeError(`Cannot use "${path}": ${issue?.message ?? "it does not fit"}`);
}

async function describePlugin() {
  system.onIdle(endsNever);
  const plugin = await loadPlugin();
  const { name, permissions = {}, stages = [], options } = plugin;
  const kind = Object.keys(TRUSTED_ONLY).find((kind) => (plugin[kind] ?? []).length > 0);
  if (kind !== undefined) {
    throw new TypeError(
      `Plugin "${name}" has ${
        TRUSTED_ONLY[kind]
      }, which the engine calls itself: only a trusted plugin may have them; write "trusted: true" beside its "use" if you trust it`,
    );
  }
  channel.report({
    ok: true,
    value: {
      ...{ name, permissions, stages: stages.map(manifestOf) },
      ...(options === undefined ? {} : { options: schemaOf(options, "input") }),
    },
  });
}

function manifestOf(kind) {
  const { name, keys, summary, fields, outputs, secrets, harmless = false } = kind;
  if (kind.composite || kind.code !== undefined || kind.raw !== undefined) {
    throw new TypeError(
      `Stage kind "${name}" holds stages or code: only a trusted plugin may have such a kind`,
    );
  }
  return {
    ...{ name, keys, summary, harmless },
    ...(secrets === undefined ? {} : { secrets }),
    fields: objectSchema(fields),
    ...(outputs === undefined ? {} : { outputs: schemaOf(outputs, "output") }),
  };
}

/** One schema for all fields. What a field's own schema refers to within itself moves with it. */
function objectSchema(fields) {
  const properties = {};
  const definitions = {};
  const required = [];
  for (const [name, schema] of Object.entries(fields)) {
    const text = JSON.stringify(schemaOf(schema, "input"))
      .replaceAll('"$ref":"#"', `"$ref":"#/properties/${name}"`)
      .replaceAll('"$ref":"#/$defs/', `"$ref":"#/$defs/${name}.`);
    const { $defs = {}, ...property } = JSON.parse(text);
    properties[name] = property;
    for (const [key, value] of Object.entries($defs)) definitions[`${name}.${key}`] = value;
    if (!schema.safeParse(undefined).success) required.push(name);
  }
  const hasDefinitions = Object.keys(definitions).length > 0;
  return {
    ...{ type: "object", properties, required, additionalProperties: false },
    ...(hasDefinitions ? { $defs: definitions } : {}),
  };
}

function schemaOf(schema, io) {
  const { $schema: _, "~standard": __, ...rest } = schema.toJSONSchema({
    io,
    unrepresentable: "any",
  });
  return rest;
}

function fail(error) {
  const isError = error instanceof Error;
  const name = isError ? error.name || error.constructor.name : "Error";
  const ownName = isError && name === "Error" ? error.constructor.name : name;
  const message = readable(isError ? error.message : String(error));
  if (isError && error.stack) console.error(readable(error.stack));
  const given = isError ? error : {};
  channel.report({
    ...{ ok: false, name: String(ownName), message },
    outcome: OUTCOMES[ownName] ?? given.outcome,
    retryable: given.retryable,
    outputs: encodedOr(given.outputs),
    details: encodedOr(given.details),
  });
}

/** What goes with an error is dropped where it cannot be told, rather than the error. */
function encodedOr(value) {
  try {
    return value === undefined ? undefined : encode(value, 0);
  } catch {
    return undefined;
  }
}

/** The address of a script is the script itself, which nobody wants to read, nor about this text. */
function readable(text) {
  const lines = text.split("\n").filter((line) => !line.includes(OWN_NAME));
  return lines.join("\n").replace(/data:[a-z]+\/[a-z]+;base64,[\w+/=]*/g, "run")
    .replace(/(?:file:\/\/\/)?blob:[\w-]*\/?[\w-]+/g, "plugin");
}

function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const [tag, ...others] = Object.keys(value);
  if (others.length === 0) {
    if (tag === "$datetime") return dateOf(value[tag]);
    if (tag === "$number") return Number(value[tag]);
    if (tag === "$mapping") return decodeEntries(value[tag]);
  }
  return decodeEntries(value);
}

function decodeEntries(value) {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decode(item)]));
}

/** A time without zone is read as the engine reads it: as UTC. */
function dateOf(text) {
  return new Date(/T.*([+-]\d\d:\d\d|Z)$/.test(text) || !text.includes("T") ? text : `${text}Z`);
}

function encode(value, depth) {
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "function":
      return value.name;
    case "object":
      return value === null ? null : encodeObject(value, depth);
    default:
      return null;
  }
}

function encodeObject(value, depth) {
  if (depth > MAX_DEPTH) throw new RangeError(`The outputs are nested deeper than ${MAX_DEPTH}`);
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? null : { $datetime: value.toISOString() };
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value.toJSON === "function") return encode(value.toJSON(), depth + 1);
  if (value instanceof Map) return encodeEntries([...value], depth);
  if (Array.isArray(value) || value instanceof Set || ArrayBuffer.isView(value)) {
    return Array.from(value, (item) => encode(item, depth + 1));
  }
  return encodeEntries(Object.entries(value), depth);
}

function encodeEntries(entries, depth) {
  const mapping = {};
  for (const [key, item] of entries) {
    const name = String(key);
    if (FORBIDDEN.has(name)) throw new TypeError(`The outputs have the forbidden name "${name}"`);
    mapping[name] = encode(item, depth + 1);
  }
  const names = Object.keys(mapping);
  return names.length === 1 && names[0].startsWith("$") ? { $mapping: mapping } : mapping;
}
