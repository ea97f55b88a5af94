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

const PARAMS: readonly OptionSpec[] = [
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
];
const SETTLE: readonly OptionSpec[] = [
  {
    name: "settle",
    value: "JOB/STAGE=STATUS",
    many: true,
    summary: "do not run a stage: it ends as success, failed or skip",
  },
  { name: "outputs", value: "JSON", summary: "with --settle: what the stage leaves" },
  { name: "why", value: "TEXT", summary: "with --settle: the reason that is recorded" },
];

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "Run a workflow",
    operands: [WORKFLOW],
    options: [
      ...PARAMS,
      CHOSEN,
      { name: "run-id", value: "ID", summary: "the id of the run (default a new one)" },
      { name: "timeout", value: "TIME", summary: "how long the run may take: seconds, 90s, 1h30m" },
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
      ...SETTLE,
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
    name: "rerun",
    summary: "Run again what failed, or from a chosen job or stage on",
    operands: [{
      ...RUN,
      summary: `${RUN.summary}; or a .json file with the context that a run left`,
    }],
    options: [
      {
        name: "from",
        value: "JOB[/STAGE]",
        summary: "where to begin (default what failed); the stages before it are kept",
      },
      { name: "keep-stages", summary: "keep the stages before the one that failed, too" },
      ...SETTLE,
      ...PARAMS,
      { name: "force", summary: "take other parameters than the earlier run had" },
      {
        name: "workflow",
        short: "w",
        value: "WORKFLOW",
        completion: "workflow",
        summary: "the workflow (default the one of the run's name in the conf folder)",
      },
      { name: "run-id", value: "ID", summary: "the id of the new run (default a new one)" },
      { name: "timeout", value: "TIME", summary: "how long the run may take: seconds, 90s, 1h30m" },
      JSON_DOCUMENT,
      QUIET,
      VERBOSE,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice rerun last", "what failed in the newest run, and what depends on it"],
      ["sluice rerun last --from load/store", "one stage and all behind it"],
      [
        "sluice rerun last --settle load/store=success --why 'stored by hand'",
        "as if a stage had succeeded",
      ],
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
        choices: ["text", "json", "sarif", "github"],
        summary: "for people (text), programs (json), code scanners (sarif), or Actions (github)",
      },
      { name: "json", summary: "the same as --format json" },
      { name: "fix", summary: "write the names that were probably meant into the files" },
      { name: "verbose", short: "v", summary: "show when each schedule fires next" },
      {
        name: "no-shellcheck",
        summary: "do not ask shellcheck about scripts, where it is installed",
      },
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
    options: [...PARAMS, CHOSEN, JSON_DOCUMENT, CONF, STATE],
    examples: [
      ["sluice plan hello", "its jobs in order, with all that decides how they go"],
      ["sluice plan etl -p full:=true", "with the conditions that this decides"],
    ],
  },
  {
    name: "graph",
    summary: "Draw the jobs of a workflow",
    operands: [WORKFLOW],
    options: [
      {
        name: "format",
        value: "FORMAT",
        choices: ["text", "mermaid", "dot", "svg"],
        summary: "text (the default), svg, mermaid, or dot for Graphviz",
      },
      CHOSEN,
      { name: "json", summary: "print the jobs and what they wait for as JSON" },
      CONF,
      STATE,
    ],
    examples: [["sluice graph etl --format svg > etl.svg", "as a picture"]],
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
        summary: "only of this status: running, wait, success, failed, skip, cancel",
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
      {
        name: "format",
        value: "FORMAT",
        choices: ["text", "svg"],
        summary: "text (the default), or svg: a picture of its jobs",
      },
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
    name: "timeline",
    summary: "Show when everything in a run was under way",
    operands: [RUN],
    options: [
      {
        name: "format",
        value: "FORMAT",
        choices: ["text", "svg"],
        summary: "text (the default), or svg: a picture",
      },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice timeline last", "the newest run, as bars of characters"],
      ["sluice timeline last --format svg > run.svg", "as a picture"],
    ],
  },
  {
    name: "logs",
    summary: "Print what the stages of a run printed",
    operands: [RUN, {
      name: "STAGE",
      summary: "a job, a leg, or a stage by its name, id, path or address",
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
    name: "serve",
    summary: "Serve the endpoint and its page",
    operands: [],
    options: [
      { name: "port", value: "N", summary: "the port (default 8642; 0 for any that is free)" },
      { name: "host", value: "HOST", summary: "the interface to listen on (default 127.0.0.1)" },
      {
        name: "token-file",
        value: "FILE",
        completion: "file",
        summary: "where the first token stands, or is to be made (default http/token in --state)",
      },
      { name: "schedule", summary: "start workflows when their time has come, too" },
      { name: "json", summary: "print the address and the token file as JSON" },
      CONF,
      STATE,
    ],
    examples: [
      ["sluice serve", "for this machine alone, with a token that is made at the first start"],
      ["sluice serve --schedule --port 8080", "with the scheduler in the same process"],
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
      { name: "days", value: "N", summary: "for so many days (default 1 of all, no end of one)" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice next", "what starts within a day"],
      ["sluice next --days 7 --json", "the calendar of a week, for programs"],
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
    name: "trace",
    summary: "Show what runs did, as the settings' traces keep it",
    operands: [
      { name: "ACTION", summary: "list, show or prune" },
      { name: "RUN", summary: "show: the id of the run", optional: true, completion: "run" },
    ],
    options: [
      { name: "from", value: "TRACE", summary: "only the trace of this type, file or sqlite" },
      { name: "keep", value: "N", summary: "prune: keep so many of the newest runs" },
      {
        name: "keep-days",
        value: "N",
        summary: "prune: keep what was last heard of N days ago or later",
      },
      { name: "dry-run", summary: "prune: only say what would be removed" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice trace show last", "what the newest run did, line by line"],
      ["sluice trace prune --keep-days 30", "forget what is older than a month"],
    ],
  },
  {
    name: "prune",
    summary: "Remove old runs with all that they printed",
    operands: [],
    options: [
      { name: "keep", value: "N", summary: "keep so many of the newest runs" },
      { name: "keep-days", value: "N", summary: "keep runs that ended in the last N days" },
      { name: "compact", summary: "make the journal's file smaller afterwards" },
      { name: "dry-run", summary: "show what would be removed and remove nothing" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice prune", "what the retention of the settings does not keep"],
      ["sluice prune --keep-days 30", "all that ended more than a month ago"],
      ["sluice prune --keep 100 --keep-days 7 --dry-run", "what both of them would let go"],
    ],
  },
  {
    name: "explain",
    summary: "Say why a run, a job or a stage ran, was skipped or failed",
    operands: [RUN, {
      name: "JOB",
      summary: "the job, or JOB/STAGE; without it all jobs",
      optional: true,
    }],
    options: [JSON_DOCUMENT, CONF, STATE],
    examples: [
      ["sluice explain last", "why each of its jobs ended as it did"],
      [
        "sluice explain last load/fetch",
        "the condition of a stage, part by part, and its attempts",
      ],
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
    summary: "Show the records of finished runs, verify, sign or prune them",
    operands: [
      { name: "ACTION", summary: "list, query, verify, prune, keygen or sign" },
      {
        name: "WORKFLOW",
        summary: "list, query: only the records of this workflow",
        optional: true,
        completion: "workflow",
      },
    ],
    options: [
      { name: "limit", short: "n", value: "N", summary: "list at most so many (default 50)" },
      { name: "since", value: "WHEN", summary: "list, query: only logical dates from here on" },
      { name: "until", value: "WHEN", summary: "list, query: only logical dates before this one" },
      {
        name: "type",
        value: "TYPE",
        many: true,
        summary: "list, query: normal, rerun, event, force or execute",
      },
      { name: "run", value: "ID", summary: "list, query: only this run" },
      { name: "from", value: "AUDIT", summary: "only the audit of this type, file or sqlite" },
      {
        name: "head",
        value: "HEAD",
        many: true,
        summary: "verify: what an earlier verification gave",
      },
      {
        name: "key",
        value: "FILE",
        many: true,
        completion: "file",
        summary: "verify: check signed checkpoints; sign, keygen: the key that signs",
      },
      {
        name: "checkpoint",
        value: "FILE",
        many: true,
        completion: "file",
        summary: "verify: checkpoints that were kept elsewhere",
      },
      { name: "keep", value: "N", summary: "prune: keep so many of each workflow's newest" },
      {
        name: "keep-days",
        value: "N",
        summary: "prune: keep those that ended N days ago or later",
      },
      { name: "dry-run", summary: "prune: only say what would be removed" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice audit list etl", "the newest records of a workflow"],
      ["sluice audit query --since 2026-01-01 | jq .context.status", "whole records, one a line"],
      ["sluice audit verify", "whether anything was changed, removed or slipped in"],
      ["sluice audit sign --key audit.key", "vouch for it with an Ed25519 key"],
    ],
  },
  {
    name: "lsp",
    summary: "Serve an editor: the language server, on standard input and output",
    operands: [],
    options: [
      { name: "stdio", summary: "the same; editors like to say so" },
      CONF,
    ],
    examples: [["sluice lsp", "what an editor starts; see docs/editors.md"]],
  },
  {
    name: "permissions",
    summary: "Show what Deno must be allowed for a workflow, and why",
    operands: [WORKFLOW],
    options: [
      {
        name: "format",
        value: "FORMAT",
        choices: ["table", "flags", "deno.json"],
        summary: "how to show it (default table)",
      },
      CHOSEN,
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice permissions etl", "each permission with its reason"],
      [
        "deno run $(sluice permissions etl --format flags) jsr:@sluice/sluice/cli run etl",
        "a run that may do this and nothing else",
      ],
    ],
  },
  {
    name: "plugin",
    summary: "Add, list or remove plugins, or make a new one",
    operands: [
      { name: "ACTION", summary: "add, list, remove or new" },
      {
        name: "PLUGIN",
        summary: "where it comes from; for new: its name",
        optional: true,
        many: true,
        completion: "file",
      },
    ],
    options: [
      { name: "grant", summary: "add: grant what it asks for" },
      JSON_DOCUMENT,
      CONF,
      STATE,
    ],
    examples: [
      ["sluice plugin new greet", "a folder with a stage, its test and its deno.json"],
      ["sluice plugin add ./greet/mod.ts", "install a plugin; paths start at the conf folder"],
      ["sluice plugin add npm:weather@1.2.3 --grant", "and grant it what it asks for"],
      ["sluice plugin add", "install again all that the settings and the lock file list"],
    ],
  },
  {
    name: "config",
    summary: "Show each setting, and where its value came from",
    operands: [],
    options: [JSON_DOCUMENT, CONF, STATE],
    examples: [["sluice config", "what may be a secret is not shown"]],
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of workflow files",
    operands: [],
    options: [CONF],
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
