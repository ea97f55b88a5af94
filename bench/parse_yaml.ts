/** The floor of P10: reads a file and parses it, with places. @module */
import { readFileSync } from "node:fs";
import process from "node:process";
import { LineCounter, parseDocument } from "yaml";

const text = readFileSync(process.argv[2] ?? "", "utf8");
const { errors } = parseDocument(text, { lineCounter: new LineCounter() });
process.exit(errors.length);
