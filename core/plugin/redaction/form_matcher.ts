/**
 * Finds many texts in one pass (Aho and Corasick, 1975): the time does not
 * grow with how many there are, and is linear in what is looked through
 * whatever it holds.
 *
 * @module
 */

/** The texts that are looked for, as a trie in which every node knows where to go on when it has no child that fits. */
export class FormMatcher {
  // Columns by node; 0 is the root, and as a child or sibling means none.
  readonly #unit: Int32Array;
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  readonly #fallback: Int32Array;
  readonly #depth: Int32Array;
  readonly #longest: Int32Array;
  /** The children of the root by ASCII unit: most steps begin there. */
  readonly #begins: Int32Array = new Int32Array(ASCII);

  /**
   * Takes what is looked for.
   *
   * @param forms All of it.
   */
  constructor(forms: Iterable<string>) {
    const trie = new Trie();
    for (const form of forms) trie.insert(form);
    const { unit, child, sibling, depth, longest } = trie;
    this.#unit = Int32Array.from(unit);
    this.#child = Int32Array.from(child);
    this.#sibling = Int32Array.from(sibling);
    this.#depth = Int32Array.from(depth);
    this.#longest = Int32Array.from(longest);
    this.#fallback = new Int32Array(unit.length);
    for (let at = 0; at < ASCII; at++) this.#begins[at] = this.#childOf(0, at);
    this.#connect();
  }

  /** The state behind one more UTF-16 code unit. The first state is 0. */
  step(state: number, unit: number): number {
    for (let node = state; node !== 0; node = this.#fallback[node] ?? 0) {
      const child = this.#childOf(node, unit);
      if (child !== 0) return child;
    }
    return unit < ASCII ? this.#begins[unit] ?? 0 : this.#childOf(0, unit);
  }

  /** How long the longest form is that ends in this state; 0 for none. */
  matchLength(state: number): number {
    return this.#longest[state] ?? 0;
  }

  /** How many of the last units may be the beginning of a form. */
  openLength(state: number): number {
    return this.#depth[state] ?? 0;
  }

  #childOf(node: number, unit: number): number {
    let child = this.#child[node] ?? 0;
    while (child !== 0 && this.#unit[child] !== unit) child = this.#sibling[child] ?? 0;
    return child;
  }

  /** Level by level: where a node falls back to stands above it. */
  #connect(): void {
    const queue = [0];
    for (const node of queue) {
      for (let child = this.#child[node] ?? 0; child !== 0; child = this.#sibling[child] ?? 0) {
        queue.push(child);
        if (node === 0) continue;
        const fallback = this.step(this.#fallback[node] ?? 0, this.#unit[child] ?? 0);
        this.#fallback[child] = fallback;
        this.#longest[child] ||= this.#longest[fallback] ?? 0;
      }
    }
  }
}

const ASCII = 128;

/** The columns while they grow. */
class Trie {
  readonly unit: number[] = [0];
  readonly child: number[] = [0];
  readonly sibling: number[] = [0];
  readonly depth: number[] = [0];
  readonly longest: number[] = [0];

  insert(form: string): void {
    let node = 0;
    for (let at = 0; at < form.length; at++) {
      const unit = form.charCodeAt(at);
      node = this.#childOf(node, unit) ?? this.#add(node, unit);
    }
    this.longest[node] = form.length;
  }

  #childOf(node: number, unit: number): number | undefined {
    let child = this.child[node] ?? 0;
    while (child !== 0 && this.unit[child] !== unit) child = this.sibling[child] ?? 0;
    return child === 0 ? undefined : child;
  }

  #add(parent: number, unit: number): number {
    const node = this.unit.push(unit) - 1;
    this.child.push(0);
    this.sibling.push(this.child[parent] ?? 0);
    this.depth.push((this.depth[parent] ?? 0) + 1);
    this.longest.push(0);
    this.child[parent] = node;
    return node;
  }
}
