/**
 * A copy of the repo that may be broken, and the tests that are run in it.
 *
 * @module
 */
import { fromFileUrl, repoFiles, ROOT } from "./repo.ts";

/** What a copy is made of. */
export interface CopyOptions {
  /** Files and folders. */
  readonly parts: readonly string[];
  /** Which of their files. @default all */
  readonly pattern?: RegExp;
}

/** How tests are run. */
export interface TestOptions {
  /** Test files and folders. */
  readonly tests: readonly string[];
  /** Tests that run in circles have failed. */
  readonly maxMs: number;
  /** What they find in their environment besides the usual. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
}

/** A copy of the repo; removed when it goes out of use. */
export class BrokenCopy implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a copy. */
  static async make({ parts, pattern = /./ }: CopyOptions): Promise<BrokenCopy> {
    const folder = await Deno.makeTempDir({ prefix: "sluice-mutants-" });
    for (const file of await repoFiles([...parts, "deno.json", "deno.lock"], pattern)) {
      const target = `${folder}/${file}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(new URL(file, ROOT), target);
    }
    await Deno.symlink(fromFileUrl(new URL("node_modules", ROOT)), `${folder}/node_modules`);
    return new BrokenCopy(folder);
  }

  /** The text of a file. */
  read(file: string): Promise<string> {
    return Deno.readTextFile(`${this.#folder}/${file}`);
  }

  /** Whether the tests notice that a file has another text; afterwards it is as it was. */
  async notices(
    { file, text }: { readonly file: string; readonly text: string },
    options: TestOptions,
  ): Promise<boolean> {
    const path = `${this.#folder}/${file}`;
    const original = await this.read(file);
    await Deno.writeTextFile(path, text);
    try {
      return !await this.passes(options);
    } finally {
      await Deno.writeTextFile(path, original);
    }
  }

  /** Whether the tests pass. */
  async passes({ tests, maxMs, env = {} }: TestOptions): Promise<boolean> {
    const flags = ["-A", "--no-check", "--no-lock", "--fail-fast", "--reporter=dot"];
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", ...flags, ...tests],
      cwd: this.#folder,
      env: { ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(maxMs),
    }).output();
    return success;
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
