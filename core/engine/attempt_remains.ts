/**
 * What an attempt leaves on the machine: processes that carry its mark, and a
 * private folder.
 *
 * @module
 */
import { type Host, HostError } from "../plugin/ports.ts";

/** Options for {@linkcode AttemptRemains.clear}. */
export interface ClearOptions {
  /** Whether processes are ended, too: they may outlive a stage that was not called off. */
  readonly processes: boolean;
  /** Told what could not be cleared. */
  readonly tell: (text: string) => void;
}

/** The remains of one attempt. */
export class AttemptRemains {
  readonly #host: Host;
  readonly #makeMark: () => string;
  #mark: string | undefined;
  #folder: Promise<string> | undefined;

  /**
   * Knows of none yet.
   *
   * @param host The machine.
   * @param makeMark Makes what the attempt's processes are marked with; called at most once.
   */
  constructor(host: Host, makeMark: () => string) {
    this.#host = host;
    this.#makeMark = makeMark;
  }

  /** What every process of the attempt is marked with. */
  mark(): string {
    return this.#mark ??= this.#makeMark();
  }

  /** The private folder, made when it is first asked for. */
  folder(): Promise<string> {
    return this.#folder ??= this.#host.makeTempFolder("sluice-");
  }

  /** Clears them away. Never rejects: whether that works decides nothing about how the attempt went. */
  async clear({ processes, tell }: ClearOptions): Promise<void> {
    if (processes && this.#mark !== undefined) {
      await this.#host.endMarked(new Set([this.#mark]))
        .catch((error) => {
          // Where the system cannot tell at all, its documentation says so; each cancel need not.
          if (error instanceof HostError && error.code === "ENOSYS") return;
          tell(`Cannot end what the stage left running: ${error}`);
        });
    }
    const folder = await this.#folder?.catch(() => undefined); // Whoever asked for it was told.
    if (folder === undefined) return;
    await this.#host.remove(folder)
      .catch((error) => tell(`Cannot remove the stage's folder "${folder}": ${error}`));
  }
}
