/**
 * Looks at the workflows of a folder in a thread of its own, for a scheduler
 * that is to stay small.
 *
 * @module
 */
import { openSluice } from "../preset.ts";
import { type SurveyInput, surveyOf } from "./schedule_survey.ts";

/** The thread itself, as far as it is used. */
interface Thread {
  onmessage: ((message: { readonly data: SurveyInput }) => void) | null;
  postMessage(message: unknown): void;
}

function isThread(scope: object): scope is Thread {
  return "postMessage" in scope;
}

const thread: object = globalThis;

if (isThread(thread)) {
  thread.onmessage = ({ data }) => {
    answer(thread, data).catch((error: unknown) => reportError(error));
  };
  thread.postMessage("listening");
}

async function answer(thread: Thread, { conf, state }: SurveyInput): Promise<void> {
  await using sluice = await openSluice({ conf, state, audit: false });
  const { survey } = surveyOf(sluice);
  await survey.list();
  thread.postMessage(survey.seen());
}
