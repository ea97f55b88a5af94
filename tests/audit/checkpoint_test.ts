import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import {
  checkCheckpoint,
  makeKey,
  readKey,
  signCheckpoint,
} from "../../plugins/audit_chain/checkpoint.ts";
import { test } from "../harness.ts";

const HEAD = `4:${"a".repeat(64)}`;
const AT_MS = Date.UTC(2026, 0, 31);

async function signed() {
  const { id, privateText, publicText } = await makeKey();
  const key = await readKey(privateText);
  const text = await signCheckpoint({ head: HEAD, records: 4, atMs: AT_MS }, key);
  return { id, key, publicKey: await readKey(publicText), text };
}

test("a checkpoint is right for the public half of the key that signed it", async () => {
  const { id, publicKey, text } = await signed();
  equal(publicKey.id, id);
  equal(publicKey.privateKey, undefined);
  deepEqual(await checkCheckpoint(text, [publicKey]), {
    ok: true,
    head: HEAD,
    at: "2026-01-31T00:00:00.000Z",
  });
  equal(JSON.parse(text).records, 4);
});

test("a checkpoint that was changed in any field is wrong", async () => {
  const { publicKey, text } = await signed();
  const fields = JSON.parse(text);
  const changes = {
    head: `3:${"a".repeat(64)}`,
    records: 3,
    at: "2026-02-01T00:00:00.000Z",
    signature: `${fields.signature.startsWith("A") ? "B" : "A"}${fields.signature.slice(1)}`,
  };
  for (const [field, value] of Object.entries(changes)) {
    const changed = await checkCheckpoint(JSON.stringify({ ...fields, [field]: value }), [
      publicKey,
    ]);
    equal(changed.ok, false, field);
  }
  for (const text of ["", "[]", "{}", "null", JSON.stringify({ ...fields, signature: "?" })]) {
    equal((await checkCheckpoint(text, [publicKey])).ok, false, text);
  }
});

test("a checkpoint of another key is not taken, and one of several keys is enough", async () => {
  const [one, other] = [await signed(), await signed()];
  notEqual(one.id, other.id);
  equal((await checkCheckpoint(one.text, [other.publicKey])).ok, false);
  equal((await checkCheckpoint(one.text, [other.publicKey, one.publicKey])).ok, true);
  const passedOff = JSON.stringify({ ...JSON.parse(one.text), key_id: other.id });
  equal((await checkCheckpoint(passedOff, [other.publicKey])).ok, false);
});

test("the public half signs nothing, and what is no key is refused", async () => {
  const { publicKey } = await signed();
  const checkpoint = { head: HEAD, records: 4, atMs: AT_MS };
  await rejects(signCheckpoint(checkpoint, publicKey), /This key only checks/);
  await rejects(readKey("not JSON"), /holds no key/);
  const damaged = JSON.stringify({ kind: "sluice-audit-key", public: "AAAA" });
  await rejects(readKey(damaged), /damaged/);
});
