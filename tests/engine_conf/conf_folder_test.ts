import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { type ConfFolder, openConfFolder } from "../../core/engine/conf_folder.ts";
import { WorkflowError } from "../../core/engine/errors.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { HostError } from "../../core/plugin/ports.ts";
import { test } from "../harness.ts";
import { said } from "../model/loading.ts";
import { SAMPLE_KINDS } from "../model/sample_kinds.ts";

/** Folders in memory that count what is read and loaded. */
class Shelf {
  readonly files = new Map<string, string>();
  reads = 0;
  loads = 0;

  constructor(files: Record<string, string>) {
    for (const [name, text] of Object.entries(files)) this.files.set(name, text);
  }

  open(...folders: readonly string[]): ConfFolder {
    return openConfFolder({
      host: { listFiles: (folder) => this.#list(folder), readText: (path) => this.#read(path) },
      folders,
      load: (text, file) => {
        this.loads++;
        return loadFile(text, file, { stages: SAMPLE_KINDS });
      },
    });
  }

  #list(folder: string): Promise<readonly string[] | undefined> {
    const inside = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    const names = inside.map((path) => path.slice(folder.length + 1)).sort();
    return Promise.resolve(names.length === 0 ? undefined : names);
  }

  #read(path: string): Promise<string> {
    this.reads++;
    const text = this.files.get(path);
    if (text === undefined || text === "unreadable") {
      return Promise.reject(new HostError("EACCES", "permission denied"));
    }
    return Promise.resolve(text);
  }
}

test("ConfFolder.list() finds workflows at every depth, by name", async () => {
  const shelf = new Shelf({
    "conf/b.yaml": "b: {type: Workflow}",
    "conf/deep/er/a.yml": "name: a",
    "conf/notes.txt": "c: {type: Workflow}",
    "conf/empty.yml": "",
  });
  const { workflows, diagnostics } = await shelf.open("conf").list();
  deepEqual(workflows.map(({ name }) => name), ["a", "b"]);
  deepEqual(diagnostics, []);
  equal(workflows[0]?.document.file, "conf/deep/er/a.yml");
});

test("ConfFolder.list() shows what is wrong beside what is right (W-35)", async () => {
  const shelf = new Shelf({
    "conf/good.yml": "good: {type: Workflow}",
    "conf/half.yml": "right: {type: Workflow}\nwrong: {type: Workflow, jbos: {}}",
    "conf/torn.yml": "a: [1",
    "conf/secret.yml": "unreadable",
  });
  const { workflows, diagnostics } = await shelf.open("conf").list();
  deepEqual(workflows.map(({ name }) => name), ["good", "right"]);
  deepEqual(
    new Set(diagnostics.map(({ place }) => place.file)),
    new Set(["conf/secret.yml", "conf/half.yml", "conf/torn.yml"]),
  );
});

test("ConfFolder.list() leaves out what the ignore file says", async () => {
  const shelf = new Shelf({
    "conf/.confignore": "ignore/*\n*_ignore\n",
    "conf/a.yml": "a: {type: Workflow}",
    "conf/ignore/b.yml": "b: [torn",
    "conf/x_ignore/c.yml": "c: {type: Workflow}",
  });
  const { workflows, diagnostics } = await shelf.open("conf").list();
  deepEqual([workflows.map(({ name }) => name), diagnostics], [["a"], []]);
});

test("ConfFolder.list() warns of a folder that is not there", async () => {
  const { workflows, diagnostics } = await new Shelf({}).open("nowhere").list();
  deepEqual(workflows, []);
  deepEqual(diagnostics.map(said), [
    '1:1 warning conf-missing There is no folder "nowhere" to find workflows in',
  ]);
});

test("ConfFolder refuses a name that two files define", async () => {
  const shelf = new Shelf({
    "conf/a.yml": "etl: {type: Workflow}\nother: {type: Workflow}",
    "conf/b.yml": "# moved\netl: {type: Workflow}",
  });
  const conf = shelf.open("conf");
  const { workflows, diagnostics } = await conf.list();
  deepEqual(workflows.map(({ name }) => name), ["other"]);
  equal(diagnostics[0]?.code, "workflow-duplicate");
  deepEqual([diagnostics[0]?.place.file, diagnostics[0]?.related?.[0]?.place.file], [
    "conf/b.yml",
    "conf/a.yml",
  ]);
  await rejects(
    conf.find("etl"),
    (error) => error instanceof WorkflowError && error.diagnostics.length === 1,
  );
});

test("ConfFolder.find() takes the earlier of several folders (C-008)", async () => {
  const shelf = new Shelf({
    "one/a.yml": "a: {type: Workflow, desc: one}",
    "two/a.yml": "a: {type: Workflow, desc: two}",
  });
  const conf = shelf.open("two", "one");
  equal((await conf.find("a"))?.description, "two");
  deepEqual((await conf.list()).workflows.map(({ description }) => description), ["two"]);
});

test("ConfFolder.find() says what is wrong with the file that has the name, and only then", async () => {
  const shelf = new Shelf({
    "conf/bad.yml": "bad: {type: Workflow, jbos: {}}",
    "conf/torn.yml": "torn: [",
  });
  const conf = shelf.open("conf");
  await rejects(conf.find("bad"), (error) => {
    if (!(error instanceof WorkflowError)) return false;
    match(error.diagnostics[0]?.message ?? "", /Unknown key "jbos"/);
    return true;
  });
  await rejects(conf.find("torn"), WorkflowError);
  equal(await conf.find("ghost"), undefined);
});

test("ConfFolder.find() makes no path of a name", async () => {
  const shelf = new Shelf({ "conf/a.yml": "a: {type: Workflow}", "secret.yml": "name: ../secret" });
  const conf = shelf.open("conf");
  for (
    const name of ["../secret", "../secret.yml", "/etc/passwd", "a.yml", "%2e%2e/secret", "a\0"]
  ) {
    equal(await conf.find(name), undefined, name);
  }
});

test("ConfFolder.find() loads a file again only when its text has changed (W-36)", async () => {
  const shelf = new Shelf({
    "conf/a.yml": "a: {type: Workflow}",
    "conf/b.yml": "b: {type: Workflow}",
  });
  const conf = shelf.open("conf");
  const first = await conf.find("a");
  equal(shelf.loads, 1);
  shelf.reads = 0;
  equal(await conf.find("a"), first);
  deepEqual([shelf.loads, shelf.reads], [1, 1]);

  shelf.files.set("conf/a.yml", "a: {type: Workflow, desc: new}");
  equal((await conf.find("a"))?.description, "new");
  equal(shelf.loads, 2);
});

test("ConfFolder.find() follows a workflow into another file", async () => {
  const shelf = new Shelf({ "conf/a.yml": "a: {type: Workflow}" });
  const conf = shelf.open("conf");
  await conf.find("a");
  shelf.files.delete("conf/a.yml");
  shelf.files.set("conf/z.yml", "a: {type: Workflow, desc: moved}");
  equal((await conf.find("a"))?.description, "moved");
  shelf.files.set("conf/z.yml", "z: {type: Workflow}");
  equal(await conf.find("a"), undefined);
});

test("ConfFolder.find() finds a name that its file spells in another way", async () => {
  const conf = new Shelf({ "conf/a.yml": 'name: "et\\x6c"' }).open("conf");
  equal((await conf.find("etl"))?.name, "etl");
});

test("ConfFolder.list() shows an ignore file that cannot be read", async () => {
  const shelf = new Shelf({
    "conf/.confignore": "unreadable",
    "conf/a.yml": "a: {type: Workflow}",
  });
  const { workflows, diagnostics } = await shelf.open("conf").list();
  deepEqual([workflows.length, diagnostics.map(({ code }) => code)], [1, ["file-unreadable"]]);
});

test("ConfFolder.list() keeps nothing for later where it is to forget", async () => {
  const shelf = new Shelf({ "conf/a.yml": "name: a", "conf/b.yml": "name: b" });
  const conf = shelf.open("conf");
  const { workflows } = await conf.list({ forget: true });
  deepEqual(workflows.map(({ name }) => name), ["a", "b"]);
  await conf.list({ forget: true });
  equal(shelf.loads, 4, "each is loaded each time");
  await conf.list();
  await conf.list({ forget: true });
  equal(shelf.loads, 6, "what is known already is not loaded again");
});
