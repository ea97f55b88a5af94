import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { Datetime } from "../../core/expr/datetime.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { CodecError, decodeEvent, encodeEvent } from "../../core/run/codec.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { test } from "../harness.ts";

function settledWith(outputs: ValueObject): RunEvent {
  return {
    type: "stage.settled",
    at: 7,
    stage: "a[]/s",
    attempt: 1,
    outcome: "succeeded",
    outputs,
  };
}

function roundTrip(outputs: ValueObject): unknown {
  const event = decodeEvent(encodeEvent(settledWith(outputs)));
  return event.type === "stage.settled" ? event.outputs : undefined;
}

const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -1e12, max: 1e12 }).map((ms) => new Datetime(ms)),
  fc.integer({ min: -720, max: 720 }).map((offsetMinutes) => new Datetime(0, { offsetMinutes })),
  fc.constant(new Datetime(0, { kind: "date" })),
);

const key = fc.oneof(
  fc.constantFrom("$sluice", "entries", "epochMs", "kind", "text", "v", "type", "$datetime"),
  fc.string().filter((name) => name !== "__proto__"),
);

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test("decodeEvent() gives back what was encoded, whatever is in it", () => {
  fc.assert(fc.property(value, (one) => deepEqual(roundTrip({ one }), { one })), { numRuns: 500 });
});

test("decodeEvent() gives back data that looks like a tag of ours", () => {
  for (
    const outputs of [
      { $sluice: "datetime", epochMs: 5 },
      { $sluice: "escaped", entries: [["a", 1]] },
      { $sluice: { $sluice: "number", text: "1" } },
      { list: [{ $sluice: new Datetime(5) }] },
      { n: [NaN, Infinity, -Infinity, -0, 0] },
    ]
  ) deepEqual(roundTrip(outputs), outputs);
});

test("decodeEvent() reads what is plain as it reads all the rest", () => {
  const stage = fc.oneof(
    fc.constantFrom("a[]/s", 'a["]/s', "a[\\n]/\\", "$sluice", "ü😀", "\u2028", "\ud800", "\0"),
    fc.string({ unit: "binary" }),
  );
  const count = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, -0, 1.5, 1e21));
  const place = fc.record({ at: count, stage, attempt: count });
  const event: fc.Arbitrary<RunEvent> = fc.oneof(
    place.map((it) => ({ type: "stage.started" as const, ...it })),
    fc.tuple(place, fc.constantFrom("succeeded", "failed", "skipped", "cancelled")).map(
      ([it, outcome]) => ({ type: "stage.settled" as const, ...it, outcome }),
    ),
  );
  fc.assert(
    fc.property(
      event,
      fc.nat(),
      fc.constantFrom("", "0", " ", '"', "\\", ",", "\n", "}"),
      (it, at, sign) => {
        deepEqual(decodeEvent(encodeEvent(it)), it);
        const text = encodeEvent(it);
        const place = at % (text.length + 1);
        const other = text.slice(0, place) + sign + text.slice(place);
        // A space in front is nothing to JSON, and is enough to be read as anything is.
        deepEqual(decoded(other), decoded(` ${other}`));
      },
    ),
    { numRuns: 2_000 },
  );
});

function decoded(text: string): RunEvent | "refused" {
  try {
    return decodeEvent(text);
  } catch (error) {
    if (error instanceof CodecError) return "refused";
    throw error;
  }
}

test("encodeEvent() writes one line of JSON with a version", () => {
  const line = encodeEvent(settledWith({ text: "a\nb\u2028" }));
  equal(/[\n\r]/.test(line), false);
  equal(JSON.parse(line).v, 1);
});

test("decodeEvent() refuses what it cannot read", () => {
  for (
    const [text, why] of [
      ["", /is not JSON/],
      ['{"v":1,"type":"stage.set', /is not JSON/],
      ["null", /is not a mapping/],
      ["[1]", /is not a mapping/],
      ["{}", /has no version and type/],
      ['{"v":1,"type":"stage.exploded"}', /unknown type "stage.exploded"/],
      ['{"v":2,"type":"run.settled"}', /use a newer engine/],
    ] as const
  ) {
    throws(
      () => decodeEvent(text),
      (error) => error instanceof CodecError && why.test(error.message),
    );
  }
});

test("decodeEvent() does not let a journal change what objects are", () => {
  const event = decodeEvent('{"v":1,"type":"run.settled","__proto__":{"polluted":true}}');
  equal("polluted" in {}, false);
  equal("polluted" in event, false);
  decodeEvent(
    '{"v":1,"type":"run.settled","x":{"$sluice":"escaped","entries":[["__proto__",{"y":1}]]}}',
  );
  equal("y" in {}, false);
});
