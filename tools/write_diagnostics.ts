/**
 * Writes `docs/diagnostics.md` from the corpus of wrong workflows.
 *
 * @module
 */
import { corpusFiles } from "../tests/check/corpus.ts";
import { diagnosticsPage, PAGE } from "../tests/check/diagnostics_page.ts";

await Deno.writeTextFile(PAGE, diagnosticsPage(await corpusFiles("err")));
