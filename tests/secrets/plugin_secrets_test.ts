import { doesNotMatch, equal, match } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { test } from "../harness.ts";
import { runJobs, withPlugin } from "../isolation/foreign_plugin.ts";

const SECRET = "tell-nobody-of-it";
const DEEP = { list: ["${{ secrets.TOKEN }}", { deep: "${{ secrets.TOKEN }}" }] };

/** A plugin whose field `more` takes secrets, and which shows, returns and throws them. */
const TELLTALE = {
  body: `const { list: [first, { deep }] } = input.more;
    if (first !== ${JSON.stringify(SECRET)} || deep !== first) throw new Error("It is not there");
    context.print(JSON.stringify(input.more));
    if (input.foe === "throw") throw new Error("With " + deep);
    return { left: [first, btoa(deep)] };`,
  manifest: {
    stages: [{
      ...{ name: "foe", keys: ["foe"], summary: "", harmless: false, secrets: ["more"] },
      fields: { type: "object", properties: { foe: {}, more: {} }, required: ["foe"] },
    }],
  },
};

test("a secret reaches a plugin however deep it stands, by key and by uses, and is hidden on its way back", () =>
  withPlugin(TELLTALE, async ({ folder, open }) => {
    {
      await using sluice = await open({
        env: { SLUICE_SECRET_TOKEN: SECRET, PATH: process.env.PATH ?? "" },
      });
      for (
        const stage of [
          { name: "A", id: "a", foe: "x", more: DEEP },
          { name: "A", id: "a", uses: "./foe.ts#foe", with: { foe: "x", more: DEEP } },
          { name: "A", id: "a", uses: "./foe.ts#foe", with: { foe: "throw", more: DEEP } },
        ]
      ) {
        const { status, lines, errors } = await runJobs(sluice, { j: [stage] });
        equal(status, JSON.stringify(stage).includes("throw") ? "FAILED" : "SUCCESS", errors);
        match(lines.join(), /"list":\["\*\*\*",\{"deep":"\*\*\*"\}\]/);
        doesNotMatch(lines.join() + errors, new RegExp(SECRET));
      }
    }
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = `${file.parentPath}/${file.name}`;
      if (path.includes("/conf/")) continue; // The plugin itself has it, to compare with.
      doesNotMatch(await readFile(path, "latin1"), new RegExp(SECRET), path);
    }
  }));
