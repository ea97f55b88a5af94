/**
 * The secrets of one attempt: which of its fields see them, and what is hidden
 * in whatever comes of it.
 *
 * @module
 */
import type { EmbeddedCode, Embedding } from "../expr/embed.ts";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { entryOf } from "../expr/view.ts";
import { takesSecrets } from "../model/stage_syntax.ts";
import type { Redactor } from "../plugin/redaction/redactor.ts";
import type { StageKind } from "../plugin/stage_kind.ts";
import type { Failure, Outcome } from "../run/event.ts";
import { withBindings } from "./language.ts";
import { plainValues } from "./plain_values.ts";
import { type RunSecrets, textsWithSecrets } from "./run_secrets.ts";

/** How an attempt ended. */
export interface Ending {
  readonly outcome: Outcome;
  readonly outputs: ValueObject;
  readonly failure?: Failure;
}

/** The secrets of one attempt. */
export class AttemptSecrets {
  readonly #run: RunSecrets;
  /** Hides the run's secrets, and what was computed with one for this attempt. */
  redactor: Redactor;

  /**
   * Makes those of an attempt that has not begun.
   *
   * @param run The run's secrets.
   */
  constructor(run: RunSecrets) {
    this.#run = run;
    this.redactor = run.redactor;
  }

  /** What the expressions in a field see: only those that take secrets see any. */
  contextOf(field: string, kind: StageKind, context: EvaluationContext): EvaluationContext {
    const { view } = this.#run;
    if (view === undefined || !takesSecrets(kind, field)) return context;
    return withBindings(context, { secrets: view });
  }

  /** The secrets that a kind is handed by name. */
  handedTo({ secretNames = [] }: StageKind): Readonly<Record<string, string>> {
    const { view } = this.#run;
    if (view === undefined) return {};
    return Object.fromEntries(secretNames.flatMap((name) => {
      const value = entryOf(view, name);
      return typeof value === "string" ? [[name, value]] : [];
    }));
  }

  /** Hides from now on whatever rendering made of a secret. */
  taint(written: Value, rendered: Value): void {
    if (!this.redactor.active) return;
    const texts = Array.from(textsWithSecrets(written, rendered));
    const computed = texts.filter((text) => this.redactor.text(text) === text);
    this.redactor = this.redactor.with(computed);
  }

  /** Hides from now on whatever the templates of code made of a secret. */
  taintCode(embedding: Embedding, { values }: EmbeddedCode): void {
    if (!this.redactor.active || !embedding.ok) return;
    for (const { expression, variable } of embedding.script.holes) {
      this.taint(`\${{${expression}}}`, values[variable] ?? null);
    }
  }

  /** What may be told of how the attempt ended. */
  hideIn(ending: Ending): Ending {
    if (!this.redactor.active) return ending;
    const { outcome, outputs, failure } = ending;
    const hidden = { outcome, outputs: this.#valuesOf(outputs) };
    return failure === undefined ? hidden : { ...hidden, failure: this.#failureOf(failure) };
  }

  #failureOf({ details, name, message, ...rest }: Failure): Failure {
    return {
      ...rest,
      name: this.redactor.text(name),
      message: this.redactor.text(message),
      ...(details && { details: this.#valuesOf(details) }),
    };
  }

  #valuesOf(values: ValueObject): ValueObject {
    return plainValues(this.redactor.value(values));
  }
}
