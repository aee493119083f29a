import assert from "node:assert/strict";
import { brief, load, model } from "./support.ts";
import { checker, codes, server, serverText } from "./virtual_server_text.ts";

Deno.test("a query of DNS_CHECK has the name that is written", () => {
  const text = "virtual_server 10.0.0.1 53 {\n lvs_sched rr\n lvs_method NAT\n protocol UDP\n" +
    " real_server 10.0.0.2 53 {\n DNS_CHECK {\n type A\n name www.example.com\n }\n }\n}\n";
  const { diagnostics, model } = load(text);
  assert.deepEqual(diagnostics, []);
  const [checker] = model.loadBalancer.virtualServers[0]!.realServers[0]!.checkers;
  assert.equal(checker?.kind === "dns" && checker.name, "www.example.com");
});

Deno.test("checkers inherit from their real server, and that from the virtual server", () => {
  const around = "delay_loop 6\n retry 2\n delay_before_retry 4\n warmup 0\n connect_timeout 3\n alpha";
  const inherited = checker("TCP_CHECK { }", around);
  assert.ok(inherited.kind === "tcp");
  const { delayLoop, retry, delayBeforeRetry, warmup, alpha, target } = inherited;
  assert.deepEqual([delayLoop, retry, delayBeforeRetry, warmup, alpha, target.timeout], [
    6000,
    2,
    4000,
    0,
    true,
    3000,
  ]);
  const nearer = checker("delay_loop 7\n alpha off\n TCP_CHECK {\n retry 5\n }", around);
  assert.ok(nearer.kind === "tcp");
  assert.deepEqual([nearer.delayLoop, nearer.retry, nearer.alpha], [7000, 5, false]);
});

Deno.test("each kind of checker has its own defaults", () => {
  const timing = (lines: string) => {
    const made = checker(lines, "delay_loop 9");
    return "retry" in made ? [made.kind, made.retry, made.delayBeforeRetry] : [made.kind];
  };
  assert.deepEqual(timing("TCP_CHECK { }"), ["tcp", 1, 1000]);
  assert.deepEqual(timing("HTTP_GET { url { path / } }".replaceAll("{ ", "{\n").replaceAll(" }", "\n}")), [
    "http",
    1,
    3000,
  ]);
  assert.deepEqual(timing("DNS_CHECK { }"), ["dns", 3, 9000]);
  assert.deepEqual(timing("MISC_CHECK {\n misc_path /x\n }"), ["misc", 0, 1000]);
  assert.deepEqual(timing("PING_CHECK { }"), ["ping", 1, 1000]);
  assert.deepEqual(timing("SMTP_CHECK { }"), ["smtp", 1, 1000]);
});

Deno.test("HTTP_GET and SSL_GET", () => {
  const made = checker(`SSL_GET {
    url {
      path /a
      digest 9B3A0C85A887A256D6939DA88AABD8CD
      status_code 200 300-310
    }
    url {
      path /b
      virtualhost other
      regex "a(b|c)\\\\d"
      regex_options caseless
    }
    url {
      path /c
      digest 9b3a0c85a887a256d6939da88aabd8cd
    }
    nb_get_retry 4
    virtualhost www.x
    enable_sni
    http_protocol 1.1
  }`);
  assert.ok(made.kind === "http");
  assert.equal(made.retry, 4);
  assert.notEqual(made.tls, null);
  assert.deepEqual(made.urls.map((url) => [url.path, url.virtualHost, url.serverName]), [
    ["/a", "www.x", "www.x"],
    ["/b", "other", "other"],
    ["/c", "www.x", "www.x"],
  ]);
  assert.deepEqual(made.urls[0]!.statusCodes, [{ first: 200, last: 200 }, { first: 300, last: 310 }]);
  assert.equal(made.urls[0]!.digest, "9b3a0c85a887a256d6939da88aabd8cd");
  assert.deepEqual(made.urls[1]!.statusCodes, [{ first: 200, last: 299 }]);
  assert.equal(made.urls[1]!.regex!.pattern, "a(b|c)\\d");
  // A digest does not do away with them: an error page with the right body is an error page.
  assert.deepEqual(made.urls[2]!.statusCodes, [{ first: 200, last: 299 }]);
});

Deno.test("a regex that cannot be compiled, and so checks nothing, is told", () => {
  const http = (lines: string) =>
    serverText("", `real_server 10.0.0.2 80 {\n HTTP_GET {\n url {\n path /\n ${lines}\n }\n }\n }`);
  assert.deepEqual(codes(http('regex "a(b"')), ["bad-regex"]);
  assert.deepEqual(codes(http("regex [")), ["bad-regex"]);
  assert.deepEqual(codes(http('regex "a(b)[[:alpha:]]"\n regex_options caseless')), []);
  assert.equal(load(http("regex [")).exitCode, 0);
});

Deno.test("nb_get_retry is an old word in HTTP_GET and unknown in TCP_CHECK", () => {
  const http = serverText(
    "",
    "real_server 10.0.0.2 80 {\n HTTP_GET {\n nb_get_retry 3\n url {\n path /\n }\n }\n }",
  );
  assert.deepEqual(codes(http), ["deprecated"]);
  assert.equal(load(http).exitCode, 5);
  const tcp =
    load(serverText("", "real_server 10.0.0.2 80 {\n TCP_CHECK {\n nb_get_retry 3\n }\n }")).diagnostics;
  const unknown = tcp.find((finding) => finding.code === "unknown-keyword")!;
  assert.match(unknown.message, /it belongs in HTTP_GET/);
});

Deno.test("MISC_CHECK, FILE_CHECK and BFD_CHECK need what they name", () => {
  const real = (lines: string) => serverText("", `real_server 10.0.0.2 80 {\n ${lines}\n TCP_CHECK { }\n }`);
  assert.deepEqual(codes(real("MISC_CHECK {\n misc_timeout 5\n }")), ["incomplete-checker"]);
  assert.deepEqual(codes(real("FILE_CHECK {\n track_file f\n }")), ["incomplete-checker"]);
  assert.deepEqual(codes(real("BFD_CHECK {\n name b\n }")), ["unknown-tracker"]);
  const known = `track_file f {\n file /tmp/f\n weight 3 reverse\n}\n${
    real("FILE_CHECK {\n track_file f\n }")
  }`;
  assert.deepEqual(model(known).loadBalancer.virtualServers[0]!.realServers[0]!.checkers[0], {
    kind: "file",
    name: "f",
    file: "/tmp/f",
    weight: 3,
    reverse: true,
  });
});

Deno.test("each host of an old SMTP_CHECK is a checker of its own, beside that of the server itself", () => {
  const lines =
    "SMTP_CHECK {\n connect_timeout 7\n host {\n connect_ip 10.0.0.5\n }\n host {\n connect_port 26\n }\n }";
  const made = server("", `real_server 10.0.0.2 25 {\n ${lines}\n }`).realServers[0]!.checkers;
  const targets = made.map((each) =>
    each.kind === "smtp" ? [each.target.address, each.target.port, each.target.timeout] : []
  );
  assert.deepEqual(targets, [["10.0.0.2", 25, 7000], ["10.0.0.5", 25, 7000], ["10.0.0.2", 26, 7000]]);
});

Deno.test("of a number with something behind it the number counts, where keepalived runs it so", () => {
  const check = "MISC_CHECK {\n misc_path /bin/true\n misc_timeout 4.5\n retry 5x\n }";
  const real = `real_server 10.0.0.2 80 {\n weight 3.5\n uthreshold 10.5\n lthreshold 2x\n ${check}\n }`;
  const virtual = server("quorum 2.5\n hysteresis 1.5", real);
  assert.deepEqual([virtual.quorum, virtual.hysteresis], [2, 1]);
  const made = virtual.realServers[0]!;
  assert.deepEqual([made.weight, made.upperThreshold, made.lowerThreshold], [3, 10, 2]);
  const misc = made.checkers[0]!;
  assert.ok(misc.kind === "misc");
  assert.deepEqual([misc.timeout, misc.retry], [4000, 5]);
  const tcp = checker("TCP_CHECK {\n connect_port 99.5\n }");
  assert.ok(tcp.kind === "tcp");
  assert.equal(tcp.target.port, 99);
  assert.equal(server("weight 4.5", "real_server 10.0.0.2 80 { }").realServers[0]!.weight, 4);
  // Of this one it does not.
  assert.equal(server("persistence_timeout 60.5", "real_server 10.0.0.2 80 { }").persistence, null);
});

Deno.test("http_protocol is read in either case", () => {
  const made = checker("HTTP_GET {\n http_protocol 1.0c\n url {\n path /\n }\n }");
  assert.ok(made.kind === "http");
  assert.equal(made.protocol, "1.0C");
});

Deno.test("UDP_CHECK reads hexadecimal octets as keepalived does", () => {
  const made = checker("UDP_CHECK {\n payload Ab12f 3 456\n require_reply 0xX1\n }");
  assert.ok(made.kind === "udp");
  assert.deepEqual([made.payload, made.requireReply, made.reply], ["ab120f034506", true, "0xx1"]);
});

Deno.test("a real server without a checker, and a check slower than its interval, are noted", () => {
  const bare = load(serverText("", "real_server 10.0.0.2 80 { }"));
  assert.deepEqual(bare.diagnostics.filter(({ severity }) => severity === "note").map(brief), [
    "6:14 note no-checker",
  ]);
  assert.deepEqual(
    codes(serverText("delay_loop 2", "real_server 10.0.0.2 80 {\n TCP_CHECK {\n connect_timeout 5\n }\n }")),
    [
      "slow-check",
    ],
  );
});
