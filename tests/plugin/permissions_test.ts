import { deepEqual, equal, ok } from "node:assert/strict";
import * as fc from "fast-check";
import {
  flagsOf,
  intersect,
  isNothing,
  missing,
  permissionProblem,
  type Permissions,
  permissionsProblem,
  union,
} from "../../core/plugin/permissions.ts";
import { test } from "../harness.ts";

const LABELS = ["a", "b"];
const hosts = fc.record({
  wide: fc.boolean(),
  labels: fc.array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 3 }),
  port: fc.constantFrom("", "80", "443"),
}).map(({ wide, labels, port }) =>
  `${wide ? "*." : ""}${labels.join(".")}${port === "" ? "" : `:${port}`}`
);
const paths = fc.tuple(
  fc.boolean(),
  fc.array(fc.constantFrom("a", "b", ".", "..", ""), { minLength: 1, maxLength: 5 }),
).map(([absolute, parts]) => `${absolute ? "/" : ""}${parts.join("/")}`);
const envs = fc.constantFrom("A", "AB", "AB*", "A*", "B", "ABC", "B_*", "B_X");
const permissions: fc.Arbitrary<Permissions> = fc.record({
  net: fc.array(hosts, { maxLength: 3 }),
  read: fc.array(paths.filter((path) => permissionProblem("read", path) === undefined), {
    maxLength: 3,
  }),
  env: fc.array(envs, { maxLength: 3 }),
});

// Says of one concrete thing whether it is granted, in a way of its own: by
// taking the thing apart, never by comparing two grants.
function allowsNet(names: readonly string[] = [], host: string, port: string): boolean {
  return names.some((name) => {
    const [granted = "", only] = name.split(":");
    if (only !== undefined && only !== port) return false;
    if (!granted.startsWith("*.")) return granted === host;
    return `.${host}`.endsWith(granted.slice(1));
  });
}

function allowsPath(names: readonly string[] = [], path: string): boolean {
  return names.some((name) => {
    const written = name.replaceAll(/\/+/g, "/");
    const folder = new URL(
      written.startsWith("/") ? `.${written}/` : `./cwd/${written}/`,
      "file:///r/",
    );
    return `${new URL(`.${path}`, "file:///r/").pathname}/`.startsWith(
      folder.pathname.replaceAll(/\/+/g, "/"),
    );
  });
}

function allowsEnv(names: readonly string[] = [], variable: string): boolean {
  return names.some((name) =>
    name.endsWith("*") ? variable.startsWith(name.slice(0, -1)) : name === variable
  );
}

test("intersect() grants a host exactly when both do", () => {
  const host = fc.array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(
    permissions,
    permissions,
    host,
    fc.constantFrom("80", "443", "8080"),
    (a, b, labels, port) => {
      const name = labels.join(".");
      equal(
        allowsNet(intersect(a, b).net, name, port),
        allowsNet(a.net, name, port) && allowsNet(b.net, name, port),
      );
    },
  ));
});

test("intersect() grants a path exactly when both do", () => {
  const path = fc.array(fc.constantFrom("a", "b", "ab", "cwd"), { minLength: 1, maxLength: 4 });
  // Relative and absolute names are not mixed here: nobody knows how they lie to one another.
  const within = fc.array(
    paths.filter((name) => !name.startsWith("/") && permissionProblem("read", name) === undefined),
    { maxLength: 3 },
  );
  fc.assert(fc.property(within, within, path, (a, b, parts) => {
    const name = `/cwd/${parts.join("/")}`;
    equal(
      allowsPath(intersect({ read: a }, { read: b }).read, name),
      allowsPath(a, name) && allowsPath(b, name),
    );
  }));
});

test("intersect() grants a variable exactly when both do", () => {
  const variable = fc.constantFrom("A", "AB", "ABC", "ABCD", "B", "B_X", "B_Y", "C");
  fc.assert(fc.property(permissions, permissions, variable, (a, b, name) => {
    equal(
      allowsEnv(intersect(a, b).env, name),
      allowsEnv(a.env, name) && allowsEnv(b.env, name),
    );
  }));
});

test("intersect() never gives more than was granted, and missing() nothing of it", () => {
  fc.assert(fc.property(permissions, permissions, (asked, granted) => {
    deepEqual(missing(intersect(asked, granted), granted), {});
    deepEqual(missing(intersect(asked, granted), asked), {});
    if (isNothing(missing(asked, granted))) {
      deepEqual(missing(asked, intersect(asked, granted)), {});
    }
    deepEqual(missing(asked, union(asked, granted)), {});
  }));
});

test("missing() names what is not granted as a whole", () => {
  const asked = { net: ["api.example.com", "b.org:443"], env: ["TOKEN", "AWS_*"], read: ["data"] };
  deepEqual(missing(asked, { net: ["*.example.com", "b.org:80"], env: ["AWS_KEY", "TOKEN"] }), {
    net: ["b.org:443"],
    env: ["AWS_*"],
    read: ["data"],
  });
  deepEqual(missing(asked, asked), {});
});

test("a path grants what lies below it, not what begins with the same letters", () => {
  const granted = { read: ["/srv/data"] };
  deepEqual(missing({ read: ["/srv/data/x", "/srv/data"] }, granted), {});
  deepEqual(missing({ read: ["/srv/database", "/srv/data/../etc", "/srv"] }, granted), {
    read: ["/srv/database", "/srv/data/../etc", "/srv"],
  });
  deepEqual(intersect({ read: ["/srv/data/../etc"] }, granted), {});
  deepEqual(intersect({ read: ["data"] }, { read: ["/"] }), {});
});

test("permissionProblem() refuses what Deno would read as something else", () => {
  for (
    const name of ["*", "https://a.com", "a b", "a:99999", "", "a,b", "a\n", "10.0.0.0/8", "-"]
  ) {
    if (name !== "-") ok(permissionProblem("net", name), name);
  }
  for (const name of ["a.com", "A.COM.", "*.a.com:80", "[::1]:80", "127.0.0.1", "localhost:8080"]) {
    equal(permissionProblem("net", name), undefined, name);
  }
  for (const name of ["*", "A-B", "A=1", "", "A,B"]) ok(permissionProblem("env", name), name);
  for (const name of ["../up", "a/../../b", "a,b", "a\0"]) {
    ok(permissionProblem("read", name), name);
  }
  equal(permissionsProblem({ net: ["a.com"], read: ["/x"] }), undefined);
  equal(
    permissionsProblem({ write: ["x", "../y"] }),
    '"write" has "../y", which may not begin with ".."',
  );
});

test("flagsOf() spells out each list and nothing else", () => {
  deepEqual(flagsOf({ net: ["a.com:80", "b.org"], read: [], env: ["X"] }), [
    "--allow-net=a.com:80,b.org",
    "--allow-env=X",
  ]);
  deepEqual(flagsOf({}), []);
});
