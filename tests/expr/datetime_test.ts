import assert from "node:assert/strict";
import fc from "fast-check";
import { Datetime } from "../../core/expr/datetime.ts";
import { test } from "../harness.ts";

// Made with Python 3.11 on Linux.
const FORMAT =
  "%a|%A|%w|%d|%b|%B|%m|%y|%Y|%H|%I|%p|%M|%S|%f|%z|%Z|%j|%U|%W|%c|%x|%X|%%|%G|%g|%u|%V|%e|%F|%T|%D|%R|%h|%C|%k|%l|%-d|%-m|%-H|%-j";
const FROM_PYTHON = [
  {
    iso: "2024-01-02T03:04:05+00:00",
    text: "2024-01-02 03:04:05+00:00",
    repr: "datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)",
    formatted:
      "Tue|Tuesday|2|02|Jan|January|01|24|2024|03|03|AM|04|05|000000|+0000|UTC|002|00|01|Tue Jan  2 03:04:05 2024|01/02/24|03:04:05|%|2024|24|2|01| 2|2024-01-02|03:04:05|01/02/24|03:04|Jan|20| 3| 3|2|1|3|2",
  },
  {
    iso: "2023-12-31T23:00:00.678000",
    text: "2023-12-31 23:00:00.678000",
    repr: "datetime.datetime(2023, 12, 31, 23, 0, 0, 678000)",
    formatted:
      "Sun|Sunday|0|31|Dec|December|12|23|2023|23|11|PM|00|00|678000|||365|53|52|Sun Dec 31 23:00:00 2023|12/31/23|23:00:00|%|2023|23|7|52|31|2023-12-31|23:00:00|12/31/23|23:00|Dec|20|23|11|31|12|23|365",
  },
  {
    iso: "2021-01-03T12:30:00-05:30",
    text: "2021-01-03 12:30:00-05:30",
    repr:
      "datetime.datetime(2021, 1, 3, 12, 30, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=66600)))",
    formatted:
      "Sun|Sunday|0|03|Jan|January|01|21|2021|12|12|PM|30|00|000000|-0530|UTC-05:30|003|01|00|Sun Jan  3 12:30:00 2021|01/03/21|12:30:00|%|2020|20|7|53| 3|2021-01-03|12:30:00|01/03/21|12:30|Jan|20|12|12|3|1|12|3",
  },
  {
    iso: "2026-01-01T00:00:00",
    text: "2026-01-01 00:00:00",
    repr: "datetime.datetime(2026, 1, 1, 0, 0)",
    formatted:
      "Thu|Thursday|4|01|Jan|January|01|26|2026|00|12|AM|00|00|000000|||001|00|00|Thu Jan  1 00:00:00 2026|01/01/26|00:00:00|%|2026|26|4|01| 1|2026-01-01|00:00:00|01/01/26|00:00|Jan|20| 0|12|1|1|0|1",
  },
];

test("Datetime writes itself as Python does", () => {
  for (const { iso, text, repr, formatted } of FROM_PYTHON) {
    const datetime = Datetime.parse(iso) ?? assert.fail(iso);
    assert.equal(datetime.toIso(), iso);
    assert.equal(datetime.toText(), text);
    assert.equal(datetime.toRepr(), repr);
    assert.equal(datetime.strftime(FORMAT), formatted);
    assert.equal(JSON.stringify(datetime), JSON.stringify(iso));
  }
});

test("Datetime writes a date without a time", () => {
  const date = Datetime.parse("2024-02-29") ?? assert.fail();
  assert.equal(date.kind, "date");
  assert.equal(date.toText(), "2024-02-29");
  assert.equal(date.toIso(), "2024-02-29");
  assert.equal(date.toRepr(), "datetime.date(2024, 2, 29)");
});

test("strftime() leaves alone what is no directive", () => {
  const date = Datetime.parse("2024-02-29") ?? assert.fail();
  assert.equal(date.strftime("100% %q %"), "100% %q %");
});

test("Datetime.parse() reads the usual spellings", () => {
  const spellings = {
    "2024-01-02 03:04": "2024-01-02T03:04:00",
    "2024-01-02T03:04:05Z": "2024-01-02T03:04:05+00:00",
    "2024-01-02T03:04:05.6": "2024-01-02T03:04:05.600000",
    "2024-01-02T03:04:05.123456789+07": "2024-01-02T03:04:05.123000+07:00",
    "2024-01-02T03:04:05-0330": "2024-01-02T03:04:05-03:30",
    "0001-01-01T00:00:00": "0001-01-01T00:00:00",
    "9999-12-31T23:59:59+00:00": "9999-12-31T23:59:59+00:00",
  };
  for (const [text, iso] of Object.entries(spellings)) {
    assert.equal(Datetime.parse(text)?.toIso(), iso);
  }
});

test("Datetime.parse() keeps the moment apart from the offset", () => {
  const datetime = Datetime.parse("2024-01-02T03:04:05+07:00") ?? assert.fail();
  assert.equal(datetime.epochMs, Date.parse("2024-01-01T20:04:05Z"));
  assert.equal(datetime.offsetMinutes, 420);
});

test("Datetime.parse() gives nothing for what is no date", () => {
  const wrong = [
    "",
    "x",
    "2024-13-01",
    "2023-02-29",
    "2024-02-30T00:00:00",
    "2024-01-01T24:00:00",
    "2024-01-01T00:60:00",
    "2024-01-01T00:00:60",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T00:00:00+00:60",
    "2024-1-1",
    "2024011",
    "2024-0101",
    "0000-01-01",
    "0001-01-01T00:00:00+14:00",
    " 2024-01-01",
    "2024-01-01\n",
  ];
  for (const text of wrong) assert.equal(Datetime.parse(text), undefined, text);
});

test("Datetime.parse() reads back what toIso() wrote", () => {
  const epochMs = fc.integer({ min: Date.parse("0002-01-01"), max: Date.parse("9998-12-31") });
  const offsetMinutes = fc.option(fc.integer({ min: -1_439, max: 1_439 }), { nil: undefined });
  const kind = fc.constantFrom("datetime" as const, "date" as const);
  fc.assert(fc.property(epochMs, offsetMinutes, kind, (epochMs, offsetMinutes, kind) => {
    const datetime = new Datetime(epochMs, {
      kind,
      ...(offsetMinutes === undefined ? {} : { offsetMinutes }),
    });
    assert.deepEqual(Datetime.parse(datetime.toIso()), datetime);
  }));
});

test("new Datetime() refuses a time outside of the calendar", () => {
  for (const epochMs of [NaN, Infinity, Date.parse("0001-01-01") - 1]) {
    assert.throws(() => new Datetime(epochMs), /^RangeError: Internal error: /);
  }
});
