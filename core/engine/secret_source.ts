/**
 * Where an engine's secrets come from: the providers, opened when a secret is
 * first asked for.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import type { Registry } from "../plugin/registry.ts";
import { type OpenOnce, openOnce } from "../plugin/open_once.ts";
import type { SecretProvider } from "../plugin/secrets.ts";
import { kindsIn, readSecret, readSecrets, type RunSecrets } from "./run_secrets.ts";

/** What a source is made of. */
export interface SecretSourceOptions {
  /** Knows which secrets the stages of a plan are handed by name. */
  readonly registry: Registry;
  /** Opens where secrets are kept; called until it has gone well once. @default there are none */
  readonly openSecrets?: () => Promise<readonly SecretProvider[]>;
}

/** Reads secrets. */
export class SecretSource {
  readonly #options: SecretSourceOptions;
  readonly #opened: OpenOnce<readonly SecretProvider[]>;

  /** @param options What it is made of. */
  constructor(options: SecretSourceOptions) {
    this.#options = options;
    this.#opened = openOnce(async () => await options.openSecrets?.() ?? []);
  }

  /** The secret of this name, by the rules by which runs get theirs. Throws a {@linkcode WorkflowError} for one that cannot be read or used. */
  async read(name: string): Promise<string | undefined> {
    return await readSecret(await this.#opened(), name);
  }

  /** All that a run of the plan may see. Throws a {@linkcode WorkflowError} that names those that nobody has. */
  async of(plan: Plan): Promise<RunSecrets> {
    const handedOver = await this.#handedOver(plan);
    return await readSecrets(plan, this.#opened, { handedOver });
  }

  /** The secrets that stages of a plan are handed by name. A kind that is not installed is told of elsewhere. */
  async #handedOver(plan: Plan): Promise<readonly string[]> {
    const used = kindsIn(plan);
    const entries = this.#options.registry.stageEntries.filter(({ name }) => used.has(name));
    const kinds = await Promise.all(entries.map((entry) => entry.load()));
    return kinds.flatMap(({ secretNames = [] }) => secretNames);
  }
}
