/**
 * All commands, as they are written on the command line.
 *
 * @module
 */
import type { CommandSpec, OperandSpec, OptionSpec } from "./command_spec.ts";

const CONF: OptionSpec = {
  name: "conf",
  value: "DIR",
  completion: "file",
  summary: 'the folder with workflows (default "./conf")',
};
const STATE: OptionSpec = {
  name: "state",
  value: "DIR",
  completion: "file",
  summary: 'where runs and their output are kept (default ".sluice"; SLUICE_STATE)',
};
const JSON_DOCUMENT: OptionSpec = { name: "json", summary: "print one JSON document" };
const QUIET: OptionSpec = { name: "quiet", short: "q", summary: "show no progress" };
const VERBOSE: OptionSpec = {
  name: "verbose",
  short: "v",
  summary: "show all that stages print, where it is piped",
};
const CHOSEN: OptionSpec = {
  name: "workflow",
  short: "w",
  value: "NAME",
  summary: "which workflow of a file that has several",
};
const WORKFLOW: OperandSpec = {
  name: "WORKFLOW",
  summary: "a workflow of the conf folder, a file, FILE#NAME, or - for standard input",
  completion: "workflow",
};
const RUN: OperandSpec = {
  name: "RUN",
  summary: 'the id of a run, the start of it, or "last"',
  completion: "run",
};

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "Run a workflow",
    operands: [WORKFLOW],
    options: [
      {
        name: "param",
        short: "p",
        value: "NAME=VALUE",
        many: true,
        summary: "a parameter as text; NAME:=VALUE takes JSON",
      },
      {
        name: "params",
        value: "JSON|FILE",
        completion: "file",
        many: true,
        summary: "parameters as a JSON mapping, or a .json or .yml file with one",
      },
      CHOSEN,
      { name: "run-id", value: "ID", summary: "the id of the run (default a new one)" },
      { name: "timeout", value: "SECONDS", summary: "how long the run may take" },
      { name: "max-parallel", value: "N", summary: "how many jobs may run at once" },
      JSON_DOCUMENT,
      { name: "info", summary: "with --json: also when everything began and ended" },
      QUIET,
      VERBOSE,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice run hello", "a workflow of the conf folder"],
      ["sluice run etl.yml -p date=2026-01-31 -p 'sizes:=[1, 2]'", "a file, with parameters"],
      ["sluice run hello --json | jq .status", "for programs"],
    ],
  },
  {
    name: "resume",
    summary: "Take up runs whose engine died",
    operands: [{ ...RUN, optional: true, summary: `${RUN.summary}; without it all of them` }],
    options: [
      JSON_DOCUMENT,
      QUIET,
      VERBOSE,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice resume", "every run that was interrupted"],
      ["sluice resume last", "the newest run"],
    ],
  },
  {
    name: "check",
    summary: "Find what is wrong with workflow files",
    operands: [{
      name: "FILE",
      summary: "the files, or - for standard input; without any the conf folder",
      optional: true,
      many: true,
      completion: "file",
    }],
    options: [
      {
        name: "format",
        value: "FORMAT",
        choices: ["text", "json"],
        summary: "for people (text) or programs (json)",
      },
      { name: "json", summary: "the same as --format json" },
      { name: "fix", summary: "write the names that were probably meant into the files" },
      CONF,
      STATE,
    ],
    examples: [
      ["sluice check", "the whole conf folder"],
      ["sluice check etl.yml --format json", "one file, for an editor"],
    ],
  },
  {
    name: "list",
    summary: "List the workflows of the conf folder",
    operands: [],
    options: [
      { name: "tag", value: "TAG", summary: "only those with this tag" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [["sluice list --tag nightly", "those with a tag"]],
  },
  {
    name: "plan",
    summary: "Show what a run would do",
    operands: [WORKFLOW],
    options: [CHOSEN, JSON_DOCUMENT, CONF, STATE],
    examples: [["sluice plan hello", "its jobs in order, with all that decides how they go"]],
  },
  {
    name: "graph",
    summary: "Draw the jobs of a workflow",
    operands: [WORKFLOW],
    options: [
      {
        name: "format",
        value: "FORMAT",
        choices: ["text", "mermaid", "dot"],
        summary: "text (the default), mermaid, or dot for Graphviz",
      },
      CHOSEN,
      { name: "json", summary: "print the jobs and what they wait for as JSON" },
      CONF,
      STATE,
    ],
    examples: [["sluice graph etl --format dot | dot -Tsvg > etl.svg", "as a picture"]],
  },
  {
    name: "runs",
    summary: "List the newest runs",
    operands: [],
    options: [
      {
        name: "workflow",
        short: "w",
        value: "NAME",
        completion: "workflow",
        summary: "only of this workflow",
      },
      {
        name: "status",
        value: "STATUS",
        many: true,
        summary: "only of this status: running, success, failed, skip, cancel",
      },
      { name: "limit", short: "n", value: "N", summary: "at most so many (default 50)" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [["sluice runs --status failed -n 5", "the last failures"]],
  },
  {
    name: "show",
    summary: "Show how a run went",
    operands: [RUN],
    options: [
      { name: "at", value: "N", summary: "as it was after its first N events" },
      { name: "events", summary: "the events themselves" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice show last", "the newest run"],
      ["sluice show last --at 12", "as it was after its first twelve events"],
    ],
  },
  {
    name: "logs",
    summary: "Print what the stages of a run printed",
    operands: [RUN, {
      name: "STAGE",
      summary: "a job, a stage by its name, or its full path as shown",
      optional: true,
    }],
    options: [
      { name: "follow", short: "f", summary: "go on until the run has ended" },
      { name: "json", summary: "print each line as JSON" },
      CONF,
      STATE,
    ],
    examples: [
      ["sluice logs last", "all output of the newest run"],
      ["sluice logs last greet -f", "of one job, while it runs"],
    ],
  },
  {
    name: "cancel",
    summary: "End a run early",
    operands: [RUN],
    options: [
      { name: "why", value: "TEXT", summary: "the reason that is recorded" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [["sluice cancel last --why 'wrong date'", "the newest run"]],
  },
  {
    name: "schedule",
    summary: "Start workflows when their time has come",
    operands: [
      {
        name: "ACTION",
        summary: "status, pause or resume; without one it starts workflows until it is ended",
        optional: true,
      },
      {
        name: "WORKFLOW",
        summary: "the workflows to pause, to resume or to show",
        optional: true,
        many: true,
        completion: "workflow",
      },
    ],
    options: [
      { name: "once", summary: "start what is due now, wait for it, and end" },
      { name: "max-runs", value: "N", summary: "how many runs may be under way (default 16)" },
      {
        name: "reload",
        value: "SECONDS",
        summary: "how often to look for changed files (default 10)",
      },
      { name: "json", summary: "print what happens, or how things stand, as JSON" },
      CONF,
      STATE,
    ],
    examples: [
      ["sluice schedule", "until it is ended"],
      ["sluice schedule --once", "from a systemd timer or a Kubernetes CronJob"],
      ["sluice schedule status", "what comes, what ran, and what was missed (exit code 1)"],
      ["sluice schedule pause etl", "start nothing of it any more"],
    ],
  },
  {
    name: "next",
    summary: "Show when workflows start next",
    operands: [{ ...WORKFLOW, optional: true, summary: `${WORKFLOW.summary}; without it all` }],
    options: [
      {
        name: "limit",
        short: "n",
        value: "N",
        summary: "at most so many (default 10; 50 of all)",
      },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice next", "what starts within a day"],
      ["sluice next etl -n 3", "the next three slots of a workflow"],
    ],
  },
  {
    name: "backfill",
    summary: "Run a workflow for slots of the past",
    operands: [WORKFLOW],
    options: [
      { name: "from", value: "TIME", summary: "the first day or time that counts" },
      { name: "to", value: "TIME", summary: "the last day or time that counts" },
      { name: "parallel", value: "N", summary: "how many runs at once (default 1)" },
      { name: "dry-run", summary: "show the slots and run none" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice backfill etl --from 2026-01-01 --to 2026-01-31 --dry-run", "which slots those are"],
      ["sluice backfill etl --from 2026-01-01 --to 2026-01-31 --parallel 4", "four at a time"],
    ],
  },
  {
    name: "prune",
    summary: "Remove old runs with all that they printed",
    operands: [],
    options: [
      { name: "keep", value: "N", summary: "keep so many of the newest runs" },
      { name: "keep-days", value: "N", summary: "keep runs that ended in the last N days" },
      { name: "dry-run", summary: "show what would be removed and remove nothing" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice prune --keep-days 30", "all that ended more than a month ago"],
      ["sluice prune --keep 100 --keep-days 7 --dry-run", "what both of them would let go"],
    ],
  },
  {
    name: "replay",
    summary: "Decide a run once more, from what is recorded of it",
    operands: [RUN],
    options: [
      {
        name: "workflow",
        short: "w",
        value: "WORKFLOW",
        completion: "workflow",
        summary: "by this workflow instead of the one that it was started with",
      },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice replay last", "whether this version would have decided the same"],
      ["sluice replay last --workflow etl.yml", "what the file as it is now would have made of it"],
    ],
  },
  {
    name: "audit",
    summary: "Show the records of finished runs, or verify them",
    operands: [
      { name: "ACTION", summary: "list or verify" },
      {
        name: "WORKFLOW",
        summary: "whose records to list",
        optional: true,
        completion: "workflow",
      },
    ],
    options: [
      { name: "limit", short: "n", value: "N", summary: "list at most so many (default 50)" },
      { name: "head", value: "HEAD", summary: "verify: what an earlier verification gave" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice audit list etl", "the newest records of a workflow"],
      ["sluice audit verify", "whether anything was changed, removed or slipped in"],
    ],
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of workflow files",
    operands: [],
    options: [],
    examples: [["sluice schema > sluice.schema.json", "for an editor"]],
  },
  {
    name: "init",
    summary: "Make a conf folder with a first workflow",
    operands: [{
      name: "DIR",
      summary: 'the folder (default "conf")',
      optional: true,
      completion: "file",
    }],
    options: [JSON_DOCUMENT],
    examples: [["sluice init && sluice run hello", "a first run"]],
  },
  {
    name: "version",
    summary: "Print the version",
    operands: [],
    options: [JSON_DOCUMENT],
    examples: [],
  },
];
