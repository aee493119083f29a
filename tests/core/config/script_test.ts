import assert from "node:assert/strict";
import type { ScriptFile } from "../../../core/config/config.ts";
import { quotedLine, splitCommand } from "../../../core/config/quoted.ts";
import { wholeLine } from "../../../core/config/text.ts";
import { instanceText, load } from "./support.ts";

const SCRIPT = "vrrp_script s {\n script \"/bin/check -a 'b c'\"\n interval 2\n weight -20\n}\n";

Deno.test("scripts of the daemon's own life and readers of FIFOs count for script security", () => {
  const file = { found: true, path: "/bin/true", executable: true, insecure: null } as const;
  const facts = { script: () => file, userExists: () => false };
  const global = (words: string) => `global_defs {\n ${words}\n}\n`;
  const reader = "notify_fifo /run/f\n notify_fifo_script /bin/true";
  assert.equal(load(global("startup_script /bin/true"), facts).exitCode, 6);
  assert.equal(load(global(reader) + instanceText(""), facts).exitCode, 6);
  assert.equal(load(global(reader), facts).exitCode, 0);
  const orphan = load(global(`enable_script_security\n ${reader}`) + instanceText(""), facts);
  assert.deepEqual([orphan.exitCode, orphan.model.daemon.notifyFifo?.reader], [5, null]);
});

Deno.test("splitCommand() follows the richer quoting rules", () => {
  assert.deepEqual(splitCommand("/x a 'b c' \"d e\" f\\ g").argv, ["/x", "a", "b c", "d e", "f g"]);
  assert.deepEqual(splitCommand('abcd" efg h jkl "mnop').argv, ["abcd efg h jkl mnop"]);
  assert.deepEqual(splitCommand("a\\x41\\102\\t\\cA\\\\").argv, ["aAB\t\x01\\"]);
});

Deno.test("quotedLine() keeps positions", () => {
  const { words } = quotedLine(wholeLine({ file: "f", number: 1, text: "  notify '/x y' root", order: 0 }));
  assert.deepEqual(words.map((word) => [word.text, word.column, word.length]), [
    ["notify", 3, 6],
    ["/x y", 10, 6],
    ["root", 17, 4],
  ]);
});

Deno.test("vrrp_script and track_script", () => {
  const { model, diagnostics } = load(SCRIPT + instanceText("track_script { s weight 30 reverse }"));
  assert.deepEqual(model.scripts, [{
    name: "s",
    command: { argv: ["/bin/check", "-a", "b c"], user: null, text: "/bin/check -a 'b c'" },
    interval: 2000,
    timeout: 2000,
    weight: -20,
    reverse: false,
    rise: 1,
    fall: 1,
    initFail: false,
  }]);
  assert.deepEqual(model.instances[0]!.trackScripts, [{ name: "s", weight: 30, reverse: true }]);
  assert.deepEqual(diagnostics.map((finding) => finding.code), ["script-security"]);
});

Deno.test("a script must be defined before its use", () => {
  const { model, diagnostics } = load(instanceText("track_script { s }") + SCRIPT);
  assert.deepEqual(model.instances[0]!.trackScripts, []);
  assert.match(diagnostics[0]!.message, /defined further down/);
  assert.match(load(instanceText("track_script { x }")).diagnostics[0]!.message, /no such vrrp_script/);
});

Deno.test("an unquoted argument is a user, which is explained", () => {
  const userExists = (name: string) => name === "root";
  const loaded = load(instanceText("notify_master /x.sh master"), { userExists });
  assert.equal(loaded.model.instances[0]!.notify.master, null);
  assert.equal(loaded.diagnostics[0]!.suggestion, 'notify_master "/x.sh master"');
  const good = load(instanceText('notify_master "/x.sh a" root'), { userExists });
  assert.deepEqual(good.model.instances[0]!.notify.master, {
    argv: ["/x.sh", "a"],
    user: { user: "root", group: null },
    text: "/x.sh a",
  });
});

Deno.test("without enable_script_security any script is exit code 6, once", () => {
  const loaded = load(SCRIPT + instanceText('track_script { s }\n notify "/x"'));
  assert.equal(loaded.exitCode, 6);
  assert.equal(loaded.fatal, false);
  assert.equal(loaded.diagnostics.filter((finding) => finding.code === "script-security").length, 1);
  const secure = load(
    `global_defs { enable_script_security }\n${SCRIPT}${instanceText("track_script { s }")}`,
  );
  assert.equal(secure.exitCode, 0);
});

Deno.test("a script that is not there is taken out, and its trackers with it", () => {
  const script = (): ScriptFile => ({ found: false, reason: "No such file or directory" });
  const loaded = load(SCRIPT + instanceText("track_script { s }"), { script });
  assert.deepEqual(loaded.model.scripts, []);
  assert.deepEqual(loaded.model.instances[0]!.trackScripts, []);
  assert.equal(loaded.exitCode, 5);
});

Deno.test("a script that others can change is disabled under enable_script_security when root runs it", () => {
  const script = (): ScriptFile => ({ found: true, path: "/bin/check", executable: true, insecure: "/bin" });
  const text = `global_defs { enable_script_security }\n${SCRIPT}${instanceText("track_script { s }")}`;
  assert.deepEqual(load(text, { script, userIsRoot: () => true }).model.scripts, []);
  const disabled = load(text, { script, userIsRoot: () => true });
  assert.equal(disabled.exitCode, 5);
  assert.equal(load(text, { script, userIsRoot: () => false }).model.scripts.length, 1);
});

Deno.test("a script without a command is removed", () => {
  const loaded = load("vrrp_script s {\n interval 1\n}\n" + instanceText("track_script { s }"));
  assert.deepEqual(loaded.diagnostics.map((finding) => finding.code), ["no-script", "unknown-tracker"]);
});

Deno.test("shell syntax in a command is pointed out", () => {
  const noted = (command: string) =>
    load(instanceText(`notify ${command}`)).diagnostics.some(({ code }) => code === "shell-syntax");
  for (const command of ["/x && exit 1", "/x | wc", "/x >/dev/null", "/x 2>&1", "/x $(pidof y)", "/x; /y"]) {
    assert.ok(noted(`"${command}"`), command);
  }
  assert.ok(noted('"/bin/sh -c pidof x || exit 1"'));
  for (const script of ["pidof x || exit 1", "pidof", "exit $(cat /x)", "/x>/y"]) {
    assert.equal(noted(`"/bin/sh -c '${script}'"`), false, script);
    assert.equal(noted(`"bash -ec '${script}'"`), false, script);
  }
  assert.equal(noted("\"curl -s 'http://h/?a=1&b=2;c=3 > x' http://h/?a=1&b=2\""), false);
});

Deno.test("enable_script_security wants somebody to run scripts as", () => {
  const text = `global_defs { enable_script_security }\n${SCRIPT}${instanceText("track_script { s }")}`;
  const nobody = load(text, { userExists: () => false });
  assert.deepEqual(nobody.model.scripts, []);
  assert.equal(nobody.exitCode, 5);
  assert.equal(load(text, { userExists: (name) => name === "keepalived_script" }).model.scripts.length, 1);
});

Deno.test("weights of an owner's and of a sync group member's trackers are reported", () => {
  const weighted = SCRIPT +
    instanceText("priority 255\n track_script { s }\n track_interface { eth1 weight 5 }");
  const useless = (text: string) =>
    load(text).diagnostics.filter((finding) => finding.code === "useless-weight").length;
  assert.equal(useless(weighted), 2);
  const group = (option: string) =>
    `vrrp_sync_group G {\n group { VI }\n ${option}\n}\n${weighted.replace("255", "50")}`;
  assert.equal(useless(group("")), 2);
  assert.equal(useless(group("sync_group_tracking_weight")), 0);
});

/** Scripts of a virtual server that are left of a configuration. */
function serverScripts(global: string, facts: Parameters<typeof load>[1], alpha = "") {
  const text = `global_defs {\n ${global}\n}
virtual_server 10.0.0.1 80 {
 lb_algo rr
 lb_kind NAT
 protocol TCP
 ${alpha}
 quorum_up /bin/up
 real_server 10.0.0.2 80 {
  notify_down /bin/down
  MISC_CHECK {
   misc_path /bin/check
  }
 }
}
`;
  const { model, diagnostics } = load(text, facts);
  const { quorumUp, realServers: [real] } = model.loadBalancer.virtualServers[0]!;
  const commands = [
    quorumUp,
    real!.notifyDown,
    ...real!.checkers.map((each) => each.kind === "misc" ? each.command : null),
  ];
  return {
    left: commands.map((command) => command?.argv.join(" ") ?? null),
    codes: diagnostics.map(({ code }) => code).filter((code) => code !== "no-checker"),
  };
}

Deno.test("a check whose program is missing is left out, other scripts of a virtual server fail when their time comes", () => {
  const script = (): ScriptFile => ({ found: false, reason: "No such file or directory" });
  const { left, codes } = serverScripts("", { script });
  assert.deepEqual(left, ["/bin/up", "/bin/down"]);
  const unfit = (): ScriptFile => ({ found: true, path: "/bin/check", executable: false, insecure: null });
  assert.deepEqual(serverScripts("", { script: unfit }).left, ["/bin/up", "/bin/down"]);
  // With alpha the server waits for ever for its check.
  assert.deepEqual(serverScripts("", { script }, "alpha").left, ["/bin/up", "/bin/down", "/bin/check"]);
  assert.deepEqual(codes, ["script-missing", "script-missing", "script-missing"]);
});

Deno.test("under enable_script_security no script of a virtual server runs that others can change, or without a user", () => {
  const file = { found: true, path: "/bin/check", executable: true, insecure: "/bin" } as const;
  const facts = { script: () => file, userExists: (name: string) => name === "root", userIsRoot: () => true };
  assert.deepEqual(serverScripts("script_user root", facts).left, ["/bin/up", "/bin/down", "/bin/check"]);
  assert.deepEqual(serverScripts("enable_script_security\n script_user root", facts).left, [null, null]);
  assert.deepEqual(serverScripts("enable_script_security\n script_user root", facts, "alpha").left, [
    null,
    null,
    "/bin/false",
  ]);
  const trusted = { ...facts, script: () => ({ ...file, insecure: null }) };
  const nobody = serverScripts("enable_script_security", trusted);
  assert.deepEqual(nobody.left, [null, null]);
  assert.deepEqual(nobody.codes, ["no-script-user", "no-script-user", "no-script-user"]);
});

Deno.test("enable_script_security wants somebody to run the reader of a FIFO as, too", () => {
  const words = ["notify_fifo", "vrrp_notify_fifo", "lvs_notify_fifo"];
  const text = (more: string) =>
    `global_defs {
  enable_script_security
  ${more}
  ${words.map((word) => `${word} /run/${word}\n  ${word}_script /bin/true`).join("\n  ")}
}
${instanceText("")}`;
  const readers = ({ model: { daemon, loadBalancer } }: ReturnType<typeof load>) =>
    [daemon.notifyFifo, daemon.vrrpNotifyFifo, loadBalancer.settings.notifyFifo].map((fifo) =>
      fifo!.reader?.text
    );
  const nobody = load(text(""), { userExists: () => false });
  assert.deepEqual(readers(nobody), [undefined, undefined, undefined]);
  const codes = nobody.diagnostics.map(({ code }) => code);
  assert.equal(codes.filter((code) => code === "no-script-user").length, 3);
  const somebody = load(text("script_user root"), { userExists: (name) => name === "root" });
  assert.deepEqual(readers(somebody), ["/bin/true", "/bin/true", "/bin/true"]);
});

Deno.test("scripts that others can change: the exit codes of keepalived, and the path as it is written", () => {
  const head = "global_defs {\n enable_script_security\n script_user root\n}\n";
  const script = (): ScriptFile => ({ found: true, path: "/X.sh", executable: true, insecure: "/Opt/X.sh" });
  const facts = { script, userIsRoot: () => true, userExists: () => true };
  const notify = instanceText("notify_master /Opt/X.sh").replace("vrrp_instance VI", "vrrp_instance Vi");
  const secure = load(head + notify, facts);
  assert.equal(secure.exitCode, 0);
  assert.match(
    secure.diagnostics[0]!.message,
    /^Cannot run notify script of Vi: others than root can change "\/Opt\/X.sh", and notify script of Vi runs/,
  );
  assert.equal(load(notify, facts).exitCode, 6);
});

Deno.test("a check whose program is there, executable or not, is a script that is run", () => {
  const text =
    "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n real_server 10.0.0.2 80 {\n" +
    ' MISC_CHECK {\n misc_path "/x"\n }\n }\n}';
  const file = (executable: boolean): ScriptFile => ({ found: true, path: "/x", executable, insecure: null });
  assert.equal(load(text, { script: () => file(false) }).exitCode, 6);
  assert.equal(load(text, { script: () => file(true) }).exitCode, 6);
  assert.equal(load(text, { script: () => ({ found: false, reason: "none" }) }).exitCode, 0);
});

Deno.test("an escape takes all its hexadecimal digits, and a NUL ends a text, as in C", () => {
  assert.deepEqual(splitCommand("a\\x4142 b\\x4g \\x").argv, ["aB", "b\x04g", "x"]);
  assert.deepEqual(splitCommand("/x a\\0b c").argv, ["/x", "a", "c"]);
  const { model } = load(instanceText('notify_master "/bin/true a\\0b c"'));
  assert.deepEqual(model.instances[0]!.notify.master!.argv, ["/bin/true", "a"]);
});

Deno.test("a command with a single quote that is not closed is not run", () => {
  const rows = [["'/bin/true a", "'/bin/true a"], ['"/bin/true \'a"', '"/bin/true \'a"'], [
    "'/bin/true' 'root",
    "'root",
  ]];
  for (const [written, pointedAt] of rows) {
    const { model, diagnostics, exitCode } = load(instanceText(`notify_master ${written}`));
    assert.equal(model.instances[0]!.notify.master, null, written);
    const found = diagnostics.filter(({ code }) => code === "unterminated-quote");
    assert.deepEqual(found.map(({ source, column }) => source.slice(column - 1).trimEnd()), [pointedAt]);
    assert.equal(exitCode, 5);
  }
  // A double one is the lexer's, which says what it takes.
  for (const [written, findings] of [['"/bin/true a', 1], ['"/bin/true a\\"', 0]] as const) {
    const lenient = load(instanceText(`notify_master ${written}`));
    assert.deepEqual(lenient.model.instances[0]!.notify.master!.argv, ["/bin/true", "a"]);
    assert.equal(lenient.diagnostics.filter(({ code }) => code === "unterminated-quote").length, findings);
  }
});

Deno.test("a pattern or path with a quote that is not closed is pointed out", () => {
  const url = "url { path /\n status_code 200\n regex don't\n }";
  const text =
    `virtual_server 10.0.0.1 80 { lb_kind NAT\n lb_algo rr\n protocol TCP\n real_server 10.0.0.2 80 { HTTP_GET { ${url} } } }`;
  const { diagnostics } = load(text);
  const [found] = diagnostics.filter(({ code }) => code === "unterminated-quote");
  assert.deepEqual([found?.line, found?.column], [6, 11]);
});
