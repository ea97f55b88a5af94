/**
 * What the types of expressions are found with, and what is said on the way.
 *
 * @module
 */
import type { Located, Node } from "../../expr/ast.ts";
import type { FilterTable, FunctionTable } from "../../expr/evaluation_context.ts";
import type { ObjectType, Type } from "./type.ts";

/** Something wrong in an expression. Offsets are those of the text that was parsed. */
export interface TypeProblem extends Located {
  /** The code of the diagnostic. */
  readonly code: string;
  /** How bad it is. @default "error" */
  readonly severity?: "error" | "warning";
  /** What is so. */
  readonly message: string;
  /** What to write instead, where that is plain: some text for a stretch of the old one. */
  readonly fix?: Located & { readonly text: string };
}

/** What the types of expressions are found with. */
export interface TypeFacts {
  /** The names that expressions see. */
  readonly context: ObjectType;
  /** What can be called. */
  readonly functions: FunctionTable;
  /** What can stand behind a bar. */
  readonly filters: FilterTable;
  /** Takes what is wrong. */
  readonly report: (problem: TypeProblem) => void;
}

/** Finds the type of a part of an expression. */
export type TypeOf = (node: Node) => Type;
