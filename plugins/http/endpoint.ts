/**
 * What all routes work with.
 *
 * @module
 */
import type { ConfSurvey, SurveyListing } from "../../core/engine/conf_survey.ts";
import { surveySchedules } from "../../core/engine/schedule_survey.ts";
import type { ScheduledWorkflow } from "../../core/schedule/scheduled_workflow.ts";
import type { Sluice } from "../../preset.ts";
import { tooMany } from "./access/guard.ts";
import { Sessions } from "./access/sessions.ts";
import { TokenTable } from "./access/tokens.ts";
import { KeptAnswers } from "./kept_answers.ts";
import { Metrics } from "./metrics.ts";
import { NewestRuns } from "./newest_runs.ts";
import { DEFAULT_LIMITS, type HttpLimits, type HttpOptions } from "./options.ts";
import { ProblemAnswer } from "./problems.ts";
import { RunReader } from "./run_reader.ts";
import { RunStarter } from "./run_starter.ts";
import { ChangeFeed } from "./streams/change_feed.ts";
import { eventStream, type StreamSource } from "./streams/event_stream.ts";
import { RunFeeds } from "./streams/run_feeds.ts";

/** The parts of the endpoint. */
export class Endpoint {
  /** The engine with all that belongs to it. */
  readonly sluice: Sluice;
  /** How it is set up. */
  readonly options: HttpOptions;
  /** What bounds it. */
  readonly limits: HttpLimits;
  /** Aborted when it is to end. */
  readonly ending: AbortSignal;
  /** Who may ask. */
  readonly tokens: TokenTable;
  /** Browsers that have signed in. */
  readonly sessions: Sessions;
  /** Reads runs. */
  readonly reader: RunReader;
  /** Answers that stay as they are, for those who may read. */
  readonly kept: KeptAnswers;
  /** Finds the newest runs of many workflows. */
  readonly newest: NewestRuns;
  /** Starts runs. */
  readonly starter: RunStarter;
  /** Follows runs. */
  readonly feeds: RunFeeds;
  /** Follows the list of runs. */
  readonly changes: ChangeFeed;
  /** Told what goes wrong in the endpoint itself. */
  readonly warn: (message: string) => void;
  /** Counts. */
  readonly metrics: Metrics = new Metrics();
  #streams = 0;
  #survey: ConfSurvey<ScheduledWorkflow> | undefined;
  #surveying: Promise<SurveyListing<ScheduledWorkflow>> | undefined;

  /** @param sluice Whose endpoint this is. */
  constructor(sluice: Sluice, options: HttpOptions) {
    const { engine } = sluice;
    const warn = options.warn ?? writeWarning;
    this.warn = warn;
    this.sluice = sluice;
    this.options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.ending = options.signal ?? new AbortController().signal;
    this.tokens = new TokenTable(options.tokens ?? []);
    this.sessions = new Sessions(() => engine.now());
    this.kept = new KeptAnswers(() => engine.now());
    this.reader = new RunReader(engine, this.kept);
    this.newest = new NewestRuns(engine);
    this.feeds = new RunFeeds(engine, sluice.log);
    this.changes = new ChangeFeed(engine, this.reader);
    const { reader, limits, ending } = this;
    this.starter = new RunStarter({ sluice, reader, limits, ending, warn });
    const telling = engine.tell({
      name: "http",
      events: (runId, events) => {
        this.metrics.count(events);
        this.feeds.wake(runId);
        this.kept.forget(runId);
        if (events.some(({ type }) => CHANGES.includes(type))) this.changes.wake();
      },
    });
    ending.addEventListener("abort", () => telling[Symbol.dispose](), { once: true });
  }

  /** The workflows that start by themselves, as a scheduler finds them; who asks meanwhile is answered with them. */
  scheduled(): Promise<SurveyListing<ScheduledWorkflow>> {
    this.#survey ??= surveySchedules(this.sluice).survey;
    return this.#surveying ??= this.#survey.list().finally(() => this.#surveying = undefined);
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams;
  }

  /** Throws a {@linkcode ProblemAnswer} when there is no room for another stream. */
  refuseMoreStreams(): void {
    if (this.ending.aborted) throw new ProblemAnswer("ending", "The server is about to end");
    if (this.#streams >= this.limits.streams) throw tooMany("streams", this.limits.streams);
  }

  /** Answers with a stream, if there is room for one; `closed` is called once it has ended. */
  stream(source: StreamSource, closed: () => void = () => {}): Response {
    this.refuseMoreStreams();
    this.#streams++;
    return eventStream(source, {
      ending: this.ending,
      ended: () => {
        this.#streams--;
        closed();
      },
    });
  }
}

const CHANGES: readonly string[] = ["run.started", "cancel.requested", "run.settled"];

function writeWarning(message: string): void {
  // deno-lint-ignore sluice/console-in-cli -- a program that gives no `warn` should still see what went wrong
  console.error(`warning: ${message}`);
}
