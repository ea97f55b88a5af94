import { deepEqual } from "node:assert/strict";
import { addressLines, addressOf, hostNames } from "../../cli/serve_address.ts";
import { test } from "../harness.ts";

const address = { host: "127.0.0.1", port: 8642, token: "s3cret", tokenFile: ".sluice/http/token" };
const terminal = { isTerminal: true };

test("sluice serve shows an address with the token to a terminal alone", () => {
  const listening = "Listening on http://127.0.0.1:8642; the token stands in .sluice/http/token";
  deepEqual(addressLines(address, { isTerminal: false }), [listening]);
  deepEqual(addressLines(address, terminal), [
    listening,
    "Open http://127.0.0.1:8642/#token=s3cret",
  ]);
});

test("sluice serve names an address that can be opened, whatever it listens on", () => {
  const opened = (host: string) => addressLines({ ...address, host }, terminal)[1];
  deepEqual(["0.0.0.0", "::", "::1", "build.example"].map(opened), [
    "Open http://127.0.0.1:8642/#token=s3cret",
    "Open http://[::1]:8642/#token=s3cret",
    "Open http://[::1]:8642/#token=s3cret",
    "Open http://build.example:8642/#token=s3cret",
  ]);
  deepEqual(["0.0.0.0", "::", "::1", "constructor"].map(hostNames), [
    [],
    [],
    ["[::1]"],
    ["constructor"],
  ]);
  deepEqual(addressOf({ host: "::", port: 1 }), "http://[::]:1");
});
