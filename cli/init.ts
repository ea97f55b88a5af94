/**
 * `sluice init`
 *
 * @module
 */
import { openHost } from "../platform/host.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

const DEFAULT_FOLDER = "conf";
const FILE = "hello.yml";

/** The workflow that a new conf folder begins with. */
export const FIRST_WORKFLOW = `# A first workflow. Run it:      sluice run hello
# with a parameter:              sluice run hello -p who=you
# and see what it would do:      sluice plan hello

hello:
  type: Workflow
  desc: Greets someone, in several languages.

  params:
    who:
      type: str
      default: world
      desc: Whom to greet.

  # Remove the number signs to have "sluice schedule" run it every weekday at nine.
  # on:
  #   - cron: "0 9 * * 1-5"
  #     timezone: Europe/Paris

  jobs:
    greet:
      strategy:
        matrix: # one leg for each greeting, side by side
          greeting: [Hello, Bonjour, Hola]
        max-parallel: 3
      stages:
        # A value is handed to the script as it is, never pasted into its text.
        - name: Say \${{ matrix.greeting }}
          id: say
          bash: echo "\${{ matrix.greeting }}, \${{ params.who }}!"

    count:
      needs: [greet] # begins when all legs have succeeded
      stages:
        - name: Count the letters
          id: letters
          bash: printf %s "\${{ params.who }}" | wc -m

        - name: Say how many
          bash: echo "\${{ params.who }} has \${{ stages.letters.outputs.stdout }} letters"
`;

/** Makes a conf folder with a first workflow; what is there already stays as it is. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const folder = invocation.operands[0] ?? DEFAULT_FOLDER;
  const file = `${folder.replace(/[/\\]+$/, "")}/${FILE}`;
  const host = openHost();
  const there = await host.listNames(folder);
  if (there?.includes(FILE)) {
    throw new UsageError(`Cannot make "${file}": it is there already, and stays as it is`);
  }
  await host.writeText(file, FIRST_WORKFLOW);
  if (invocation.has("json")) printJson(printer, { file });
  else {
    const conf = folder === DEFAULT_FOLDER ? "" : ` --conf ${folder}`;
    printer.tell(`Made ${file}. Run it with: ${printer.told.bold(`sluice run hello${conf}`)}`);
  }
  return EXIT.ok;
}
