import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import type { ValueObject } from "../../core/expr/value.ts";
import { httpRequest } from "../../stages/http_request.ts";
import { isPublicAddress } from "../../stages/http_request/public_address.ts";
import { test } from "../harness.ts";
import { type LocalServer, localServer } from "./local_server.ts";
import { carryOut, failure, type Surroundings } from "./stage_context.ts";

/** All names of the test are on this machine; whoever is asked more than once answers differently. */
function resolver(answers: Readonly<Record<string, readonly (readonly string[])[]>> = {}) {
  const asked: string[] = [];
  const resolve = (host: string) => {
    const turn = asked.filter((other) => other === host).length;
    asked.push(host);
    const known = answers[host] ?? [["127.0.0.1"]];
    return Promise.resolve(known[Math.min(turn, known.length - 1)] ?? []);
  };
  return { asked, resolve };
}

function ask(input: ValueObject, surroundings: Surroundings = {}, answers = resolver()) {
  return carryOut(httpRequest({ resolve: answers.resolve }), input, surroundings);
}

/** The stage's fields for a server of this machine under a name. */
function at({ port }: LocalServer, path = "/", host = "api.test"): ValueObject {
  return { http: `http://${host}:${port}${path}`, "allow-hosts": [`${host}:${port}`] };
}

test("http leaves status, headers, body and JSON", async () => {
  await using server = await localServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json; charset=utf-8", "x-rows": "2" });
    response.end('{"rows": [1, 2], "name": "é"}');
  });
  const { outputs, lines } = await ask(at(server, "/rows?all=1"));
  equal(outputs["status"], 200);
  deepEqual(outputs["json"], { rows: [1, 2], name: "é" });
  equal(outputs["body"], '{"rows": [1, 2], "name": "é"}');
  const { "x-rows": rows } = outputs["headers"] as Record<string, string>;
  equal(rows, "2");
  equal(server.seen[0]?.method, "GET");
  equal(server.seen[0]?.headers["host"], `api.test:${server.port}`);
  deepEqual(lines, [`GET http://api.test:${server.port}/rows 200`]);
});

test("http sends JSON, forms, texts and queries as what they are", async () => {
  await using server = await localServer((_, response) => response.end("ok"));
  await ask({ ...at(server), json: { a: [1, "é", null] }, query: { q: "a b&c", n: [1, true] } });
  await ask({ ...at(server), form: { a: "x y", b: 1 }, method: "PUT" });
  await ask({ ...at(server), body: "plain", headers: { "Content-Type": "text/plain", "X-A": 5 } });
  const [json, form, text] = server.seen;
  equal(json?.method, "POST");
  equal(json?.url, "/?q=a+b%26c&n=1&n=true");
  equal(json?.body, '{"a":[1,"é",null]}');
  equal(json?.headers["content-type"], "application/json");
  deepEqual([form?.method, form?.body], ["PUT", "a=x+y&b=1"]);
  deepEqual([text?.body, text?.headers["content-type"], text?.headers["x-a"]], [
    "plain",
    "text/plain",
    "5",
  ]);
});

test("http hands the attempt's key to a server that is asked to change something", async () => {
  await using server = await localServer((_, response) => response.end());
  await ask({ ...at(server), body: "x" }, { attempt: 2 });
  await ask(at(server));
  const [changing, reading] = server.seen;
  equal(changing?.headers["idempotency-key"], "run/job[]/stage#2");
  equal(reading?.headers["idempotency-key"], undefined);
});

test("http fails for a status that is not expected, and says whether to try again", async () => {
  await using server = await localServer(({ url }, response) => {
    response.writeHead(Number(url.slice(1)), {}).end("why");
  });
  for (const [status, retryable] of [[404, false], [400, false], [429, true], [503, true]]) {
    const error = await failure(ask(at(server, `/${status}`)));
    equal(error.name, "HttpError");
    equal(error.retryable, retryable, String(status));
    deepEqual([error.details["status"], error.details["body"]], [status, "why"]);
  }
  equal((await ask({ ...at(server, "/404"), expect: [200, "4xx"] })).outputs["status"], 404);
  await failure(ask({ ...at(server, "/200"), expect: 201 }));
});

test("http tells a JSON that cannot be read, or that could do harm", async () => {
  await using server = await localServer(({ url }, response) => {
    response.writeHead(200, { "content-type": "application/problem+json" });
    response.end(url === "/broken" ? '{"a":' : '{"__proto__": {"admin": true}}');
  });
  match((await failure(ask(at(server, "/broken")))).message, /says that it is JSON/);
  match((await failure(ask(at(server, "/harm")))).message, /__proto__/);
});

test("http takes no more of a response than it may", async () => {
  await using server = await localServer((_, response) => {
    response.write("x".repeat(600));
    response.end("y".repeat(600));
  });
  const error = await failure(ask({ ...at(server), "max-bytes": 1_000 }));
  match(error.message, /more than 1000 bytes/);
  equal(error.retryable, false);
  equal((await ask({ ...at(server), "max-bytes": 1_200 })).outputs["status"], 200);
});

test("http ends when it is cancelled, while a server says nothing", async () => {
  const controller = new AbortController();
  await using server = await localServer(() => controller.abort());
  const error = await failure(ask(at(server), { signal: controller.signal }));
  equal(error.name, "AbortError");
});

test("http ends when it is cancelled, while nobody says where the server is", async () => {
  const controller = new AbortController();
  const resolve = () => {
    controller.abort();
    return new Promise<never>(() => {});
  };
  const asked = ask({ http: "http://api.test/" }, { signal: controller.signal }, {
    asked: [],
    resolve,
  });
  equal((await failure(asked)).name, "AbortError");
});

test("http says that a server hangs up or is not there, and that trying again may help", async () => {
  await using server = await localServer((_, response) => response.destroy());
  const error = await failure(ask(at(server)));
  deepEqual([error.name, error.retryable], ["NetworkError", true]);
  const gone = await localServer(() => {});
  await gone[Symbol.asyncDispose]();
  equal((await failure(ask(at(gone)))).name, "NetworkError");
  const nowhere = resolver({ "api.test": [[]] });
  match((await failure(ask(at(server), {}, nowhere))).message, /Cannot find the address/);
});

test("http tries the next address where one takes no connection", async () => {
  await using server = await localServer((_, response) => response.end("ok"));
  const answers = resolver({ "api.test": [["127.0.0.77", "127.0.0.1"]] });
  equal((await ask(at(server), {}, answers)).outputs["body"], "ok");
});

test("http refuses this machine and private networks, however they are written", async () => {
  await using server = await localServer((_, response) => response.end("inside"));
  const { port } = server;
  const urls = [
    ...["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "0"],
    ...["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.1", "１２７.0.0.1", "api.test"],
  ];
  for (const host of urls) {
    const error = await failure(ask({ http: `http://${host}:${port}/` }));
    equal(error.name, "PermissionError", host);
    equal(error.retryable, false);
  }
  for (const address of ["169.254.169.254", "10.0.0.1", "192.168.1.1", "fd00::1", "fe80::1"]) {
    const answers = resolver({ "api.test": [["93.184.216.34", address]] });
    const error = await failure(ask({ http: "http://api.test/" }, {}, answers));
    match(error.message, /is on this machine or in a private network/);
  }
  equal(server.seen.length, 0);
});

test("http connects to the address that was looked at: a name that is bound anew leads nowhere", async () => {
  await using server = await localServer((_, response) => response.end("inside"));
  // Looked at a second time, the name would lead to the server.
  const answers = resolver({ "evil.test": [["169.254.1.1"], ["127.0.0.1"]] });
  const http = `http://evil.test:${server.port}/`;
  equal((await failure(ask({ http }, {}, answers))).name, "PermissionError");
  deepEqual(answers.asked, ["evil.test"]);
  // The resolver of this machine knows no such name: only the address can have been used.
  const known = resolver({ "api.test": [["127.0.0.1"], ["169.254.1.1"]] });
  equal((await ask(at(server), {}, known)).outputs["body"], "inside");
  deepEqual(known.asked, ["api.test"]);
  equal(server.seen.length, 1);
});

test("http looks at the host of each redirect anew", async () => {
  await using inner = await localServer((_, response) => response.end("metadata"));
  for (const host of ["127.0.0.1", "inner.test", "[::ffff:127.0.0.1]"]) {
    await using outer = await localServer((_, response) => {
      response.writeHead(302, { location: `http://${host}:${inner.port}/latest` }).end();
    });
    const error = await failure(ask(at(outer)));
    equal(error.name, "PermissionError", host);
  }
  equal(inner.seen.length, 0);
});

test("a wildcard, or a port, grants nothing private but what it names", async () => {
  await using server = await localServer((_, response) => response.end());
  const { port } = server;
  const http = `http://api.test:${port}/`;
  for (const list of [["*.test"], [`api.test:${port + 1}`], ["other.test"], ["127.0.0.1"]]) {
    equal(
      (await failure(ask({ http, "allow-hosts": list }))).name,
      "PermissionError",
      String(list),
    );
  }
  equal((await ask({ http, "allow-hosts": ["api.test"] })).outputs["status"], 200);
});

test("the settings' hosts are the limit, whatever the stage names", async () => {
  await using server = await localServer((_, response) => response.end());
  const policy = (allowHosts: readonly string[]) => ({
    policy: { sandbox: "none" as const, allowHosts },
  });
  const http = `http://api.test:${server.port}/`;
  equal((await ask({ http }, policy(["api.test"]))).outputs["status"], 200);
  equal((await failure(ask(at(server), policy(["other.test"])))).name, "PermissionError");
  equal((await failure(ask(at(server), policy(["*.test"])))).name, "PermissionError");
  equal((await failure(ask(at(server), policy([])))).name, "PermissionError");
});

test("another host is not told who asks", async () => {
  await using other = await localServer((_, response) => response.end("there"));
  await using server = await localServer(({ url }, response) => {
    const there = url === "/here" ? "/end" : `http://other.test:${other.port}/end`;
    if (url === "/end") response.end("here");
    else response.writeHead(302, { location: there, "set-cookie": "a=b" }).end();
  });
  const hosts = { "allow-hosts": ["api.test", "other.test"] };
  const asker = {
    auth: { username: "me", password: "hunter2" },
    headers: { Cookie: "session=1", "X-Api-Key": "k3y", Accept: "text/plain" },
  };
  const { outputs } = await ask({ ...at(server, "/away"), ...asker, ...hosts });
  equal(outputs["url"], `http://other.test:${other.port}/end`);
  const { authorization, cookie, "x-api-key": key, accept } = other.seen[0]?.headers ?? {};
  deepEqual([authorization, cookie, key, accept], [undefined, undefined, undefined, "text/plain"]);
  await ask({ ...at(server, "/here"), ...asker, ...hosts });
  equal(server.seen.at(-1)?.headers["authorization"], `Basic ${btoa("me:hunter2")}`);
  equal(server.seen.at(-1)?.headers["x-api-key"], "k3y");
});

test("a redirect keeps method and body only where it says so, and only for the same host", async () => {
  await using other = await localServer((_, response) => response.end());
  await using server = await localServer(({ url }, response) => {
    const [, status, where] = url.split("/");
    const location = where === "other" ? `http://other.test:${other.port}/` : "/end";
    if (status === "end") response.end();
    else response.writeHead(Number(status), { location }).end();
  });
  const sent = { body: "secret", "allow-hosts": ["api.test", "other.test"] };
  await ask({ ...at(server, "/303"), ...sent });
  deepEqual([server.seen[1]?.method, server.seen[1]?.body], ["GET", ""]);
  await ask({ ...at(server, "/307"), ...sent });
  deepEqual([server.seen[3]?.method, server.seen[3]?.body], ["POST", "secret"]);
  match(
    (await failure(ask({ ...at(server, "/308/other"), ...sent }))).message,
    /what is sent is for the first alone/,
  );
  equal(other.seen.length, 0);
});

test("redirects are bounded, and end at what is no URL of HTTP", async () => {
  await using server = await localServer(({ url }, response) => {
    const location = url === "/file" ? "file:///etc/passwd" : url;
    response.writeHead(302, { location }).end();
  });
  match((await failure(ask(at(server, "/loop")))).message, /more than 5 times/);
  equal(server.seen.length, 6);
  match((await failure(ask(at(server, "/file")))).message, /no URL of HTTP/);
  const first = await ask({ ...at(server, "/loop"), redirects: 0, expect: 302 });
  equal(first.outputs["status"], 302);
});

test("http refuses what is no request, without a word of what is in it", async () => {
  const wrong: readonly ValueObject[] = [
    { http: "ftp://api.test/" },
    { http: "no URL" },
    { http: "https://me:hunter2@api.test/" },
    { http: "https://api.test/", headers: { "X-A": "hunter2\r\nHost: evil" } },
    { http: "https://api.test/", json: 1, body: "hunter2" },
  ];
  for (const input of wrong) {
    const error = await failure(ask(input));
    deepEqual([error.name, error.retryable], ["ValueError", false]);
    doesNotMatch(error.message, /hunter2/);
  }
});

test("public addresses are told from all others", () => {
  const isPublic = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "100.128.0.1"];
  const isNot = [
    ...["0.0.0.0", "10.255.255.255", "100.64.0.1", "127.255.0.1", "169.254.169.254"],
    ...["172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.0.1", "198.19.0.1", "224.0.0.1"],
    ...["255.255.255.255", "240.0.0.1", "::", "::1", "fc00::1", "fe80::1", "ff02::1"],
    ...["::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1", "2001:db8::1", "fe80::1%1"],
    ...["", "localhost", "1.1.1", "2606:4700::1111%eth0"],
  ];
  for (const address of isPublic) ok(isPublicAddress(address), address);
  for (const address of isNot) ok(!isPublicAddress(address), address);
});
