import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { analyze } from "../../core/language/analysis.ts";
import { completionsAt } from "../../core/language/completion.ts";
import { differOnlyIn, regionAround } from "../../core/language/region.ts";
import { test } from "../harness.ts";
import { FACTS, marked } from "./language.ts";

const FOLDER = fileURLToPath(new URL("../corpus/check/ok/", import.meta.url));
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".yml")).sort();

const ETL = `etl:
  type: Workflow
  params:
    rows: int
  jobs:
    extract:
      stages:
        - {name: Read, id: read, bash: cat}
    # what follows
    load:
      needs: [extract]
      stages:
        - name: Say
          echo: "\${{ params.◆rows }}"
    tell:
      needs: [load]
`;

test("regionAround() is the job around a cursor, with what it stands in", () => {
  const { text, offset } = marked(ETL);
  const region = regionAround(text, offset);
  equal(
    region?.text,
    `etl:\n  type: Workflow\n  jobs:\n${
      text.slice(text.indexOf("    load:"), text.indexOf("    tell:"))
    }`,
  );
  equal(region?.job, "load");
  equal(region?.text[offset - region.shift], text[offset]);
});

test("regionAround() is a section of the workflow too, and none where parts are shared", () => {
  const params = regionAround(ETL, ETL.indexOf("int"));
  equal(params?.text, "etl:\n  type: Workflow\n  params:\n    rows: int\n");
  const single = "name: etl\njobs:\n  load:\n    needs: []\n";
  equal(
    regionAround(single, single.length - 3)?.text,
    "name: part\njobs:\n  load:\n    needs: []\n",
  );
  for (const shared of ["<<: *base", "needs: *all", "needs: &all []"]) {
    const text = single.replace("needs: []", shared);
    equal(regionAround(text, text.length - 2), undefined, shared);
  }
  equal(regionAround(ETL, 3), undefined);
  equal(regionAround("jobs: {load: {}}", 10), undefined);
  equal(regionAround("", 0), undefined);
});

test("differOnlyIn() sees a change outside of the region", () => {
  const { text, offset } = marked(ETL);
  const region = regionAround(text, offset)!;
  const within = text.slice(0, offset) + text.slice(offset + 2);
  ok(differOnlyIn(text, text, region) && differOnlyIn(within, text, region));
  equal(differOnlyIn(text.replace("extract", "extrac"), text, region), false);
  equal(differOnlyIn(text.replace("tell", "say"), text, region), false);
  equal(differOnlyIn("", text, region), false);
});

test("completionsAt() offers the same whether it looks at all of a text or at what was changed", () => {
  let quick = 0;
  for (const file of FILES) {
    const text = readFileSync(`${FOLDER}${file}`, "utf8");
    const last = analyze(text, { file, facts: FACTS });
    for (let offset = 7; offset < text.length; offset += 97) {
      const known = completionsAt(text, offset, { file, facts: FACTS, last });
      const { seen: _, ...whole } = completionsAt(text, offset, { file, facts: FACTS });
      if (known.seen === undefined) quick++;
      const { seen: __, ...found } = known;
      deepEqual(found, whole, `${file} at ${offset}`);
    }
  }
  ok(quick > 100, `${quick} of them looked at a part`);
});

test("completionsAt() looks only at the job in which somebody types, however many there are", () => {
  const job = (at: number) =>
    `  job${at}:\n    stages:\n      - name: Say\n        echo: "\${{ params.rows }}"\n`;
  const text = `name: etl\nparams: {rows: int, day: date}\njobs:\n${
    Array.from({ length: 500 }, (_, at) => job(at)).join("")
  }`;
  const offset = text.indexOf("rows }}", text.length / 2);
  const first = completionsAt(text, offset, { file: "a.yml", facts: FACTS });
  ok(first.seen !== undefined);
  let typed = text;
  for (const [at, letter] of [..."da"].entries()) {
    typed = typed.slice(0, offset + at) + letter + typed.slice(offset + at);
    const found = completionsAt(typed, offset + at + 1, {
      file: "a.yml",
      facts: FACTS,
      last: first.seen,
    });
    equal(found.seen, undefined);
    deepEqual(found.items.map(({ label }) => label), ["rows", "day"]);
    deepEqual(found.replace, { start: offset, end: offset + at + 1 });
  }
});
