/**
 * What the language says, in the words of the Language Server Protocol.
 *
 * @module
 */
import {
  type CodeAction,
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic as LspDiagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentSymbol,
  type Position as LspPosition,
  type Range,
  SymbolKind,
  type TextEdit,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Located } from "../../core/expr/ast.ts";
import type { Completions } from "../../core/language/completion.ts";
import type { Completion, CompletionKind } from "../../core/language/completion_item.ts";
import type { OutlineEntry } from "../../core/language/outline.ts";
import { TextOffsets } from "../../core/language/text_offsets.ts";
import type { Diagnostic, Severity } from "../../core/source/diagnostic.ts";
import type { Span } from "../../core/source/span.ts";

/** Where in a document. */
export function rangeOf(document: TextDocument, { start, end }: Located): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** The same for a place by line and column. */
export function rangeOfSpan(document: TextDocument, span: Span): Range {
  return rangeOf(document, new TextOffsets(document.getText()).of(span));
}

/** A diagnostic. Places in other files are left out: their text is not at hand. */
export function lspDiagnostic(document: TextDocument, found: Diagnostic): LspDiagnostic {
  const { code, severity, message, notes = [], place, related = [] } = found;
  const here = related.filter((other) => other.place.file === place.file);
  return {
    ...{ code, message: [message, ...notes].join("\n"), source: "sluice" },
    severity: SEVERITIES[severity],
    range: rangeOfSpan(document, place.span),
    ...(UNNECESSARY.has(code) && { tags: [DiagnosticTag.Unnecessary] }),
    ...(here.length > 0 && {
      relatedInformation: here.map((other) => ({
        message: other.message,
        location: { uri: document.uri, range: rangeOfSpan(document, other.place.span) },
      })),
    }),
  };
}

/** What puts a diagnostic right, if something does. */
export function codeAction(document: TextDocument, found: Diagnostic): CodeAction | undefined {
  const { fix } = found;
  if (fix === undefined || fix.place.file !== found.place.file) return undefined;
  const range = rangeOfSpan(document, fix.place.span);
  return {
    title: `Write "${fix.text}" instead of "${document.getText(range)}"`,
    kind: CodeActionKind.QuickFix,
    diagnostics: [lspDiagnostic(document, found)],
    isPreferred: true,
    edit: { changes: { [document.uri]: [{ range, newText: fix.text }] } },
  };
}

/** What may be written. */
export function completionItems(document: TextDocument, found: Completions): CompletionItem[] {
  const range = rangeOf(document, found.replace);
  return found.items.map((item, at) => completionItem(item, at, { range, newText: item.text }));
}

/** The parts of a document. */
export function documentSymbol(document: TextDocument, entry: OutlineEntry): DocumentSymbol {
  const { kind, name, detail, range, nameRange, children } = entry;
  return {
    // A symbol without a name is refused by editors.
    ...{ name: name === "" ? kind : name, detail, kind: SYMBOLS[kind] },
    range: rangeOf(document, range),
    selectionRange: rangeOf(document, nameRange),
    children: children.map((child) => documentSymbol(document, child)),
  };
}

/** Whether two stretches have something in common. */
export function overlaps(one: Range, other: Range): boolean {
  return !isBefore(one.end, other.start) && !isBefore(other.end, one.start);
}

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** What editors fade out: it could be removed. */
const UNNECESSARY: ReadonlySet<string> = new Set([
  "param-unused",
  "key-inert",
  "need-duplicate",
  "job-unreachable",
]);

const COMPLETIONS: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  name: CompletionItemKind.Variable,
  property: CompletionItemKind.Property,
  function: CompletionItemKind.Function,
  filter: CompletionItemKind.Operator,
  value: CompletionItemKind.EnumMember,
  field: CompletionItemKind.Field,
  "stage-kind": CompletionItemKind.Class,
  job: CompletionItemKind.Reference,
  workflow: CompletionItemKind.Module,
};

const SYMBOLS: Readonly<Record<OutlineEntry["kind"], SymbolKind>> = {
  workflow: SymbolKind.Module,
  param: SymbolKind.Variable,
  job: SymbolKind.Class,
  stage: SymbolKind.Method,
};

function completionItem(
  { label, kind, detail, doc }: Completion,
  at: number,
  textEdit: TextEdit,
): CompletionItem {
  return {
    ...{ label, textEdit, kind: COMPLETIONS[kind] },
    // Editors sort by text; this keeps our order.
    sortText: String(at).padStart(4, "0"),
    ...(detail !== "" && { detail }),
    ...(doc !== "" && { documentation: { kind: "markdown", value: doc } }),
  };
}

function isBefore(one: LspPosition, other: LspPosition): boolean {
  return one.line < other.line || (one.line === other.line && one.character < other.character);
}
