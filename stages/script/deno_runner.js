// deno-lint-ignore-file sluice/runtime-in-platform sluice/console-in-cli -- It runs in a Deno of its own.
/**
 * Runs the code of a script stage in a process of its own, without
 * permissions. `PAYLOAD`, a JSON text (see payload.ts), is put in front of it.
 * Reports are lines on standard output that begin with the nonce in it, which
 * only the engine and this file know.
 */
const MAX_DEPTH = 64;
/** Errors that settle the stage otherwise, by the name of their class. */
const OUTCOMES = { __proto__: null, StageCancelError: "cancelled", StageSkipError: "skipped" };
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

const given = JSON.parse(PAYLOAD);
const channel = openChannel(given);
const published = { outputs: {}, runId: given.runId, run_id: given.runId };
let exported = {};

for (const [name, value] of namesOf(given)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error);
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});
// Not before its timers and requests are done: an export may change until then.
addEventListener("beforeunload", succeed);

try {
  exported = await import(moduleOf(given));
} catch (error) {
  fail(error);
}

function openChannel({ nonce, chunkLength }) {
  const write = Deno.stdout.writeSync.bind(Deno.stdout);
  const exit = Deno.exit.bind(Deno);
  const stringify = JSON.stringify;
  const encoder = new TextEncoder();
  let sent = false;

  function send(report, code) {
    if (sent) return;
    sent = true;
    const text = ascii(stringify(report));
    for (let at = 0; at < text.length; at += chunkLength) {
      const mark = at + chunkLength < text.length ? "+" : ".";
      const start = at === 0 ? "\n" : "";
      writeAll(encoder.encode(`${start}${nonce}${mark}${text.slice(at, at + chunkLength)}\n`));
    }
    if (code !== undefined) exit(code);
  }

  function writeAll(bytes) {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(write(rest));
  }

  return { send };
}

function ascii(text) {
  return text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function namesOf({ names, vars, values }) {
  return [
    ["result", published],
    ...Object.entries(names),
    ...Object.entries(vars),
    ...Object.entries(values),
  ].map((
    [name, value],
  ) => [name, name === "result" && value === published ? value : decode(value)]);
}

function moduleOf({ code, lang }) {
  const type = lang === "js" ? "text/javascript" : "application/typescript";
  return `data:${type};base64,${new TextEncoder().encode(code).toBase64()}`;
}

function succeed() {
  try {
    const outputs = { ...exported, ...published.outputs };
    channel.send({ ok: true, outputs: encode(withoutClasses(outputs), 0) });
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  const isError = error instanceof Error;
  const name = isError ? error.name || error.constructor.name : "Error";
  const ownName = isError && name === "Error" ? error.constructor.name : name;
  const message = readable(isError ? error.message : String(error));
  if (isError && error.stack) console.error(readable(error.stack));
  const outcome = OUTCOMES[ownName] ?? "failed";
  channel.send({ ok: false, name: ownName, message, outcome }, 1);
}

/** The address of the script is the script itself; nobody wants to read that. */
function readable(text) {
  return text.replace(/data:[a-z]+\/[a-z]+;base64,[\w+/=]*/g, "run");
}

function withoutClasses(outputs) {
  const isClass = (value) => typeof value === "function" && /^class\b/.test(`${value}`);
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !isClass(value)));
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
