/**
 * Values that tell who read them that they have changed. Effects that follow
 * from one another run together, before the browser draws.
 *
 * @module
 */

/**
 * A value that changes.
 *
 * @template T
 * @typedef {object} Signal
 * @property {T} value Reading it within an effect means being run again when it changes.
 * @property {() => T} peek Reads it without that.
 */

/**
 * What is to be undone once nobody needs it any more.
 *
 * @typedef {(() => void)[]} Scope
 */

/**
 * @typedef {object} Effect
 * @property {() => void} run
 * @property {boolean} ended
 * @property {Set<Set<Effect>>} sources
 */

/** So often one change may cause another before something must be wrong. */
const MAX_ROUNDS = 100;

/** @type {Effect | undefined} */
let reader;
/** @type {Scope | undefined} */
let owner;
/** @type {Set<Effect>} */
let waiting = new Set();

/**
 * Makes a value that changes.
 *
 * @template T
 * @param {T} initial
 * @returns {Signal<T>}
 */
export function signal(initial) {
  let value = initial;
  /** @type {Set<Effect>} */
  const readers = new Set();
  return {
    get value() {
      if (reader !== undefined) {
        readers.add(reader);
        reader.sources.add(readers);
      }
      return value;
    },
    set value(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const effect of readers) schedule(effect);
    },
    peek: () => value,
  };
}

/**
 * A value that follows from others.
 *
 * @template T
 * @param {() => T} compute
 * @returns {Signal<T>}
 */
export function computed(compute) {
  const result = signal(untracked(compute));
  effect(() => {
    result.value = compute();
  });
  return result;
}

/**
 * Runs now, and again whenever something that it read has changed, until the
 * scope that it stands in ends.
 *
 * @param {() => void} body
 */
export function effect(body) {
  /** @type {Scope} */
  let scope = [];
  /** @type {Effect} */
  const self = {
    sources: new Set(),
    ended: false,
    run() {
      stop();
      scope = [];
      within({ scope, effect: self }, body);
    },
  };
  const stop = () => {
    for (const readers of self.sources) readers.delete(self);
    self.sources.clear();
    end(scope);
  };
  onEnd(() => {
    self.ended = true;
    stop();
  });
  self.run();
}

/**
 * Runs something whose effects end when the function that it gives is called.
 *
 * @template T
 * @param {() => T} body
 * @returns {{ result: T, end: () => void }}
 */
export function root(body) {
  /** @type {Scope} */
  const scope = [];
  const result = within({ scope, effect: undefined }, body);
  return { result, end: () => end(scope) };
}

/**
 * Calls back when the scope that is being made ends.
 *
 * @param {() => void} undo
 */
export function onEnd(undo) {
  owner?.push(undo);
}

/**
 * Reads without being told of changes.
 *
 * @template T
 * @param {() => T} body
 * @returns {T}
 */
export function untracked(body) {
  return within({ scope: owner, effect: undefined }, body);
}

/**
 * @template T
 * @param {{ scope: Scope | undefined, effect: Effect | undefined }} context
 * @param {() => T} body
 * @returns {T}
 */
function within({ scope, effect }, body) {
  const [outerOwner, outerReader] = [owner, reader];
  [owner, reader] = [scope, effect];
  try {
    return body();
  } finally {
    [owner, reader] = [outerOwner, outerReader];
  }
}

/** @param {Scope} scope */
function end(scope) {
  for (const undo of scope.splice(0).reverse()) undo();
}

/** @param {Effect} effect */
function schedule(effect) {
  if (waiting.size === 0) queueMicrotask(settle);
  waiting.add(effect);
}

function settle() {
  for (let round = 0; waiting.size > 0; round++) {
    if (round === MAX_ROUNDS) throw new Error("Internal error: effects cause one another for ever");
    const effects = waiting;
    waiting = new Set();
    // One that ran before it may have ended the scope of a later one.
    for (const effect of effects) if (!effect.ended) effect.run();
  }
}
