/**
 * What a stage kind wants to open, looked at before it goes into the journal:
 * a kind may come from a plugin, and a bad opening could not be taken back.
 *
 * @module
 */
import { ExpressionError } from "../expr/expression_error.ts";
import type { Branch, Expansion, Refusal } from "../plan/expansion.ts";
import type { StageState } from "./state.ts";
