import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  drawable,
  layoutOf,
  MAX_COLUMNS,
  MAX_DRAWN_JOBS,
  type PlacedBox,
} from "../../core/engine/render/graph_layout.ts";
import {
  type GraphPicture,
  MAX_BOX_ROWS,
  type PictureJob,
  pictureOfPlan,
  pictureOfRun,
} from "../../core/engine/render/graph_picture.ts";
import { graphSvg } from "../../core/engine/render/graph_svg.ts";
import { svgText } from "../../core/engine/render/svg.ts";
import { MAX_TIMELINE_ROWS, timelineOf } from "../../core/engine/render/timeline.ts";
import { timelineSvg } from "../../core/engine/render/timeline_svg.ts";
import { timelineLines } from "../../core/engine/render/timeline_text.ts";
import { openSluice } from "../../preset.ts";
import { makePlan } from "../../core/plan/make_plan.ts";
import { test } from "../harness.ts";
import {
  begins,
  fails,
  job,
  journal,
  legs,
  plan,
  stage,
  START,
  stateAfter,
  succeeds,
} from "./journal.ts";

const strategy = {
  matrix: { os: ["linux", "mac"] },
  include: [],
  exclude: [],
  maxParallel: 1,
  failFast: false,
};

const MOST_JOBS = 40;

/** Graphs without circles: each job needs some of those before it. */
const pictures = fc.array(
  fc.record({
    needs: fc.array(fc.nat(MOST_JOBS), { maxLength: 4 }),
    rows: fc.nat(MAX_BOX_ROWS),
    stacked: fc.boolean(),
  }),
  { maxLength: MOST_JOBS },
).map((jobs): GraphPicture => ({
  title: "any",
  jobs: jobs.map(({ needs, rows, stacked }, at): PictureJob => ({
    id: `j${at}`,
    label: `job ${at}`,
    needs: at === 0 ? [] : [...new Set(needs.map((need) => `j${need % at}`))],
    stacked,
    rows: Array.from({ length: rows }, () => ({ depth: 0, label: "row" })),
  })),
}));

function overlap(one: PlacedBox, other: PlacedBox): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width &&
    one.y < other.y + other.height && other.y < one.y + one.height;
}

test("layoutOf() keeps all boxes in the picture and apart from one another", () => {
  fc.assert(fc.property(pictures, (picture) => {
    const { width, height, boxes } = layoutOf(picture);
    equal(boxes.length, picture.jobs.length);
    for (const [at, box] of boxes.entries()) {
      ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height);
      ok(boxes.slice(at + 1).every((other) => !overlap(box, other)));
    }
  }));
});

test("layoutOf() leads every edge from left to right and through no box", () => {
  fc.assert(fc.property(pictures, (picture) => {
    const { boxes, edges } = layoutOf(picture);
    for (const { from, to } of edges) {
      ok(from.x < to.x);
      // A bent piece stays between its ends in height and in breadth.
      const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
      for (const box of boxes) {
        const isBeside = to.x <= box.x || box.x + box.width <= from.x;
        ok(isBeside || bottom < box.y || box.y + box.height < top, box.job.id);
      }
    }
  }));
});

test("layoutOf() leads an edge to each need", () => {
  fc.assert(fc.property(pictures, (picture) => {
    const tips = layoutOf(picture).edges.filter(({ hasTip }) => hasTip);
    const needs = picture.jobs.reduce((sum, each) => sum + each.needs.length, 0);
    equal(tips.length, needs);
  }));
});

test("graphSvg() draws thousands of jobs as a few groups, soon", () => {
  const jobs = Array.from(
    { length: 10_000 },
    (_, at) => job(`j${at}`, ["s"], { needs: at < 10 ? [] : [`j${at - 10}`] }),
  );
  const groups = drawable(pictureOfPlan(plan(jobs)).jobs);
  ok(groups.length <= MAX_DRAWN_JOBS && groups.length <= MAX_COLUMNS * 7);
  const told = groups.reduce((sum, { label }) => sum + Number(/^\d+/.exec(label)?.[0]), 0);
  equal(told, 10_000);
  ok(graphSvg(pictureOfPlan(plan(jobs))).length < 200_000);
});

test("graphSvg() shows how far each part of a run has come", () => {
  const wide = job("wide", ["s"], { strategy });
  const state = stateAfter(plan([job("ok", ["a", "b"]), job("bad", ["c"]), wide]), [
    ...begins("ok", "a"),
    ...succeeds("ok", "a", 1_200),
    ...begins("bad", "c"),
    ...fails("bad", "c", "no"),
    { type: "job.started", job: "wide", attempt: 1 },
    { type: "scope.opened", owner: "wide", round: 1, expansion: legs(["os=linux", "os=mac"]) },
    { type: "branch.started", branch: "wide[os=linux]" },
  ]);
  const { jobs } = pictureOfRun(state, { nowMs: START });
  deepEqual(jobs.map(({ id, status }) => [id, status]), [
    ["ok", "succeeded"],
    ["bad", "failed"],
    ["wide", "running"],
  ]);
  deepEqual(jobs[2]!.rows.map(({ label, status }) => [label, status]), [
    ["os=linux", "running"],
    ["os=mac", "pending"],
  ]);
  const svg = graphSvg(pictureOfRun(state, { nowMs: START }));
  match(svg, /<g class="job" data-job="bad" data-status="failed">/);
  match(svg, /<desc id="graph-desc">ok, succeeded; bad, failed; wide, running<\/desc>/);
});

test("graphSvg() counts the legs of which there are many", () => {
  const keys = Array.from({ length: 300 }, (_, at) => `n=${at}`);
  const state = stateAfter(plan([job("wide", ["s"], { strategy })]), [
    { type: "job.started", job: "wide", attempt: 1 },
    { type: "scope.opened", owner: "wide", round: 1, expansion: legs(keys) },
    ...keys.slice(0, 9).map((key) => ({ type: "branch.started", branch: `wide[${key}]` }) as const),
  ]);
  const [wide] = pictureOfRun(state, { nowMs: START }).jobs;
  deepEqual(wide!.rows.map(({ label }) => label), [
    "n=0",
    "n=1",
    "n=2",
    "n=3",
    "5 running",
    "291 pending",
  ]);
});

test("pictures keep what an author writes from becoming markup", () => {
  const evil = `"><script>alert(1)</script>&amp;\u0000\ud800`;
  const svg = graphSvg(pictureOfPlan(plan([job(evil, [evil])], { workflow: evil })));
  ok(!svg.includes("<script"));
  match(svg, /&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&amp;amp;/);
  equal(svgText(`a${"\u0000"}b`), "a\uFFFDb");
  equal(svgText("🚰"), "🚰");
});

test("a picture for a page has no style of its own, and ids that can be told apart", () => {
  const svg = graphSvg(pictureOfPlan(plan([job("a", [])])), {
    standalone: false,
    idPrefix: "run-7",
  });
  ok(!svg.includes("<style"));
  match(svg, /aria-labelledby="run-7-title run-7-desc"/);
});

test("graphSvg() draws the example workflow as it always did", async () => {
  const file = new URL("../../conf/city_weather.yml", import.meta.url);
  await using sluice = await openSluice({ memory: true, audit: false });
  const { workflows: [workflow] } = await sluice.loadText(readFileSync(file, "utf8"), "c.yml");
  const svg = graphSvg(pictureOfPlan(makePlan(workflow!, {
    ...{ engine: "test", params: {}, maxParallel: 2, stageDefaultId: false },
    ...{ scriptLang: "ts", extras: {}, ancestry: [] },
  })));
  const golden = new URL("./city_weather.svg", import.meta.url);
  equal(`${svg}\n`, readFileSync(golden, "utf8"));
});

const RETRIED = plan([
  job("load", [], { stages: [stage("fetch")] }),
  job("then", ["s"], { needs: ["load"] }),
]);
const failure = { name: "StageError", message: "no", retryable: true };

const EVENTS = journal(RETRIED, [
  ...begins("load", "fetch"),
  {
    ...{ type: "stage.retry-scheduled", stage: "load[]/fetch", attempt: 1, failure, after: 1_000 },
    ...{ reason: { kind: "attempt-failed" }, dueAt: START + 3_000 },
  },
  { type: "stage.started", stage: "load[]/fetch", attempt: 2, after: 2_000 },
  ...succeeds("load", "fetch", 1_000),
  { type: "job.started", job: "then", attempt: 1, after: 500 },
]);

test("timelineOf() shows each attempt and what came between them", () => {
  const { rows, from, to } = timelineOf(EVENTS, { nowMs: START + 6_000 });
  deepEqual([from, to], [START, START + 6_000]);
  const bars = rows.map(({ label, bars }) => [
    label,
    bars.map(({ kind, status, from, to }) => `${kind} ${status} ${from - START}-${to - START}`),
  ]);
  deepEqual(bars, [
    ["load", ["work succeeded 0-4000"]],
    ["fetch", ["work failed 0-1000", "delay waiting 1000-3000", "work succeeded 3000-4000"]],
    ["then", ["queue pending 4000-4500", "work running 4500-6000"]],
  ]);
});

test("timelineSvg() is the same for the same events, with everything in the picture", () => {
  const timeline = timelineOf(EVENTS, { nowMs: START + 6_000 });
  const svg = timelineSvg(timeline);
  equal(svg, timelineSvg(timelineOf(EVENTS, { nowMs: START + 6_000 })));
  const [, width = "0"] = /<svg [^>]*width="(\d+)"/.exec(svg) ?? [];
  for (
    const [, x = "", w = ""] of svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)
  ) {
    ok(Number(x) >= 0 && Number(x) + Number(w) <= Number(width));
  }
  match(svg, /<title>fetch: waited 2s after attempt 1<\/title>/);
  match(svg, /<title>fetch, attempt 2: succeeded, 1s<\/title>/);
});

test("timelineOf() leaves out what stands deepest where there is too much", () => {
  const many = Array.from({ length: MAX_TIMELINE_ROWS * 2 }, (_, at) => job(`j${at}`, ["s"]));
  const steps = many.flatMap(({ id }) => [...begins(id, "s"), ...succeeds(id, "s", 1)]);
  const { rows } = timelineOf(journal(plan(many), steps), { nowMs: START });
  equal(rows.length, MAX_TIMELINE_ROWS);
  equal(rows.at(-1)?.label, "301 more jobs");
  ok(rows.every(({ depth }) => depth === 0));
});

test("timelineLines() draws bars of characters in one width", () => {
  const lines = timelineLines(timelineOf(EVENTS, { nowMs: START + 6_000 }), { columns: 45 });
  deepEqual(lines.map(({ label, chart, took }) => `${label}|${chart}|${took}`), [
    "load   |████████████████        |4s",
    "  fetch|▒▒▒▒░░░░░░░░████        |2s",
    "then   |                ░░██████|1.5s",
  ]);
});
