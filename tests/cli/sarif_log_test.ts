import { deepEqual, equal } from "node:assert/strict";
import { z } from "zod";
import { sarifLog } from "../../cli/sarif_log.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { applyFixes } from "../../core/source/fix.ts";
import { checkText, corpusFiles } from "../check/corpus.ts";
import { test } from "../harness.ts";

// The objects of SARIF 2.1.0 that are used here, with the properties that the standard requires;
// strict, so that a misspelt property is found too.
const message = z.strictObject({ text: z.string().min(1) });
const artifactLocation = z.strictObject({ uri: z.string().refine(isUriReference) });
const region = z.strictObject({
  startLine: z.int().min(1),
  startColumn: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
}).refine(({ startLine, startColumn, endLine, endColumn }) =>
  endLine > startLine || (endLine === startLine && endColumn >= startColumn)
);
const physicalLocation = z.strictObject({ artifactLocation, region });
const fix = z.strictObject({
  description: message,
  artifactChanges: z.array(z.strictObject({
    artifactLocation,
    replacements: z.array(z.strictObject({
      deletedRegion: region,
      insertedContent: z.strictObject({ text: z.string() }),
    })).min(1),
  })).min(1),
});
const result = z.strictObject({
  ruleId: z.string().min(1),
  ruleIndex: z.int().min(0),
  level: z.enum(["none", "note", "warning", "error"]),
  message,
  locations: z.array(z.strictObject({ physicalLocation })).length(1),
  relatedLocations: z.array(z.strictObject({ id: z.int().min(0), message, physicalLocation }))
    .min(1).optional(),
  fixes: z.array(fix).min(1).optional(),
});
const rule = z.strictObject({ id: z.string().min(1), shortDescription: message.optional() });
const log = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(z.strictObject({
    tool: z.strictObject({
      driver: z.strictObject({
        name: z.string(),
        version: z.string(),
        semanticVersion: z.string(),
        rules: z.array(rule),
      }),
    }),
    columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
    results: z.array(result),
  })).length(1),
});

function isUriReference(uri: string): boolean {
  // RFC 3986, the characters that may stand unencoded; a first part with a colon would be a scheme.
  return /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/.test(uri) &&
    (uri.startsWith("file:///") || !/^[^/]*:/.test(uri)) && !/%(?![0-9A-F]{2})/.test(uri);
}

const TOOL = {
  name: "sluice",
  version: "1.2.3",
  summaries: new Map([["need-unknown", "A job needs a job that is not there"]]),
};

function runOf(diagnostics: readonly Diagnostic[]) {
  const written: unknown = JSON.parse(JSON.stringify(sarifLog(diagnostics, TOOL)));
  const { runs: [run] } = log.parse(written);
  return run!;
}

test("a SARIF log of everything that the corpus says has the structure of the standard", async () => {
  const found = (await corpusFiles("err")).flatMap(checkText);
  const { results, tool: { driver: { rules } } } = runOf(found);
  equal(results.length, found.length);
  deepEqual(results.map(({ ruleIndex }) => rules[ruleIndex]?.id), found.map(({ code }) => code));
  deepEqual(rules.map(({ id }) => id), [...new Set(rules.map(({ id }) => id))]);
});

test("a SARIF log without findings is a log of a run that found none", () => {
  deepEqual(runOf([]).results, []);
});

const text = 'name: "😀" # astral\nload:\n  needs: [😀, extrct]\n';
const needle = "  needs: [😀, ".length;
const span = {
  start: { line: 3, column: needle + 1 },
  end: { line: 3, column: needle + "extrct".length + 1 },
};
const found: Diagnostic = {
  code: "need-unknown",
  severity: "error",
  message: 'Job "load" needs "extrct"; did you mean "extract"?',
  place: { file: "my conf/a:b#c%.yml", span },
  related: [{ message: "first defined here", place: { file: "./other.yml", span } }],
  fix: { text: "extract", place: { file: "my conf/a:b#c%.yml", span } },
};

test("a SARIF result names rule, level, place, related places and the fix", () => {
  const { results: [first], tool } = runOf([found]);
  const region = { startLine: 3, startColumn: 15, endLine: 3, endColumn: 21 };
  const artifactLocation = { uri: "my%20conf/a%3Ab%23c%25.yml" };
  deepEqual(first, {
    ruleId: "need-unknown",
    ruleIndex: 0,
    level: "error",
    message: { text: found.message },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    relatedLocations: [{
      id: 1,
      message: { text: "first defined here" },
      physicalLocation: { artifactLocation: { uri: "other.yml" }, region },
    }],
    fixes: [{
      description: { text: 'Write "extract"' },
      artifactChanges: [{
        artifactLocation,
        replacements: [{ deletedRegion: region, insertedContent: { text: "extract" } }],
      }],
    }],
  });
  deepEqual(tool.driver.rules, [
    { id: "need-unknown", shortDescription: { text: "A job needs a job that is not there." } },
  ]);
});

test("a SARIF region counts UTF-16 units, so that cutting by it gives what was meant", () => {
  const { columnKind, results: [first] } = runOf([found]);
  const { startLine, startColumn, endColumn } = first!.locations[0]!.physicalLocation.region;
  equal(columnKind, "utf16CodeUnits");
  equal(text.split("\n")[startLine - 1]?.slice(startColumn - 1, endColumn - 1), "extrct");
  equal(applyFixes(text, [found]).text, text.replace("extrct", "extract"));
});

test("a SARIF log says info as a note, and absolute paths as file URIs", () => {
  const info: Diagnostic = {
    ...{ code: "param-unused", severity: "info", message: "Nothing reads it" },
    place: { file: "/srv/etl.yml", span },
  };
  const { results: [first] } = runOf([info]);
  equal(first?.level, "note");
  equal(first?.locations[0]?.physicalLocation.artifactLocation.uri, "file:///srv/etl.yml");
});
