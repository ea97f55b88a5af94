/**
 * `sluice graph`
 *
 * @module
 */
import { pictureOfPlan } from "../core/engine/render/graph_picture.ts";
import { graphSvg } from "../core/engine/render/graph_svg.ts";
import { GRAPH_FORMATS, jobGraph } from "../core/engine/render/job_graph.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { planFor } from "./plan.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";

/** Draws the jobs of a workflow. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const plan = await planFor(sluice, invocation);
  if (invocation.value("format") === "svg" && !invocation.has("json")) {
    printer.print(graphSvg(pictureOfPlan(plan)));
    return EXIT.ok;
  }
  const format = GRAPH_FORMATS.find((known) => known === invocation.value("format")) ?? "text";
  if (invocation.has("json")) {
    printJson(printer, plan.jobs.map(({ id, needs }) => ({ id, needs })));
  } else printer.print(jobGraph(plan, format));
  return EXIT.ok;
}
