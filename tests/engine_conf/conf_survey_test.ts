import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import { openConfFolder } from "../../core/engine/conf_folder.ts";
import { UNSETTLED_MS } from "../../core/engine/conf_files.ts";
import { MAX_READY_CHARS, ReadyWorkflows, type Sight } from "../../core/engine/conf_survey.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { test } from "../harness.ts";

const HOUR = 3_600_000;

/** A folder whose files have times, and what is done with them. */
class Bench {
  readonly host = new FakeHost();
  nowMs = HOUR;
  readonly reads: string[] = [];
  readonly looks: string[] = [];

  conf() {
    return openConfFolder({
      host: {
        listFiles: (folder) => this.host.listFiles(folder),
        readText: (path) => {
          this.reads.push(path);
          return this.host.readText(path);
        },
      },
      watch: { fileFacts: (path) => this.host.fileFacts(path), now: () => this.nowMs },
      folders: ["conf"],
      load: (text, file) => loadFile(text, file, { stages: [] }),
    });
  }

  survey() {
    return this.conf().survey((workflow) => this.#look(workflow));
  }

  put(file: string, text: string, { atMs = 0 } = {}) {
    this.host.files.set(`/work/conf/${file}`, text);
    this.host.times.set(`/work/conf/${file}`, atMs);
  }

  #look({ name, description, tags }: Workflow): Promise<Sight<string>> {
    this.looks.push(name);
    return Promise.resolve({
      ...(tags.includes("dull") ? {} : { kept: description }),
      diagnostics: [],
    });
  }
}

test("ConfSurvey.list() looks at each version of a file once, and does not read what is as it was", async () => {
  const bench = new Bench();
  bench.put("a.yml", "a: {type: Workflow, desc: one}");
  bench.put("b.yml", "b: {type: Workflow, tags: [dull]}\nc: {type: Workflow, desc: three}");
  const survey = bench.survey();
  equal(await survey.unseen(), 2);
  const first = await survey.list();
  deepEqual([...first.kept], [["a", "one"], ["c", "three"]]);
  deepEqual([bench.looks, bench.reads.length], [["a", "b", "c"], 2]);

  await survey.list();
  deepEqual([bench.looks.length, bench.reads.length], [3, 2]);

  bench.put("a.yml", "a: {type: Workflow, desc: two}", { atMs: 1_000 });
  deepEqual([...(await survey.list()).kept], [["a", "two"], ["c", "three"]]);
  deepEqual([bench.looks.slice(3), bench.reads.length], [["a"], 3]);
});

test("ConfFolder reads a file again that was written a moment ago, whatever its times say", async () => {
  const bench = new Bench();
  bench.put("a.yml", "a: {type: Workflow, desc: one}", { atMs: HOUR });
  const conf = bench.conf();
  equal((await conf.find("a"))?.description, "one");
  // In the same tick, and of the same length.
  bench.put("a.yml", "a: {type: Workflow, desc: two}", { atMs: HOUR });
  equal((await conf.find("a"))?.description, "two");
  bench.nowMs += UNSETTLED_MS;
  await conf.list();
  const reads = bench.reads.length;
  const found = await conf.find("a");
  equal(await conf.find("a"), found);
  equal(bench.reads.length, reads, "it has settled");
});

test("ConfSurvey.list() tells of what is wrong as a folder does", async () => {
  const bench = new Bench();
  bench.put("a.yml", "a: {type: Workflow}\nz: {type: Workflow, desc: right}");
  bench.put("b.yml", "a: {type: Workflow}");
  bench.put("c.yml", "c: {type: Workflow, jbos: {}}");
  const { kept, diagnostics } = await bench.survey().list();
  deepEqual([...kept.keys()], ["z"]);
  deepEqual(diagnostics, (await bench.conf().list()).diagnostics);
  deepEqual(diagnostics.map(({ code }) => code), ["key-unknown", "workflow-duplicate"]);
});

test("ConfSurvey.takeOver() goes on from what another one has seen", async () => {
  const bench = new Bench();
  bench.put("a.yml", "a: {type: Workflow, desc: one}");
  bench.put("b.yml", "b: {type: Workflow, desc: two}");
  const other = bench.survey();
  await other.list();
  const survey = bench.survey();
  survey.takeOver(structuredClone(other.seen()));
  equal(await survey.unseen(), 0);
  bench.put("b.yml", "b: {type: Workflow, desc: new}", { atMs: 1_000 });
  deepEqual([...(await survey.list()).kept], [["a", "one"], ["b", "new"]]);
  deepEqual(bench.looks, ["a", "b", "b"]);
});

test("ConfSurvey.load() gives the workflow of the text that was seen, whatever the file says by now", async () => {
  const bench = new Bench();
  const text = "a: {type: Workflow, desc: one}";
  bench.put("a.yml", "a: [");
  const from = { name: "a", file: "conf/a.yml", text };
  const survey = bench.survey();
  const workflow = await survey.load(from);
  equal(workflow.description, "one");
  equal(await survey.load(from), workflow, "it is kept ready");
  await rejects(survey.load({ ...from, name: "b" }), /Internal error/);
});

test("ReadyWorkflows keeps no more text than it may, and what was asked for last", async () => {
  const ready = new ReadyWorkflows((text, file) => loadFile(text, file, { stages: [] }));
  const padding = "#".repeat(MAX_READY_CHARS / 2);
  const from = (name: string) => ({
    name,
    file: `${name}.yml`,
    text: `${name}: {type: Workflow}\n${padding.slice(100)}`,
  });
  const [a, b] = [await ready.load(from("a")), await ready.load(from("b"))];
  equal(await ready.load(from("a")), a);
  await ready.load(from("c"));
  equal(await ready.load(from("a")), a);
  notEqual(await ready.load(from("b")), b);
});
