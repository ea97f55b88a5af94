/** P11: what it costs to evaluate an expression that has been compiled. @module */
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import {
  BUILTIN_FILTERS,
  BUILTIN_FUNCTIONS,
  type EvaluationContext,
  parseExpression,
  type Value,
} from "../core/expr/mod.ts";
import { type Bench, inTurns, type Measured, median } from "./bench.ts";

const RUNS = 31;
const EVALUATIONS = 20_000;

// Nothing but this file needs it, so it is no dependency of the project.
const CEL: string = "npm:@marcbachmann/cel-js@8";

const CONTEXT: Readonly<Record<string, Value>> = {
  params: {
    ...{ rows: 120, full: false, force: true, dry: false, env: "stage", name: "etl" },
    ...{ ref: "refs/tags/v1.2.3", branches: ["dev", "next", "main"] },
  },
  needs: { extract: { result: "success", outputs: { rows: 3 } } },
  stages: { read: { outputs: { meta: { rows: 7, files: ["a.csv", "b.csv"] } } } },
  matrix: { os: "linux", "node": 20 },
};

/** One expression in each language; ours is also that of GitHub Actions. */
interface Subject {
  readonly ours: string;
  readonly cel: string;
}

const SUBJECTS: readonly Subject[] = [
  same("params.rows > 10"),
  same("needs.extract.result == 'success'"),
  same("params.full && needs.extract.result == 'success' || params.force"),
  same("stages.read.outputs.meta.rows"),
  same("stages.read.outputs.meta.files[1]"),
  { ours: "contains(params.branches, 'main')", cel: "'main' in params.branches" },
  { ours: "startsWith(params.ref, 'refs/tags/')", cel: "params.ref.startsWith('refs/tags/')" },
  same("!params.dry && (params.env == 'prod' || params.env == 'stage') && params.rows != 0"),
];

function same(text: string): Subject {
  return { ours: text, cel: text };
}

/** Eight expressions against two evaluators; what is reported is the pair in which ours does worst. */
export const expressions: Bench = {
  id: "P11",
  title: `${
    EVALUATIONS / 1_000
  }k evaluations of a compiled expression, the worst of ${SUBJECTS.length}`,
  budget: 1,
  async measure() {
    const cel = await celPeer();
    const pairs: Pair[] = [];
    for (const subject of SUBJECTS) {
      pairs.push(await pairOf(subject, { what: "@actions/expressions", prepare: actionsPeer }));
      pairs.push(await pairOf(subject, { what: "cel-js", prepare: cel }));
    }
    const worst = pairs.reduce((one, other) => other.ratio > one.ratio ? other : one);
    const note = pairs.map(({ subject, peer, ratio }) =>
      `${subject.ours} ${peer} ${ratio.toFixed(2)}`
    );
    return { ...worst.measured, note: note.join("; ") };
  },
};

interface Pair {
  readonly subject: Subject;
  readonly peer: string;
  readonly ratio: number;
  readonly measured: Omit<Measured, "note">;
}

type Evaluate = () => unknown;

interface Peer {
  readonly what: string;
  readonly prepare: (subject: Subject) => Evaluate;
}

async function pairOf(subject: Subject, { what, prepare }: Peer): Promise<Pair> {
  const [own, other] = [oursFor(subject), prepare(subject)];
  if (JSON.stringify(own()) !== JSON.stringify(other())) {
    throw new Error(`Cannot compare "${subject.ours}": ${what} comes to something else`);
  }
  const { ours, floor } = await inTurns(RUNS, { ours: repeated(own), floor: repeated(other) });
  return {
    ...{ subject, peer: what, ratio: median(ours) / median(floor) },
    measured: {
      ours: { what: `sluice, ${subject.ours}`, samplesMs: ours },
      floor: { what, samplesMs: floor },
    },
  };
}

function repeated(evaluate: Evaluate): () => Promise<void> {
  return () => {
    for (let count = 0; count < EVALUATIONS; count++) evaluate();
    return Promise.resolve();
  };
}

function oursFor({ ours }: Subject): Evaluate {
  const expression = parseExpression(ours);
  const context: EvaluationContext = {
    lookup: (name) => Object.hasOwn(CONTEXT, name) ? CONTEXT[name] : undefined,
    functions: BUILTIN_FUNCTIONS,
    filters: BUILTIN_FILTERS,
    nowMs: 0,
    status: "success",
  };
  return () => expression.evaluate(context);
}

function actionsPeer({ ours }: Subject): Evaluate {
  const { tokens } = new Lexer(ours).lex();
  const root = new Parser(tokens, Object.keys(CONTEXT), []).parse();
  const context = dictionaryOf(CONTEXT);
  return () => plainOf(new Evaluator(root, context).evaluate());
}

/** The value alone; a text, a number and a truth carry theirs. */
function plainOf(value: data.ExpressionData): unknown {
  return "value" in value ? value.value : null;
}

function dataOf(value: Value): data.ExpressionData {
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(dataOf));
  return value === null ? new data.Null() : dictionaryOf(Object(value));
}

function dictionaryOf(mapping: Readonly<Record<string, Value>>): data.Dictionary {
  const pairs = Object.entries(mapping).map(([key, value]) => ({ key, value: dataOf(value) }));
  return new data.Dictionary(...pairs);
}

async function celPeer(): Promise<Peer["prepare"]> {
  const { parse } = await import(CEL);
  return ({ cel }) => {
    const compiled = parse(cel);
    return () => compiled(CONTEXT);
  };
}
