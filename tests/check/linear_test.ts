/**
 * Checking takes time in proportion to what is written. Steps are counted, not
 * seconds: how often jobs, parameters and stages are looked at.
 */
import { ok } from "node:assert/strict";
import { checkWorkflow } from "../../core/check/check_workflow.ts";
import type { Job, Stage, Workflow } from "../../core/model/workflow.ts";
import { test } from "../harness.ts";
import { workflowsIn } from "./corpus.ts";
import { loadFile } from "../../core/model/load_workflow.ts";

/** A shape of workflow, as long as it is asked to be. */
type Shape = (size: number) => string;

const HEAD = "name: w\njobs:\n";

function lines(size: number, line: (at: number) => string): string {
  return Array.from({ length: size }, (_, at) => `${line(at)}\n`).join("");
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "a chain of jobs": (size) =>
    HEAD + lines(size, (at) => `  j${at}: {needs: [${at ? `j${at - 1}` : ""}]}`),
  "jobs that read all jobs before": (size) =>
    HEAD +
    lines(size, (at) =>
      `  j${at}: {needs: [${
        at ? `j${at - 1}` : ""
      }], stages: [{name: s, echo: "\${{ jobs.j0.status }}"}]}`),
  "a job with many needs, and stages that read each": (size) =>
    HEAD + lines(size, (at) => `  j${at}: {}`) +
    `  last:\n    needs: [${lines(size, (at) => `j${at},`).replaceAll("\n", "")}]\n    stages:\n` +
    lines(size, (at) => `      - {name: s${at}, echo: "\${{ needs.j${at}.result }}"}`),
  "needs that are not there": (size) => HEAD + lines(size, (at) => `  j${at}: {needs: [x${at}]}`),
  "stages that read the one before": (size) =>
    `${HEAD}  a:\n    stages:\n` +
    lines(size, (at) =>
      `      - {name: s${at}, id: s${at}, echo: "${
        at ? `\${{ stages.s${at - 1}.status }}` : ""
      }"}`),
  "ids with templates": (size) =>
    `${HEAD}  a:\n    strategy: {matrix: {k: [1]}}\n    stages:\n` +
    lines(size, (at) =>
      `      - {name: s${at}, id: "s${at}-\${{ matrix.k }}", echo: "\${{ stages.s${at}-1.status }}"}`),
  "outputs of many stages, and stages that read each": (size) =>
    `${HEAD}  a:\n    stages:\n` +
    lines(size, (at) => `      - {name: s${at}, id: s${at}, bash: ls, outputs: {o${at}: x}}`) +
    "  b:\n    needs: [a]\n    stages:\n" +
    lines(size, (at) => `      - {name: s${at}, echo: "\${{ needs.a.outputs.o${at} }}"}`),
  "a chain of outputs": (size) =>
    `${HEAD}  j0: {}\n` +
    lines(size, (at) =>
      `  j${at + 1}: {needs: [j${at}], outputs: {o: "\${{ needs.j${at}.outputs.o }}"}}`),
  "parameters that are not declared": (size) =>
    `name: w\nparams:\n${
      lines(Math.min(size, 1_000), (at) => `  p${at}: int`)
    }jobs:\n  a:\n    stages:\n` +
    lines(size, (at) => `      - {name: s${at}, echo: "\${{ params.q${at} }}"}`),
  "stages in stages": (size) =>
    `${HEAD}  a:\n    stages:\n` +
    lines(size, (at) =>
      `      - {name: f${at}, id: f${at}, foreach: [1], stages: [{name: g, id: g${at}, echo: x}]}`),
};

class Counter {
  steps = 0;

  map<K, V>(of: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
    const step = () => this.steps++;
    return new class extends Map<K, V> {
      override get(key: K): V | undefined {
        step();
        return super.get(key);
      }
      override has(key: K): boolean {
        step();
        return super.has(key);
      }
      override *keys(): MapIterator<K> {
        for (const key of super.keys()) {
          step();
          yield key;
        }
        return undefined;
      }
      override *values(): MapIterator<V> {
        for (const value of super.values()) {
          step();
          yield value;
        }
        return undefined;
      }
    }(of);
  }

  list<T>(of: readonly T[]): readonly T[] {
    return new Proxy(of, {
      get: (list, key, receiver) => {
        if (typeof key === "string" && /^\d/.test(key)) this.steps++;
        return Reflect.get(list, key, receiver);
      },
    });
  }

  job(job: Job): Job {
    return { ...job, needs: this.list(job.needs), stages: this.list(job.stages.map(this.#stage)) };
  }

  readonly #stage = (stage: Stage): Stage => {
    if (stage.bodies === undefined) return stage;
    const bodies = Object.entries(stage.bodies).map(([name, stages]) =>
      [name, this.list(stages.map(this.#stage))] as const
    );
    return { ...stage, bodies: Object.fromEntries(bodies) };
  };

  workflow(workflow: Workflow): Workflow {
    const jobs = new Map(Array.from(workflow.jobs, ([id, job]) => [id, this.job(job)]));
    return { ...workflow, jobs: this.map(jobs), params: this.map(workflow.params) };
  }
}

function stepsOf(text: string): number {
  const counter = new Counter();
  const [workflow] = workflowsIn({ name: "w", text });
  checkWorkflow(counter.workflow(workflow!));
  return counter.steps;
}

const SIZE = 700;

/** What looks for a name among others, or for what comes before a job, stops at a bound above `SIZE`. */
const BOUNDED: Readonly<Record<string, number>> = {
  "needs that are not there": 2_000_000,
  "parameters that are not declared": 2_000_000,
  "jobs that read all jobs before": 2_000_000,
};

for (const [name, shape] of Object.entries(SHAPES)) {
  test(`checking takes twice the steps for twice as much: ${name}`, () => {
    const [small, large] = [stepsOf(shape(SIZE)), stepsOf(shape(2 * SIZE))];
    ok(large <= 2.2 * small + (BOUNDED[name] ?? 1_000), `${small} steps, then ${large}`);
  });
}

test("loading a text with very many errors of one kind ends", () => {
  const twice = `name: w\nextras:\n${lines(20_000, () => "  a: 1")}`;
  const { workflows, diagnostics } = loadFile(twice, "w.yml", { stages: [] });
  ok(workflows.length === 0 && diagnostics.length > 0);
});
