/**
 * Functions that behave in ways of which the conformance cases have none.
 *
 * @module
 */
import { z } from "zod";
import { Datetime } from "../../core/expr/datetime.ts";
import { type Caller, defineCaller } from "../../core/plugin/caller.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";

export const echo: Caller = defineCaller({
  name: "echo",
  input: z.looseObject({}),
  run: (input, { result, extras }) => ({ input, result, extras }),
});

export const dates: Caller = defineCaller({
  name: "dates",
  input: z.object({
    date: z.date().optional(),
    datetime: z.instanceof(Datetime).optional(),
    nested: z.object({ since: z.date() }).optional(),
  }),
  run: ({ date, datetime, nested }) => ({
    date: date instanceof Date,
    datetime: datetime instanceof Datetime,
    nested: nested?.since instanceof Date,
  }),
});

class QuotaError extends Error {}

export const fails: Caller = defineCaller({
  name: "fails",
  input: z.object({ how: z.string() }),
  run: ({ how }) => {
    if (how === "class") throw new QuotaError("The quota is used up");
    if (how === "name") throw new RangeError("Out of range");
    if (how === "skip") throw new StageError("Nothing to do", { outcome: "skipped" });
    throw how;
  },
});

export const returns: Caller = defineCaller({
  name: "returns",
  input: z.object({ what: z.string() }),
  run: ({ what }) => RETURNED[what] ?? {},
});

const RETURNED: Readonly<Record<string, object>> = {
  array: [1],
  map: new Map([["a", 1]]),
  date: new Date(0),
  datetime: new Datetime(0),
  bare: Object.assign(Object.create(null), { a: 1 }),
  model: new (class {
    readonly a = 1;
  })(),
};

export const checked: Caller = defineCaller({
  name: "checked",
  input: z.object({ records: z.unknown() }),
  output: z.object({ records: z.int().transform((records) => records * 2) }),
  run: ({ records }) => ({ records, dropped: true }),
});

export const login: Caller = defineCaller({
  name: "login",
  input: z.object({ token: z.string(), note: z.string().optional(), fail: z.boolean().optional() }),
  secrets: ["token"],
  run: ({ token, note, fail }, { log }) => {
    log(`Using ${token}`);
    if (fail) throw new Error(`Bad token ${token}`);
    return { length: token.length, header: [`Bearer ${token}`], note };
  },
});

export const waits: Caller = defineCaller({
  name: "waits",
  run: (_, { signal, log }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("I saw it")));
      log("waiting");
    }),
});

export const hangs: Caller = defineCaller({
  name: "hangs",
  run: (_, { log }) => new Promise(() => log("hanging")),
});
