/**
 * The language server: takes what an editor asks on standard input, asks the
 * language, and answers on standard output. It knows nothing by itself.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import process from "node:process";
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
  type WorkspaceEdit,
} from "vscode-languageserver";
import { createConnection } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Analysis } from "../../core/language/analysis.ts";
import { completionsAt } from "../../core/language/completion.ts";
import { hoverAt } from "../../core/language/hover.ts";
import { outlineOf } from "../../core/language/outline.ts";
import { renamableAt, renameAt } from "../../core/language/rename.ts";
import {
  definitionOf,
  type Occurrence,
  occurrenceAt,
  placesOf,
} from "../../core/language/symbols.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
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
}

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
    if (again) this.#checked.delete(uri);
    if (this.#checking.has(uri)) return;
    this.#checking.add(uri);
    this.#checkUntilCurrent(uri).catch((error) => this.#options.warn(String(error)))
      .finally(() => this.#checking.delete(uri));
  }

  async #checkUntilCurrent(uri: string): Promise<void> {
    for (;;) {
      const document = this.#documents.get(uri);
      if (document === undefined || this.#workspace === undefined) return;
      if (this.#checked.get(uri)?.version === document.version) return;
      const { version } = document;
      const diagnostics = await this.#workspace.check(openText(document));
      if (this.#documents.get(uri)?.version !== version) continue;
      this.#checked.set(uri, { version, diagnostics });
      await this.#connection.sendDiagnostics({
        ...{ uri, version },
        diagnostics: diagnostics.map((found) => lspDiagnostic(document, found)),
      });
    }
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
    const { file, text } = openText(document);
    const facts = await this.#workspace.facts();
    const found = completionsAt(text, document.offsetAt(at.position), { file, facts });
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
    return placesOf(named.symbol, asked.analysis)
      .filter(({ isDefinition }) => includeDeclaration || !isDefinition)
      .flatMap((place) => this.#location(place, asked) ?? []);
  }

  #location(place: Occurrence, { document, analysis }: Asked): Location | undefined {
    const { file } = place;
    if (file === analysis.document.file) {
      return { uri: document.uri, range: rangeOf(document, place) };
    }
    const other = analysis.facts.workflows.find((workflow) => workflow.document.file === file);
    if (other === undefined) return undefined;
    const uri = pathToFileURL(file).href;
    return { uri, range: rangeOf(TextDocument.create(uri, "yaml", 0, other.document.text), place) };
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
    const { document, analysis, offset } = asked;
    const renamed = renameAt(analysis, offset, { to: newName });
    if (!renamed.ok) return new ResponseError(ErrorCodes.InvalidRequest, renamed.message);
    const edits = renamed.edits.map((place) => ({
      range: rangeOf(document, place),
      newText: newName,
    }));
    return { changes: { [document.uri]: edits } };
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
