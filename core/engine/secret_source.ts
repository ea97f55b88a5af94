/**
 * Where an engine's secrets come from: the providers, opened when a secret is
 * first asked for.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import type { Registry } from "../plugin/registry.ts";
import type { SecretProvider } from "../plugin/secrets.ts";
import { kindsIn, readSecrets, type RunSecrets } from "./run_secrets.ts";

/** What a source is made of. */
export interface SecretSourceOptions {
  /** Knows which secrets the stages of a plan are handed by name. */
  readonly registry: Registry;
  /** Opens where secrets are kept; called at most once. @default there are none */
  readonly openSecrets?: () => Promise<readonly SecretProvider[]>;
}

/** Reads secrets. */
export class SecretSource {
  readonly #options: SecretSourceOptions;
  #providers: Promise<readonly SecretProvider[]> | undefined;

  /** @param options What it is made of. */
  constructor(options: SecretSourceOptions) {
    this.#options = options;
  }

  /** The secret of this name, from the first provider that has it. */
  async read(name: string): Promise<string | undefined> {
    for (const provider of await this.#opened()) {
      const value = await provider.read(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** All that a run of the plan may see. Throws a {@linkcode WorkflowError} that names those that nobody has. */
  async of(plan: Plan): Promise<RunSecrets> {
    const handedOver = await this.#handedOver(plan);
    return await readSecrets(plan, () => this.#opened(), { handedOver });
  }

  #opened(): Promise<readonly SecretProvider[]> {
    return this.#providers ??= this.#options.openSecrets?.() ?? Promise.resolve([]);
  }

  /** The secrets that stages of a plan are handed by name. A kind that is not installed is told of elsewhere. */
  async #handedOver(plan: Plan): Promise<readonly string[]> {
    const used = kindsIn(plan);
    const entries = this.#options.registry.stageEntries.filter(({ name }) => used.has(name));
    const kinds = await Promise.all(entries.map((entry) => entry.load()));
    return kinds.flatMap(({ secretNames = [] }) => secretNames);
  }
}
