/**
 * Lines as terminals colour them. Only colours and weights are taken; whatever
 * else a line asks a terminal for is left out.
 *
 * @module
 */

/**
 * A piece of a line.
 *
 * @typedef {object} Piece
 * @property {string} text
 * @property {string} className
 */

/** What asks a terminal for something: colours end with `m`. */
const CONTROL = String.raw`\x1b\[([0-9;:]*)([@-~])`;
/** What talks to the program around a terminal: titles, links. */
const COMMAND = String.raw`\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?`;
/** All else that is not to be seen. */
const UNSEEN = String.raw`\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1f\x7f]`;
const ESCAPES = new RegExp([CONTROL, COMMAND, UNSEEN].join("|"), "g");

/** @type {ReadonlyMap<number, string>} */
const WEIGHTS = new Map(
  Object.entries({
    1: "ansi-bold",
    2: "ansi-dim",
    3: "ansi-italic",
    4: "ansi-underline",
  }).map(([code, name]) => [Number(code), name]),
);

/**
 * A line without what colours it.
 *
 * @param {string} line
 * @returns {string}
 */
export function plainText(line) {
  return line.replace(ESCAPES, "");
}

/**
 * The pieces of a line.
 *
 * @param {string} line
 * @returns {readonly Piece[]}
 */
export function piecesOf(line) {
  /** @type {Piece[]} */
  const pieces = [];
  const style = { colour: "", weights: new Set() };
  let from = 0;
  const add = (/** @type {number} */ to) => {
    if (to === from) return;
    const className = [style.colour, ...style.weights].filter(Boolean).join(" ");
    pieces.push({ text: line.slice(from, to), className });
  };
  for (const { index, 0: escape, 1: codes, 2: final } of line.matchAll(ESCAPES)) {
    add(index);
    from = index + escape.length;
    if (final === "m") applyCodes((codes ?? "").split(/[;:]/).map(Number), style);
  }
  add(line.length);
  return pieces;
}

/**
 * Pieces with what was searched for marked in them.
 *
 * @param {readonly Piece[]} pieces
 * @param {string} query In lower case; empty for nothing.
 * @returns {readonly (Piece & { isMatch: boolean })[]}
 */
export function markedPieces(pieces, query) {
  if (query === "") return pieces.map((piece) => ({ ...piece, isMatch: false }));
  const text = pieces.map((piece) => piece.text).join("").toLowerCase();
  /** @type {number[]} */
  const edges = [];
  for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) {
    edges.push(at, at + query.length);
  }
  const marked = [];
  let start = 0;
  for (const { text, className } of pieces) {
    const end = start + text.length;
    const cuts = [start, ...edges.filter((edge) => edge > start && edge < end), end];
    for (const [index, cut] of cuts.slice(0, -1).entries()) {
      const isMatch = edges.findLastIndex((edge) => edge <= cut) % 2 === 0;
      marked.push({
        text: text.slice(cut - start, (cuts[index + 1] ?? end) - start),
        className,
        isMatch,
      });
    }
    start = end;
  }
  return marked;
}

/**
 * @param {readonly number[]} codes
 * @param {{ colour: string, weights: Set<unknown> }} style
 */
function applyCodes(codes, style) {
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const weight = WEIGHTS.get(code);
    if (code === 0) {
      style.colour = "";
      style.weights.clear();
    } else if (weight !== undefined) style.weights.add(weight);
    else if (code === 22) {
      for (const one of ["ansi-bold", "ansi-dim"]) style.weights.delete(one);
    } else if (code === 39) style.colour = "";
    else if (code >= 30 && code <= 37) style.colour = `ansi-${code - 30}`;
    else if (code >= 90 && code <= 97) style.colour = `ansi-${code - 90 + 8}`;
    else if (code === 38) {
      // Of 256 colours the first 16 are those above; the rest stay as they are.
      const colour = codes[at + 2] ?? 16;
      if (codes[at + 1] === 5 && colour < 16) style.colour = `ansi-${colour}`;
      at += codes[at + 1] === 5 ? 2 : 4;
    } else if (code === 48) at += codes[at + 1] === 5 ? 2 : 4;
  }
}
