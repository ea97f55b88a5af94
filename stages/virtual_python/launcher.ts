/**
 * The Python that starts the author's own: it says what must be installed, and
 * hands over the values.
 *
 * @module
 */
import { encodeValue } from "../../core/expr/json.ts";
import type { ValueObject } from "../../core/expr/value.ts";

/** The files of one run, by name. */
export interface LauncherFiles {
  /** The one to start. */
  readonly launcher: string;
  /** All of them with their texts. */
  readonly texts: Readonly<Record<string, string>>;
}

const LAUNCHER = "launch.py";
const SCRIPT = "script.py";
const VALUES = "values.json";

/**
 * The files that run a script with names and values of its own. The script
 * stays in a file by itself, as it is: so its lines have the author's numbers,
 * and `from __future__` may be its first.
 */
export function launcherFiles(
  script: string,
  { deps, names }: { readonly deps: readonly string[]; readonly names: ValueObject },
): LauncherFiles {
  return {
    launcher: LAUNCHER,
    texts: {
      [LAUNCHER]: `${metadata(deps)}\n${PROGRAM}`,
      [SCRIPT]: script,
      [VALUES]: JSON.stringify(encodeValue(names)),
    },
  };
}

/** Inline script metadata (PEP 723). A JSON text is a TOML text as well. */
function metadata(deps: readonly string[]): string {
  const list = deps.map((dep) => JSON.stringify(dep)).join(", ");
  return `# /// script\n# dependencies = [${list}]\n# ///\n`;
}

const PROGRAM = `import datetime
import json
import pathlib
import runpy


def plain(value):
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        if "$datetime" in value:
            text = value["$datetime"]
            kind = datetime.datetime if "T" in text else datetime.date
            return kind.fromisoformat(text)
        if "$number" in value:
            return float(value["$number"])
        if "$mapping" in value:
            value = value["$mapping"]
    return {name: plain(item) for name, item in value.items()}


folder = pathlib.Path(__file__).resolve().parent
values = json.loads((folder / "${VALUES}").read_text(encoding="utf-8"))
names = values.get("$mapping", values)
runpy.run_path(
    str(folder / "${SCRIPT}"),
    init_globals={name: plain(value) for name, value in names.items()},
    run_name="__main__",
)
`;
