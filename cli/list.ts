/**
 * `sluice list`
 *
 * @module
 */
import type { Workflow } from "../core/model/workflow.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { SourceTexts, tellDiagnostics } from "./report_error.ts";
import { table } from "./table.ts";

/** Lists the workflows of the conf folder. Files that are broken are reported, and the others listed. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const { workflows, diagnostics } = await sluice.conf.list({ forget: true });
  const tag = invocation.value("tag");
  const listed = workflows.filter(({ tags }) => tag === undefined || tags.includes(tag));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (invocation.has("json")) printJson(printer, listed.map(documentOf));
  else if (listed.length > 0) printer.print(tableOf(listed, printer));
  else if (tag !== undefined || errors.length === 0) {
    printer.tell(nothing(tag, sluice.settings.confPath));
  }
  await tellDiagnostics(errors, {
    printer,
    texts: new SourceTexts(),
  });
  return EXIT.ok;
}

function tableOf(workflows: readonly Workflow[], printer: Printer): string {
  const { columns } = printer.size();
  return table(workflows, [
    { title: "NAME", text: ({ name }) => name, color: () => "cyan" },
    { title: "STARTS", text: (workflow) => triggersOf(workflow).join(", ") },
    { title: "FILE", text: ({ document }) => plainPath(document.file), color: () => "dim" },
    { title: "DESCRIPTION", text: ({ description }) => description.split("\n")[0] ?? "" },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}

function documentOf(workflow: Workflow): unknown {
  const { name, description, tags, document, params } = workflow;
  return {
    name,
    description,
    tags,
    triggers: triggersOf(workflow),
    params: [...params].map(([name, { type, required, description }]) => ({
      ...{ name, type, required, description },
    })),
    file: document.file,
  };
}

/** What starts a workflow by itself, in a few words each. */
function triggersOf({ triggers }: Workflow): readonly string[] {
  const { schedules, releases, others } = triggers;
  const starts = [
    ...schedules.map(({ text, timezone }) => timezone === "UTC" ? text : `${text} ${timezone}`),
    ...releases.map(({ workflow }) => `after ${workflow}`),
    ...others.map(({ type }) => type),
  ];
  return starts.length === 0 ? ["by hand"] : starts;
}

function plainPath(path: string): string {
  return path.replace(/^\.\//, "");
}

function nothing(tag: string | undefined, folder: string): string {
  return tag === undefined
    ? `There is no workflow in "${folder}": "sluice init" makes a first one`
    : `No workflow in "${folder}" has the tag "${tag}"`;
}
