import assert from "node:assert/strict";
import { LineChannel, MAX_MESSAGE_LENGTH } from "../../core/plugin/line_channel.ts";
import { parseMessage, reportedMapping } from "../../plugins/isolation/messages.ts";
import { test } from "../harness.ts";

function taken(lines: readonly string[]): string[] {
  const seen: string[] = [];
  const channel = new LineChannel("N", {
    print: (line) => seen.push(`print ${line}`),
    receive: (message) => seen.push(`receive ${message.slice(0, 20)}`),
    refuse: () => seen.push("refuse"),
  });
  for (const line of lines) channel.take(line);
  channel.end();
  return seen;
}

test("a line channel tells messages from lines, whatever stands between them", () => {
  assert.deepEqual(taken(["a", "", "N.1", "", "", "b", "", "N+2", "N.3", ""]), [
    ...["print a", "receive 1", "print ", "print ", "print b", "receive 23", "print "],
  ]);
});

test("a line channel refuses a message that is too long, once, and takes the next", () => {
  const chunk = `N+${"x".repeat(MAX_MESSAGE_LENGTH / 2)}`;
  assert.deepEqual(taken([chunk, chunk, "N+x", "N+x", "N.x", "N.y"]), ["refuse", "receive y"]);
});

test("a message of a child is known or none", () => {
  assert.deepEqual(parseMessage('{"type":"heartbeat"}'), { type: "heartbeat" });
  const report = { type: "report", ok: true, value: { a: 1 } };
  assert.deepEqual(parseMessage(JSON.stringify(report)), report);
  const none = [
    ...["", "1", "null", "[]", "{", '{"type":"event"}', '{"type":"heartbeat","more":1}'],
    ...['{"type":"report","ok":true}', '{"type":"report","ok":"true","value":{}}'],
    '{"type":"report","ok":false,"name":1,"message":""}',
    '{"type":"report","ok":true,"value":{"__proto__":{"a":1}}}',
    '{"type":"report","ok":true,"value":{"a":[{"constructor":1}]}}',
    `{"type":"report","ok":true,"value":${"[".repeat(300)}${"]".repeat(300)}}`,
    `{"type":"report","ok":true,"value":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
  ];
  for (const text of none) assert.equal(parseMessage(text), undefined, text.slice(0, 80));
});

test("a child's word on a failure is kept where it can be, and cut where it is long", () => {
  const failed = { type: "report", ok: false, name: "E", message: "m".repeat(100_000) };
  const message = parseMessage(
    JSON.stringify({ ...failed, outcome: "succeeded", retryable: "no" }),
  );
  assert.ok(message?.type === "report" && !message.ok);
  assert.deepEqual([message.message.length, message.outcome, message.retryable], [
    ...[65_536, undefined, undefined],
  ]);
});

test("reported outputs are a mapping as the engine would have written it, or none", () => {
  assert.deepEqual(reportedMapping({ a: { $number: "NaN" } }), { a: NaN });
  for (const odd of [1, null, [], "x", { a: { $datetime: "no time" } }, { $number: "1" }]) {
    assert.equal(reportedMapping(odd), undefined);
  }
});
