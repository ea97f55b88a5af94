/** A terminal as far as our command uses one: what a person would see. @module */

// deno-lint-ignore no-control-regex -- a terminal's own language
const PART = /\x1b\[(\??)(\d*)([A-Za-z])|\r|\n|[^\x1b\r\n]+/g;

/** A screen that shows what is written to it. */
export class Screen {
  readonly #lines: string[] = [""];
  #row = 0;
  #column = 0;
  /** Whether the cursor can be seen. */
  cursorVisible = true;

  /** Writes text as a runtime does: with a line end behind it. */
  write(text: string): void {
    for (const [part, mark, number, letter] of `${text}\n`.matchAll(PART)) {
      if (part === "\r") this.#column = 0;
      else if (part === "\n") this.#down();
      else if (letter === undefined) this.#put(part);
      else this.#obey(`${mark}${letter}`, Number(number || 1));
    }
  }

  /** What can be read, without what is blank at the end. */
  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  #obey(command: string, number: number): void {
    const line = this.#lines[this.#row] ?? "";
    switch (command) {
      case "A":
        this.#row = Math.max(0, this.#row - number);
        return;
      case "K":
        this.#lines[this.#row] = line.slice(0, this.#column);
        return;
      case "J":
        this.#lines[this.#row] = line.slice(0, this.#column);
        this.#lines.length = this.#row + 1;
        return;
      case "?h":
      case "?l":
        if (number === 25) this.cursorVisible = command === "?h";
        return;
      case "m":
        return;
      default:
        throw new Error(`Internal error: this screen does not know "${command}"`);
    }
  }

  #down(): void {
    this.#column = 0;
    this.#row++;
    if (this.#lines.length === this.#row) this.#lines.push("");
  }

  #put(text: string): void {
    const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + text +
      line.slice(this.#column + text.length);
    this.#column += text.length;
  }
}
