/**
 * The language server: takes what an editor asks on standard input, asks the
 * language, and answers on standard output. It knows nothing by itself.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import {
  type CodeAction,
  type CompletionList,
  type Connection,
  type DocumentSymbol,
  ErrorCodes,
  type Hover,
  type InitializeParams,
  type InitializeResult,
  type Location,
  type PrepareRenameResult,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { createConnection } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Analysis } from "../../core/language/analysis.ts";
import { hoverAt } from "../../core/language/hover.ts";
import { outlineOf } from "../../core/language/outline.ts";
import { renamableAt, renameAt } from "../../core/language/rename.ts";
import {
  definitionOf,
  type Occurrence,
  occurrenceAt,
  placesOf,
  type SymbolKind,
} from "../../core/language/symbols.ts";
import { isWrittenMapping } from "../../core/model/written.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import type { CheckedFile } from "../../preset.ts";
import { VERSION } from "../../version.ts";
import {
  codeAction,
  completionItems,
  documentSymbol,
  lspDiagnostic,
  overlaps,
  rangeOf,
} from "./convert.ts";
import { type OpenText, Workspace } from "./workspace.ts";

/** How an editor is served. */
export interface ServeOptions {
  /** The folder with workflows. @default `conf` in the folder that the editor has open */
  readonly conf: string | undefined;
  /** Told what goes wrong beside the work; editors show it in a log. */
  readonly warn: (message: string) => void;
}

/** Serves one editor; whether it said good-bye before it left. */
export async function serveEditor(options: ServeOptions): Promise<boolean> {
  const connection = createConnection(process.stdin, process.stdout);
  const server = new EditorServer(connection, options);
  try {
    return await server.ended;
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** A place in a document, as the editor names it. */
interface At {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

interface Asked {
  readonly document: TextDocument;
  readonly analysis: Analysis;
  readonly offset: number;
}

/** What was found in a version of a document. */
interface Checked {
  readonly version: number;
  readonly diagnostics: readonly Diagnostic[];
  /** What its workflows offer to others. */
  readonly offers: Offers;
}

/** What each workflow of a file offers to those that start it, in one text. */
type Offers = ReadonlyMap<string, string>;

/** Of a document that is to be checked although it is as it was. */
const NO_VERSION = -1;

/** While somebody types, nothing is checked; so long a pause says that they stopped. */
const PAUSE_MS = 120;

class EditorServer {
  /** Settled when the editor has left; true if it said so before. */
  readonly ended: Promise<boolean>;
  readonly #connection: Connection;
  readonly #options: ServeOptions;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #checked = new Map<string, Checked>();
  /** Documents that are being checked; a change meanwhile is seen when that is over. */
  readonly #checking = new Set<string>();
  #workspace: Workspace | undefined;
  #saidGoodBye = false;

  constructor(connection: Connection, options: ServeOptions) {
    this.#connection = connection;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      const leave = () => resolve(this.#saidGoodBye);
      connection.onExit(leave);
      process.stdin.once("end", leave);
      process.stdin.once("close", leave);
    });
    this.#listen();
    this.#documents.listen(connection);
    connection.listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace?.[Symbol.asyncDispose]();
  }

  #listen(): void {
    const connection = this.#connection;
    connection.onInitialize((params) => this.#initialize(params));
    connection.onShutdown(() => {
      this.#saidGoodBye = true;
    });
    connection.onDidChangeWatchedFiles(() => {
      this.#workspace?.refresh();
      for (const { uri } of this.#documents.all()) this.#check(uri, { again: true });
    });
    this.#documents.onDidChangeContent(({ document }) => this.#check(document.uri));
    this.#documents.onDidSave(() => this.#workspace?.refresh());
    this.#documents.onDidClose(({ document }) => this.#close(document));
    connection.onCompletion((params) => this.#completion(params));
    connection.onHover((params) => this.#hover(params));
    connection.onDefinition((params) => this.#definition(params));
    connection.onReferences((params) => this.#references(params, params.context));
    connection.onPrepareRename((params) => this.#prepareRename(params));
    connection.onRenameRequest((params) => this.#rename(params, params.newName));
    connection.onDocumentSymbol(({ textDocument: { uri } }) => this.#symbols(uri));
    connection.onCodeAction(({ textDocument: { uri }, range }) => this.#actions(uri, range));
  }

  #initialize(params: InitializeParams): InitializeResult {
    const folder = params.workspaceFolders?.[0]?.uri ?? params.rootUri ?? undefined;
    this.#workspace = new Workspace({
      ...this.#options,
      root: folder === undefined ? undefined : fileOf(folder),
      texts: () => this.#documents.all().map(openText),
    });
    return {
      serverInfo: { name: "sluice", version: VERSION },
      capabilities: {
        textDocumentSync: {
          openClose: true,
          change: TextDocumentSyncKind.Incremental,
          save: true,
        },
        completionProvider: { triggerCharacters: [".", "{", "|", "[", " ", "'", '"'] },
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        documentSymbolProvider: true,
        codeActionProvider: { codeActionKinds: ["quickfix"] },
      },
    };
  }

  /** Checks the newest version of a document, again while newer ones come; what is stale is not told. */
  #check(uri: string, { again = false }: { readonly again?: boolean } = {}): void {
    const known = this.#checked.get(uri);
    if (again && known !== undefined) this.#checked.set(uri, { ...known, version: NO_VERSION });
    if (this.#checking.has(uri)) return;
    this.#checking.add(uri);
    this.#checkUntilCurrent(uri).catch((error) => this.#options.warn(String(error)))
      .finally(() => this.#checking.delete(uri));
  }

  async #checkUntilCurrent(uri: string): Promise<void> {
    for (;;) {
      const document = this.#documents.get(uri);
      if (document === undefined || this.#workspace === undefined) return;
      const before = this.#checked.get(uri);
      if (before?.version === document.version) return;
      const { version } = document;
      if (version > 1) await delay(PAUSE_MS);
      if (this.#documents.get(uri)?.version !== version) continue;
      const file = await this.#workspace.check(openText(document));
      if (this.#documents.get(uri)?.version !== version) continue;
      const { diagnostics } = file;
      const offers = offersOf(file);
      this.#checked.set(uri, { version, diagnostics, offers });
      await this.#connection.sendDiagnostics({
        ...{ uri, version },
        diagnostics: diagnostics.map((found) => lspDiagnostic(document, found)),
      });
      if (before !== undefined) {
        await this.#checkDependants(uri, { before: before.offers, now: offers });
      }
    }
  }

  /** Checks what starts or follows workflows that are called otherwise now, or take other parameters. */
  async #checkDependants(
    own: string,
    { before, now }: { readonly before: Offers; readonly now: Offers },
  ): Promise<void> {
    const changed = new Set(
      [...before.keys(), ...now.keys()].filter((name) => before.get(name) !== now.get(name)),
    );
    if (changed.size === 0) return;
    for (const document of this.#documents.all()) {
      const text = document.getText();
      const isDependant = document.uri !== own && [...changed].some((name) => text.includes(name));
      if (isDependant) this.#check(document.uri, { again: true });
    }
    for (const [file, text] of await this.#workspace?.dependants(changed) ?? []) {
      await this.#checkClosed(file, text);
    }
  }

  /** A file that nobody has open is checked as it is on disk. */
  async #checkClosed(file: string, text: string): Promise<void> {
    const found = await this.#workspace?.check({ file, text });
    const uri = pathToFileURL(file).href;
    if (found === undefined || this.#documents.get(uri) !== undefined) return;
    const document = TextDocument.create(uri, "yaml", 0, text);
    const diagnostics = found.diagnostics.map((each) => lspDiagnostic(document, each));
    await this.#connection.sendDiagnostics({ uri, diagnostics });
  }

  #close({ uri }: TextDocument): Promise<void> {
    this.#checked.delete(uri);
    this.#workspace?.close(fileOf(uri));
    return this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  async #asked({ textDocument: { uri }, position }: At): Promise<Asked | undefined> {
    const document = this.#documents.get(uri);
    if (document === undefined || this.#workspace === undefined) return undefined;
    const analysis = await this.#workspace.analysis(openText(document));
    return { document, analysis, offset: document.offsetAt(position) };
  }

  async #completion(at: At): Promise<CompletionList | undefined> {
    const document = this.#documents.get(at.textDocument.uri);
    if (document === undefined || this.#workspace === undefined) return undefined;
    const offset = document.offsetAt(at.position);
    const found = await this.#workspace.completions(openText(document), offset);
    return { isIncomplete: found.isIncomplete, items: completionItems(document, found) };
  }

  async #hover(at: At): Promise<Hover | undefined> {
    const asked = await this.#asked(at);
    const found = asked && hoverAt(asked.analysis, asked.offset);
    if (asked === undefined || found === undefined) return undefined;
    const { markdown, range } = found;
    return {
      contents: { kind: "markdown", value: markdown },
      range: rangeOf(asked.document, range),
    };
  }

  async #definition(at: At): Promise<Location | undefined> {
    const asked = await this.#asked(at);
    const named = asked && occurrenceAt(asked.analysis, asked.offset);
    if (asked === undefined || named === undefined) return undefined;
    const found = definitionOf(named.symbol, asked.analysis);
    return found && this.#location(found, asked);
  }

  async #references(
    at: At,
    { includeDeclaration }: { readonly includeDeclaration: boolean },
  ): Promise<Location[]> {
    const asked = await this.#asked(at);
    const named = asked && occurrenceAt(asked.analysis, asked.offset);
    if (asked === undefined || named === undefined) return [];
    const others = await this.#others(asked);
    return [asked.analysis, ...others]
      .flatMap((analysis) => placesOf(named.symbol, analysis))
      .filter(({ isDefinition }) => includeDeclaration || !isDefinition)
      .flatMap((place) => this.#location(place, asked, others) ?? []);
  }

  #location(
    place: Pick<Occurrence, "file" | "start" | "end">,
    { document, analysis }: Asked,
    others: readonly Analysis[] = [],
  ): Location | undefined {
    const { file } = place;
    if (file === analysis.document.file) {
      return { uri: document.uri, range: rangeOf(document, place) };
    }
    const text = others.find((other) => other.document.file === file)?.text ??
      analysis.facts.workflows.find((workflow) => workflow.document.file === file)?.document.text;
    if (text === undefined) return undefined;
    const uri = pathToFileURL(file).href;
    return { uri, range: rangeOf(TextDocument.create(uri, "yaml", 0, text), place) };
  }

  async #prepareRename(at: At): Promise<PrepareRenameResult | undefined> {
    const asked = await this.#asked(at);
    const found = asked && renamableAt(asked.analysis, asked.offset);
    if (asked === undefined || found === undefined) return undefined;
    return { range: rangeOf(asked.document, found.range), placeholder: found.symbol.name };
  }

  async #rename(at: At, newName: string): Promise<WorkspaceEdit | ResponseError | undefined> {
    const asked = await this.#asked(at);
    if (asked === undefined) return undefined;
    const { analysis, offset } = asked;
    const others = await this.#others(asked);
    const renamed = renameAt(analysis, offset, { to: newName, others });
    if (!renamed.ok) return new ResponseError(ErrorCodes.InvalidRequest, renamed.message);
    const changes: Record<string, TextEdit[]> = {};
    for (const edit of renamed.edits) {
      const location = this.#location(edit, asked, others);
      if (location === undefined) continue;
      const { uri, range } = location;
      (changes[uri] ??= []).push({ range, newText: newName });
    }
    return { changes };
  }

  /** The other files that may name what stands at the place that was asked about. */
  async #others({ document, analysis, offset }: Asked): Promise<readonly Analysis[]> {
    const named = occurrenceAt(analysis, offset);
    if (named === undefined || !SHARED.has(named.symbol.kind)) return [];
    return await this.#workspace?.othersWith(named.symbol.workflow, openText(document)) ?? [];
  }

  async #symbols(uri: string): Promise<DocumentSymbol[]> {
    const asked = await this.#asked({ textDocument: { uri }, position: { line: 0, character: 0 } });
    if (asked === undefined) return [];
    return outlineOf(asked.analysis).map((entry) => documentSymbol(asked.document, entry));
  }

  #actions(uri: string, range: Parameters<typeof overlaps>[0]): CodeAction[] {
    const document = this.#documents.get(uri);
    const checked = this.#checked.get(uri);
    // Of an older version, the places may be wrong by now.
    if (document === undefined || checked?.version !== document.version) return [];
    return checked.diagnostics.flatMap((found) => {
      const action = codeAction(document, found);
      const place = action?.diagnostics?.[0]?.range;
      return action !== undefined && place !== undefined && overlaps(place, range) ? [action] : [];
    });
  }
}

/** What other files name, too. */
const SHARED: ReadonlySet<SymbolKind> = new Set(["workflow", "param"]);

function offersOf({ workflows, partial }: CheckedFile): Offers {
  return new Map(
    [...workflows, ...partial].map(({ name, definition: { params, jobs } }) =>
      [name, JSON.stringify([params, shapeOf(jobs)])] as const
    ),
  );
}

/** Of jobs, others can read the outputs. */
function shapeOf(jobs: unknown): unknown {
  if (!isWrittenMapping(jobs)) return jobs;
  return Object.entries(jobs).map(([id, job]) => [id, isWrittenMapping(job) ? job.outputs : null]);
}

function openText(document: TextDocument): OpenText {
  return { file: fileOf(document.uri), text: document.getText(), version: document.version };
}

/** The file that a URI names; what is no file keeps its URI as its name. */
function fileOf(uri: string): string {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : uri;
  } catch {
    // It may name a file of another kind of system, which is then known by its URI alone.
    return uri;
  }
}
