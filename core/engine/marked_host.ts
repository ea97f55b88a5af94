/**
 * The machine as one attempt sees it: whatever it starts carries its mark, so
 * that the next engine can end it should this one die.
 *
 * @module
 */
import { sha256Hex } from "../expr/sha256.ts";
import type { Host } from "../plugin/ports.ts";
import type { RunState } from "../run/state.ts";

/**
 * The mark of an attempt. The same for every engine that reads the run's
 * journal, and different from that of a run with the same id in another store.
 */
export function markOf({ id, startedAt }: RunState, attemptKey: string): string {
  return sha256Hex(`${startedAt} ${id}/${attemptKey}`);
}

/** The same machine, but what it starts carries this mark; it is not made for a stage that starts nothing. */
export function markedHost(host: Host, mark: () => string): Host {
  return {
    runtime: host.runtime,
    spawn: (command, options) => host.spawn(command, { ...options, mark: mark() }),
    open: (command, options) => host.open(command, { ...options, mark: mark() }),
    endMarked: (marks, options) => host.endMarked(marks, options),
    which: (command) => host.which(command),
    env: () => host.env(),
    cwd: () => host.cwd(),
    readText: (path, options) => host.readText(path, options),
    writeText: (path, text, options) => host.writeText(path, text, options),
    createText: (path, text, options) => host.createText(path, text, options),
    appendTextNow: (path, text, options) => host.appendTextNow(path, text, options),
    appendText: (path, text, options) => host.appendText(path, text, options),
    readLines: (path) => host.readLines(path),
    readPieces: (path, options) => host.readPieces(path, options),
    listFiles: (folder) => host.listFiles(folder),
    listNames: (folder) => host.listNames(folder),
    realPath: (path) => host.realPath(path),
    isFileNow: (path) => host.isFileNow(path),
    fileFacts: (path) => host.fileFacts(path),
    listLinks: (folder, options) => host.listLinks(folder, options),
    remove: (path) => host.remove(path),
    makeTempFolder: (prefix) => host.makeTempFolder(prefix),
  };
}
