import { deepEqual } from "node:assert/strict";
import { failureLines } from "../../core/engine/render/tree_row.ts";
import { test } from "../harness.ts";

function linesOf(stderr: string, code: number | null): readonly string[] {
  return failureLines({
    ...{ name: "StageError", retryable: true, details: { return_code: code } },
    message: `Subprocess: ${stderr}\n\t\`\`\`bash\n\texit 7\n\t\`\`\``,
  });
}

test("failureLines() tells the exit code of a script, above all where it said nothing", () => {
  deepEqual(linesOf("", 7), ["StageError: exit code 7"]);
  deepEqual(linesOf("no such table\nin x.db", 7), [
    "StageError: exit code 7: no such table",
    "in x.db",
  ]);
});

test("failureLines() tells no exit code of a script that a signal ended", () => {
  const said = "The script was ended by SIGKILL";
  deepEqual(linesOf(said, -9), [`StageError: ${said}`]);
  deepEqual(linesOf("gone", null), ["StageError: Subprocess: gone"]);
});
