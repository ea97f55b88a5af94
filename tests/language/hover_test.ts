import { equal, match } from "node:assert/strict";
import { analyze, type LanguageFacts } from "../../core/language/analysis.ts";
import { hoverAt } from "../../core/language/hover.ts";
import { cronCalendar } from "../../plugins/cron.ts";
import { test } from "../harness.ts";
import { FACTS, marked } from "./language.ts";

const CLOCKED: LanguageFacts = {
  ...FACTS,
  times: () => ({ nowMs: Date.UTC(2026, 10, 23), next: cronCalendar().next }),
};

function hovered(source: string, facts = CLOCKED): string | undefined {
  const { text, offset } = marked(source);
  return hoverAt(analyze(text, { file: "a.yml", facts }), offset)?.markdown;
}

test("hovering over a cron text shows its next five times in its zone", () => {
  const source = "etl:\n  type: Workflow\n  on:\n    schedule:\n      - cron: '0 6◆ * * 1'\n" +
    "        timezone: Asia/Tokyo\n";
  match(
    hovered(source) ?? "",
    /^Next in Asia\/Tokyo:\n\n- Mon 2026-11-30 06:00 UTC\+09:00\n(?:- Mon .* 06:00 UTC\+09:00\n){3}- Mon .* 06:00 UTC\+09:00$/,
  );
  equal(hovered(source, FACTS), undefined);
  equal(hovered(source.replace("Asia/Tokyo", "Asia/To◆kyo").replace("◆", "")), undefined);
});

test("hovering over what a run knows of the one that it follows tells how that may have ended", () => {
  const source = "name: a\non: [{release: first}]\njobs:\n  j:\n    stages:\n" +
    "      - {name: x, echo: '${{ release.sta◆tus }}'}\n";
  match(hovered(source) ?? "", /"SUCCESS" or "FAILED" or "CANCEL"|"SUCCESS", "FAILED"/);
});

test("hovering over a cron text that never fires says so", () => {
  const source = "etl: {type: Workflow, on: [{schedule: {cron: '0 6 30◆ 2 *'}}]}";
  equal(hovered(source), "It never fires again.");
});
