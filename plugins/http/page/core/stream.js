/**
 * Following what happens. A browser opens few connections to one server, so a
 * page that nobody looks at lets go of its streams and takes them up later
 * where it was.
 *
 * @module
 */
import { routeOf } from "./api.js";
import { onEnd } from "./signal.js";

/**
 * How a stream is followed.
 *
 * @typedef {object} Following
 * @property {Readonly<Record<string, string | number | null | undefined>>} [query]
 * @property {number} [from] The position to begin behind; absent for a stream without positions.
 * @property {(data: never) => void} message Told of each message.
 * @property {() => void} [ended] Told once, when nothing more will come.
 */

/**
 * Follows a stream until it or the scope ends.
 *
 * @param {readonly string[]} path
 * @param {Following} following
 */
export function follow(path, { query = {}, from, message, ended = () => {} }) {
  let position = from;
  /** @type {EventSource | undefined} */
  let source;
  const close = () => {
    source?.close();
    source = undefined;
  };
  const open = () => {
    const opened = new EventSource(routeOf(path, { ...query, from: position }));
    source = opened;
    /** @type {Function} */
    const tell = message;
    opened.addEventListener("message", ({ data, lastEventId }) => {
      if (lastEventId !== "") position = Number(lastEventId);
      tell(JSON.parse(data));
    });
    opened.addEventListener("end", finish);
    opened.addEventListener("error", () => {
      // Else the browser tries again by itself, from where it was.
      if (opened.readyState === EventSource.CLOSED) finish();
    });
  };
  const turn = () => {
    if (document.hidden) close();
    else if (source === undefined) open();
  };
  const leave = () => {
    document.removeEventListener("visibilitychange", turn);
    close();
  };
  const finish = () => {
    leave();
    ended();
  };
  document.addEventListener("visibilitychange", turn);
  onEnd(leave);
  turn();
}
