/** An editor as the language server sees one: a real client, over the pipes of a real process. @module */
import { spawn } from "node:child_process";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { COMMAND } from "../command.ts";

/** A place as the protocol counts it: from 0. */
export interface LspPosition {
  readonly line: number;
  readonly character: number;
}

/** A diagnostic as it comes over the wire. */
export interface LspDiagnostic {
  readonly code: string;
  readonly message: string;
  readonly severity: number;
  readonly tags?: readonly number[];
  readonly range: { readonly start: LspPosition; readonly end: LspPosition };
}

/** What is published of one version of a document. */
export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly LspDiagnostic[];
}

/** How an editor starts its server. */
export interface EditorOptions {
  /** The program, with what comes before its own arguments. */
  readonly command?: readonly [string, ...string[]];
}

/** An editor with one server. */
export class Editor implements AsyncDisposable {
  readonly folder: string;
  readonly #connection: MessageConnection;
  readonly #exited: Promise<number | null>;
  readonly #published: Published[] = [];
  readonly #waiting: { accepts(found: Published): boolean; resolve(found: Published): void }[] = [];
  #isOver = false;

  constructor(folder: string, { command = COMMAND }: EditorOptions = {}) {
    this.folder = folder;
    const [program, ...before] = command;
    const child = spawn(program, [...before, "lsp", "--stdio"], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#exited = new Promise((resolve) => child.on("close", resolve));
    this.#connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    this.#connection.onNotification("textDocument/publishDiagnostics", (found: Published) => {
      this.#published.push(found);
      const at = this.#waiting.findIndex(({ accepts }) => accepts(found));
      if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(found);
    });
    this.#connection.listen();
  }

  /** Says hello, as editors do. */
  async begin(): Promise<void> {
    await this.ask("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(this.folder).href,
      capabilities: {},
    });
    await this.tell("initialized", {});
  }

  /** Asks for something. */
  ask<Answer = unknown>(method: string, params?: unknown): Promise<Answer> {
    return this.#connection.sendRequest<Answer>(method, params);
  }

  /** Tells something. */
  tell(method: string, params?: unknown): Promise<void> {
    return this.#connection.sendNotification(method, params);
  }

  /** The URI of a file of the folder. */
  uri(file: string): string {
    return pathToFileURL(join(this.folder, file)).href;
  }

  /** Opens a text and waits until it has been checked. */
  async open(file: string, text: string): Promise<Published> {
    const uri = this.uri(file);
    const checked = this.published(uri, 1);
    await this.tell("textDocument/didOpen", {
      textDocument: { uri, languageId: "yaml", version: 1, text },
    });
    return await checked;
  }

  /** Puts another text in its place. */
  async change(file: string, version: number, text: string): Promise<void> {
    await this.tell("textDocument/didChange", {
      textDocument: { uri: this.uri(file), version },
      contentChanges: [{ text }],
    });
  }

  /** What is published of a version of a document, as soon as it is. */
  published(uri: string, version: number): Promise<Published> {
    const accepts = (found: Published) => found.uri === uri && found.version === version;
    const known = this.#published.find(accepts);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.push({ accepts, resolve }));
  }

  /** What is published of a document next. */
  next(uri: string): Promise<Published> {
    return new Promise((resolve) =>
      this.#waiting.push({ accepts: (found) => found.uri === uri, resolve })
    );
  }

  /** The versions of which something was published, in order. */
  versionsOf(file: string): readonly (number | undefined)[] {
    return this.#published.filter(({ uri }) => uri === this.uri(file)).map((each) => each.version);
  }

  /** Says good-bye and waits for the exit code. */
  async end(): Promise<number | null> {
    this.#isOver = true;
    await this.ask("shutdown");
    await this.tell("exit");
    const code = await this.#exited;
    this.#connection.dispose();
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.end();
  }
}

/** The position of the first `|` in a text, and the text without it. */
export function marked(text: string): { readonly text: string; readonly position: LspPosition } {
  const at = text.indexOf("|");
  const lines = text.slice(0, at).split("\n");
  const position = { line: lines.length - 1, character: lines.at(-1)!.length };
  return { text: text.slice(0, at) + text.slice(at + 1), position };
}
