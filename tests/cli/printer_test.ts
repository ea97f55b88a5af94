import { deepEqual } from "node:assert/strict";
import { openPrinter } from "../../cli/printer.ts";
import { test } from "../harness.ts";

function sizeOf(columns: number, rows: number): unknown {
  return openPrinter(() => ({ stdoutIsTty: true, stderrIsTty: true, columns, rows }), {}).size();
}

test("a printer takes a terminal without a size for one of the usual size", () => {
  deepEqual(sizeOf(0, 0), { columns: 80, rows: 24 });
  deepEqual(sizeOf(120, 30), { columns: 120, rows: 30 });
});
