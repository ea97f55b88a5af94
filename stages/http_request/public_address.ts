/**
 * Which addresses everybody may reach: not this machine, not the networks
 * around it, not what a cloud tells its machines about themselves.
 *
 * @module
 */
import { isIPv4, isIPv6 } from "node:net";

/**
 * Whether an address is one of the public internet (IANA's registries of
 * special-purpose addresses). What is no address is not.
 *
 * @example
 * ```ts
 * import { isPublicAddress } from "./public_address.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(isPublicAddress("93.184.216.34"), true);
 * equal(isPublicAddress("169.254.169.254"), false);
 * equal(isPublicAddress("::ffff:127.0.0.1"), false);
 * ```
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return isPublicV4(bitsOfV4(address));
  // A zone names an interface of this machine, and only link-local addresses have one.
  if (!isIPv6(address) || address.includes("%")) return false;
  const groups = groupsOfV6(address);
  return isWithinV6(groups, GLOBAL_V6) && !SPECIAL_V6.some((block) => isWithinV6(groups, block));
}

interface Block {
  readonly prefix: string;
  readonly bits: number;
}

const SPECIAL_V4: readonly Block[] = [
  { prefix: "0.0.0.0", bits: 8 },
  { prefix: "10.0.0.0", bits: 8 },
  { prefix: "100.64.0.0", bits: 10 },
  { prefix: "127.0.0.0", bits: 8 },
  { prefix: "169.254.0.0", bits: 16 },
  { prefix: "172.16.0.0", bits: 12 },
  { prefix: "192.0.0.0", bits: 24 },
  { prefix: "192.0.2.0", bits: 24 },
  { prefix: "192.88.99.0", bits: 24 },
  { prefix: "192.168.0.0", bits: 16 },
  { prefix: "198.18.0.0", bits: 15 },
  { prefix: "198.51.100.0", bits: 24 },
  { prefix: "203.0.113.0", bits: 24 },
  { prefix: "224.0.0.0", bits: 3 },
];

/** Everything else is local, reserved, or carries an address of the other version. */
const GLOBAL_V6: Block = { prefix: "2000::", bits: 3 };

const SPECIAL_V6: readonly Block[] = [
  // Protocol assignments: Teredo, which carries another address, is among them.
  { prefix: "2001::", bits: 23 },
  { prefix: "2001:db8::", bits: 32 },
  // 6to4 carries another address.
  { prefix: "2002::", bits: 16 },
  { prefix: "3fff::", bits: 20 },
];

const V4_BITS = 32;

function isPublicV4(address: number): boolean {
  return !SPECIAL_V4.some(({ prefix, bits }) => {
    const size = 2 ** (V4_BITS - bits);
    return Math.floor(address / size) === Math.floor(bitsOfV4(prefix) / size);
  });
}

function bitsOfV4(address: string): number {
  return address.split(".").reduce((bits, part) => bits * 256 + Number(part), 0);
}

const GROUPS = 8;
const GROUP_BITS = 16;

function groupsOfV6(address: string): readonly number[] {
  const [head = "", tail] = plainV6(address).split("::");
  const before = numbersIn(head);
  const after = numbersIn(tail ?? "");
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

/** The last four bytes may be written as an address of version 4. */
function plainV6(address: string): string {
  const at = address.lastIndexOf(":") + 1;
  const last = address.slice(at);
  if (!last.includes(".")) return address;
  const bits = bitsOfV4(last);
  const [high, low] = [Math.floor(bits / 2 ** GROUP_BITS), bits % 2 ** GROUP_BITS];
  return `${address.slice(0, at)}${high.toString(16)}:${low.toString(16)}`;
}

function numbersIn(groups: string): readonly number[] {
  return groups === "" ? [] : groups.split(":").map((group) => parseInt(group, 16));
}

function isWithinV6(groups: readonly number[], { prefix, bits }: Block): boolean {
  const wanted = groupsOfV6(prefix);
  return groups.every((group, at) => {
    const counted = Math.min(GROUP_BITS, Math.max(0, bits - at * GROUP_BITS));
    const ignored = GROUP_BITS - counted;
    return group >> ignored === (wanted[at] ?? 0) >> ignored;
  });
}
