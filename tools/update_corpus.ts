/**
 * Writes down what the checker says about each wrong workflow of the corpus.
 * Read the difference before it is committed: it is what people will see.
 *
 * @module
 */
import { checkText, CORPUS, corpusFiles, lineOf } from "../tests/check/corpus.ts";

const files = await corpusFiles("err");
for (const file of files) {
  const lines = checkText(file).map((diagnostic) => `${lineOf(diagnostic)}\n`);
  await Deno.writeTextFile(new URL(`err/${file.name}.out`, CORPUS), lines.join(""));
}
console.log(`${files.length} files`);
