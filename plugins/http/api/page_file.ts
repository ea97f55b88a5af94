/**
 * The files of the page, as the endpoint serves them.
 *
 * @module
 */

/** A file of the page. */
export interface PageFile {
  /** Its media type: `text/html; charset=utf-8`. */
  readonly type: string;
  /** What is in it. */
  readonly body: string;
}

/**
 * The files by path: `/` is the page itself; others are `/page/<name>`.
 * Served without a token, with a strict content security policy: scripts and
 * styles come from files of their own, never from within the page, and nothing
 * from other hosts. Paths that are not among these and not below `/api`,
 * `/hooks` are not found: let the page keep its place behind the `#`.
 *
 * `plugins/http/page/mod.ts` exports them as `PAGE_FILES`.
 */
export type PageFiles = ReadonlyMap<string, PageFile>;
