/**
 * Words into a tree. From loosest to tightest:
 *
 * ```text
 * a if c else b    c ? a : b
 * or  ||
 * and  &&
 * not
 * ==  !=  <  <=  >  >=  in  not in  is  is not
 * +  -
 * *  /  //  %
 * -x  +x  !x
 * x | filter
 * x.name  x[index]  f(x)
 * ```
 *
 * A hyphen between two letters or digits belongs to the name
 * (`matrix.python-version`); to subtract, put spaces around it. A `?` directly
 * behind a path means that it may be missing; with a space before it, it
 * decides between two values.
 *
 * @module
 */
import { isForbiddenKey } from "../source/forbidden_key.ts";
import type {
  ArithmeticOperator,
  ComparisonOperator,
  HoleNode,
  LiteralNode,
  Located,
  MappingEntry,
  NamedArgument,
  Node,
  Step,
} from "./ast.ts";
import { heightOf } from "./ast.ts";
import { ExpressionError } from "./expression_error.ts";
import { HoleScanner } from "./hole.ts";
import { refusedKey } from "./json.ts";
import { Lexer, type LexerOptions, type Token } from "./lexer.ts";

/**
 * The longest expression. It bounds evaluation too: there are no loops, so each
 * node is evaluated once at most.
 */
export const MAX_EXPRESSION_CHARS = 10_000;

/** How deeply an expression may be nested. */
export const MAX_EXPRESSION_DEPTH = 100;

/** Which language to parse. */
export interface ParseOptions {
  /** Whether `${{ … }}` stands for a value, as in conditions. @default false */
  readonly holes?: boolean;
}

/**
 * Parses one expression.
 *
 * @throws {ExpressionError} with the name `SyntaxError` and the place.
 */
export function parse(text: string, options: ParseOptions = {}): Node {
  if (text.length > MAX_EXPRESSION_CHARS) {
    const message = `Cannot read an expression of more than ${MAX_EXPRESSION_CHARS} characters`;
    throw new ExpressionError(message, { name: "SyntaxError", end: text.length });
  }
  const range = { start: 0, end: text.length, holes: options.holes ?? false };
  const root = new Parser(text, range, 0).parseWhole();
  if (heightOf(root) > MAX_EXPRESSION_DEPTH) throw tooNested(root);
  return root;
}

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ["null", null],
  ["None", null],
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
]);

const METHOD_MESSAGE =
  'Cannot call a part of a value; to change the value, write a filter behind it: value | split("/")';

const RESERVED: ReadonlySet<string> = new Set(["and", "or", "not", "in", "is", "if", "else"]);

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ["==", "=="],
  ["!=", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);

const SUMS: ReadonlyMap<string, ArithmeticOperator> = new Map([["+", "+"], ["-", "-"]]);

const PRODUCTS: ReadonlyMap<string, ArithmeticOperator> = new Map([
  ["*", "*"],
  ["/", "/"],
  ["//", "//"],
  ["%", "%"],
]);

class Parser {
  readonly #text: string;
  readonly #options: LexerOptions;
  readonly #lexer: Lexer;
  #token: Token;
  /** Offset behind the last word that was passed over. */
  #passedEnd = 0;
  #depth: number;

  constructor(text: string, options: LexerOptions, depth: number) {
    this.#text = text;
    this.#options = options;
    this.#lexer = new Lexer(text, options);
    this.#token = this.#lexer.next();
    this.#depth = depth;
  }

  parseWhole(): Node {
    if (this.#isAtEnd()) throw this.#wrong("There is no expression here", this.#options);
    const node = this.#conditional();
    if (!this.#isAtEnd()) throw this.#unexpected();
    return node;
  }

  #conditional(): Node {
    return this.#nested(() => {
      const value = this.#or();
      if (this.#takeWord("if")) {
        const condition = this.#or();
        if (!this.#takeWord("else")) throw this.#unexpected('"else" and the other value');
        const whenFalse = this.#conditional();
        return {
          kind: "conditional",
          condition,
          whenTrue: value,
          whenFalse,
          ...from(value, whenFalse),
        };
      }
      if (!this.#take("?")) return value;
      const whenTrue = this.#conditional();
      this.#expect(":");
      const whenFalse = this.#conditional();
      return {
        kind: "conditional",
        condition: value,
        whenTrue,
        whenFalse,
        ...from(value, whenFalse),
      };
    });
  }

  #or(): Node {
    return this.#logical("or", "||", () => this.#and());
  }

  #and(): Node {
    return this.#logical("and", "&&", () => this.#not());
  }

  #logical(operator: "and" | "or", symbol: string, operand: () => Node): Node {
    const first = operand();
    const operands = [first];
    while (this.#takeWord(operator) || this.#take(symbol)) operands.push(operand());
    const last = operands.at(-1) ?? first;
    return operands.length === 1
      ? first
      : { kind: "logical", operator, operands, ...from(first, last) };
  }

  #not(): Node {
    const { start } = this.#token;
    if (!this.#takeWord("not")) return this.#comparison();
    const operand = this.#nested(() => this.#not());
    return { kind: "unary", operator: "not", operand, start, end: operand.end };
  }

  #comparison(): Node {
    const first = this.#sum();
    const rest: { operator: ComparisonOperator; operand: Node }[] = [];
    let end = first.end;
    for (let operator = this.#comparator(); operator !== undefined; operator = this.#comparator()) {
      const operand = this.#sum();
      rest.push({ operator, operand });
      end = operand.end;
    }
    return rest.length === 0 ? first : { kind: "comparison", first, rest, start: first.start, end };
  }

  #comparator(): ComparisonOperator | undefined {
    if (this.#takeWord("in")) return "in";
    if (this.#takeWord("is")) return this.#takeWord("not") ? "!=" : "==";
    if (this.#takeWord("not")) {
      if (!this.#takeWord("in")) throw this.#unexpected('"in"');
      return "not in";
    }
    return this.#takeOneOf(COMPARISONS);
  }

  #sum(): Node {
    return this.#chain(SUMS, () => this.#product());
  }

  #product(): Node {
    return this.#chain(PRODUCTS, () => this.#unary());
  }

  #chain(operators: ReadonlyMap<string, ArithmeticOperator>, operand: () => Node): Node {
    let left = operand();
    for (;;) {
      const operator = this.#takeOneOf(operators);
      if (operator === undefined) return left;
      const right = operand();
      left = { kind: "arithmetic", operator, left, right, ...from(left, right) };
    }
  }

  #unary(): Node {
    const { start } = this.#token;
    const symbol = ["-", "+", "!"].find((each) => this.#take(each));
    if (symbol === undefined) return this.#filtered();
    const operand = this.#nested(() => this.#unary());
    const operator = symbol === "-" ? "-" : symbol === "+" ? "+" : "not";
    return { kind: "unary", operator, operand, start, end: operand.end };
  }

  #filtered(): Node {
    let input = this.#accessed();
    while (this.#take("|")) input = this.#filter(input);
    return input;
  }

  #filter(input: Node): Node {
    const { text: name, start: nameStart } = this.#filterName();
    const args: Node[] = [];
    const named: NamedArgument[] = [];
    if (this.#take("(")) this.#list(")", () => this.#argument(args, named));
    const end = this.#passedEnd;
    const text = this.#text.slice(nameStart, end);
    return { kind: "filter", input, name, nameStart, args, named, text, start: input.start, end };
  }

  #argument(args: Node[], named: NamedArgument[]): void {
    const value = this.#conditional();
    const isName = value.kind === "path" && value.steps.length === 0 && !value.optional;
    if (isName && this.#take("=")) {
      const given = this.#conditional();
      named.push({ name: value.root, value: given, ...from(value, given) });
    } else if (named.length === 0) args.push(value);
    else throw this.#wrong("Arguments by name come last; write this one before them", value);
  }

  #accessed(): Node {
    const { start } = this.#token;
    const isGroup = this.#isOperator("(");
    const object = this.#primary();
    const isPath = object.kind === "path" && !isGroup;
    const optional = isPath && this.#takeMark(object.end);
    const steps = this.#steps();
    if (!isPath && steps.length === 0) return object;
    const end = this.#passedEnd;
    const text = this.#text.slice(start, end);
    if (isPath) return { ...object, optional, steps, text, end };
    return { kind: "access", object, steps, text, start, end };
  }

  #steps(): readonly Step[] {
    const steps: Step[] = [];
    for (;;) {
      const { start } = this.#token;
      if (this.#isOperator(".")) steps.push(this.#nameStep(start));
      else if (this.#take("[")) steps.push(this.#indexStep(start));
      else if (this.#isOperator("(")) throw this.#wrong(METHOD_MESSAGE);
      else return steps;
    }
  }

  #nameStep(start: number): Step {
    const name = this.#lexer.stepName(this.#token.end);
    this.#advance();
    if (name === undefined) throw this.#unexpected("a name");
    this.#passedEnd = name.end;
    const optional = this.#takeMark(name.end);
    return { kind: "name", name: name.text, optional, start, end: this.#passedEnd };
  }

  #indexStep(start: number): Step {
    const index = this.#conditional();
    this.#expect("]");
    const optional = this.#takeMark(this.#passedEnd);
    return { kind: "index", index, optional, start, end: this.#passedEnd };
  }

  #primary(): Node {
    const token = this.#token;
    const { start, end } = token;
    if (token.kind === "name") return this.#named(token);
    if (token.kind === "hole") return this.#hole(this.#advance());
    if (token.kind === "string") return this.#string(this.#advance());
    if (token.kind === "number") {
      this.#advance();
      return { kind: "literal", value: Number(token.text), start, end };
    }
    if (this.#take("(")) return this.#group(start);
    if (this.#take("[")) return this.#listLiteral(start);
    if (this.#take("{")) return this.#mapping(start);
    throw this.#unexpected("a value");
  }

  /** One value in parentheses is that value; with commas they hold a list, as `in` wants it in Python. */
  #group(start: number): Node {
    const first = this.#conditional();
    if (this.#take(")")) return first;
    this.#expect(",");
    const items = [first];
    this.#list(")", () => items.push(this.#conditional()));
    return { kind: "list", items, start, end: this.#passedEnd };
  }

  #named(token: Token): Node {
    const { text, start, end } = token;
    if (RESERVED.has(text)) throw this.#unexpected("a value");
    this.#advance();
    const constant = CONSTANTS.get(text);
    if (constant !== undefined) return { kind: "literal", value: constant, start, end };
    if (!this.#take("(")) {
      return { kind: "path", root: text, optional: false, steps: [], text, start, end };
    }
    const args: Node[] = [];
    this.#list(")", () => args.push(this.#conditional()));
    return { kind: "call", name: text, args, start, end: this.#passedEnd };
  }

  #listLiteral(start: number): Node {
    const items: Node[] = [];
    this.#list("]", () => items.push(this.#conditional()));
    return { kind: "list", items, start, end: this.#passedEnd };
  }

  #mapping(start: number): Node {
    const entries: MappingEntry[] = [];
    this.#list("}", () => entries.push(this.#entry()));
    return { kind: "mapping", entries, start, end: this.#passedEnd };
  }

  #entry(): MappingEntry {
    const key = this.#token;
    if (key.kind !== "string" && key.kind !== "number") throw this.#unexpected("a quoted name");
    const name = key.kind === "string" ? unescaped(key.text) : key.text;
    if (isForbiddenKey(name)) throw refusedKey(name).placedAt(key.start, key.end);
    this.#advance();
    this.#expect(":");
    const value = this.#conditional();
    return { name, value, start: key.start, end: value.end };
  }

  /** Reads elements up to `close`, with commas between; one more may stand at the end. */
  #list(close: string, element: () => void): void {
    while (!this.#take(close)) {
      element();
      if (!this.#isOperator(close)) this.#expect(",");
    }
  }

  #string(token: Token): Node {
    const { text, start, end } = token;
    const scanner = new HoleScanner(this.#text, end - 1);
    const isQuoted = this.#options.holes && scanner.startFrom(start + 1) !== undefined;
    if (!isQuoted) return { kind: "literal", value: unescaped(text), start, end };
    return { kind: "quoted", parts: this.#quotedParts(token, scanner), start, end };
  }

  #quotedParts(token: Token, scanner: HoleScanner): readonly (LiteralNode | HoleNode)[] {
    const parts: (LiteralNode | HoleNode)[] = [];
    const end = token.end - 1;
    for (let at = token.start + 1; at < end;) {
      const start = scanner.startFrom(at) ?? end;
      if (start > at) parts.push(this.#literalText(at, start));
      const behind = start < end ? scanner.endOf(start) ?? end : end;
      if (start < end) parts.push(this.#hole({ start, end: behind }));
      at = behind;
    }
    return parts;
  }

  #literalText(start: number, end: number): LiteralNode {
    return { kind: "literal", value: unescaped(this.#text.slice(start, end)), start, end };
  }

  #hole({ start, end }: Located): HoleNode {
    const range = { start: start + 3, end: end - 2, holes: false };
    const expression = new Parser(this.#text, range, this.#depth).parseWhole();
    return { kind: "hole", expression, start, end };
  }

  /** Recursion stops here, before it could exhaust the stack. */
  #nested(parse: () => Node): Node {
    if (++this.#depth > MAX_EXPRESSION_DEPTH) throw tooNested(this.#token);
    const node = parse();
    this.#depth--;
    return node;
  }

  /** Passes over the current word and returns it. */
  #advance(): Token {
    const passed = this.#token;
    this.#passedEnd = passed.end;
    this.#token = this.#lexer.next();
    return passed;
  }

  #isAtEnd(): boolean {
    return this.#token.kind === "end";
  }

  #isOperator(symbol: string): boolean {
    return this.#token.kind === "operator" && this.#token.text === symbol;
  }

  #take(symbol: string): boolean {
    const taken = this.#isOperator(symbol);
    if (taken) this.#advance();
    return taken;
  }

  #takeWord(word: string): boolean {
    const taken = this.#token.kind === "name" && this.#token.text === word;
    if (taken) this.#advance();
    return taken;
  }

  #takeOneOf<Operator>(operators: ReadonlyMap<string, Operator>): Operator | undefined {
    const operator = this.#token.kind === "operator" ? operators.get(this.#token.text) : undefined;
    if (operator !== undefined) this.#advance();
    return operator;
  }

  /** A `?` that stands directly behind what ends at `end`. */
  #takeMark(end: number): boolean {
    return this.#token.start === end && this.#take("?");
  }

  #filterName(): Token {
    if (this.#token.kind !== "name") throw this.#unexpected("the name of a filter");
    return this.#advance();
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(`"${symbol}"`);
  }

  #unexpected(expected?: string): ExpressionError {
    if (this.#isAtEnd()) {
      return this.#wrong(`Cannot end the expression here: ${expected ?? "a value"} should follow`);
    }
    const found = this.#text.slice(this.#token.start, this.#token.end);
    const reason = expected === undefined
      ? "the expression is complete before it"
      : `${expected} should follow`;
    const hint = found === "=" ? '; to compare, write "=="' : "";
    return this.#wrong(`Cannot read "${found}" here: ${reason}${hint}`);
  }

  #wrong(message: string, { start, end }: Located = this.#token): ExpressionError {
    return new ExpressionError(message, { name: "SyntaxError", start, end });
  }
}

function tooNested({ start, end }: Located): ExpressionError {
  const message = `Cannot read an expression that is nested more than ${MAX_EXPRESSION_DEPTH} deep`;
  return new ExpressionError(message, { name: "SyntaxError", start, end });
}

function from(first: Located, last: Located): Located {
  return { start: first.start, end: last.end };
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\\'"/bfnrt]))/g;

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** A backslash before any other character is just that, as in Python. */
function unescaped(text: string): string {
  return text.replace(ESCAPE, (_, unicode?: string, byte?: string, char = "") => {
    const code = unicode ?? byte;
    return code === undefined ? ESCAPED.get(char) ?? char : String.fromCharCode(parseInt(code, 16));
  });
}
