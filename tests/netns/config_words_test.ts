/**
 * Every word of the language, without a value and with a nonsensical one, judged by the installed keepalived and by us:
 * the exit codes must agree, or a row says why not.
 */
import assert from "node:assert/strict";
import { hostFacts } from "../../cli/config_source.ts";
import { parseConfig } from "../../core/config/config.ts";
import { KEYWORD_TABLES } from "../../core/config/keywords/all.ts";
import type { KeywordTable } from "../../core/config/keywords/keyword.ts";
import { NEWER_WORDS } from "../corpus/differences.ts";
import { runsWhere } from "../support/skip.ts";

const INTERFACES = ["eth0", "eth1"];
const namespace = `ha-words-${Deno.pid}`;

function instance(name: string, device: string, lines: string): string {
  const vip = device === "eth0" ? "10.0.0.1" : "10.0.0.3";
  return `vrrp_instance ${name} {\ninterface ${device}\nvirtual_router_id 5\nvirtual_ipaddress {\n${vip}\n}\n${lines}\n}\n`;
}

function server(lines: string, real: string): string {
  return `virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n${lines}\n` +
    `real_server 10.0.0.2 80 {\nweight 1\n${real}\n}\n}\n`;
}

/** What a block needs beside the word that is tried. */
const NEEDS: Readonly<Record<string, string>> = {
  MISC_CHECK: 'misc_path "/bin/true"',
  HTTP_GET: "url {\npath /\n}",
  SSL_GET: "url {\npath /\n}",
  url: "path /",
};

/** A configuration with one line in one kind of block. */
function around({ name }: KeywordTable, line: string): string {
  const [first, second, ...inner] = name.split("/");
  switch (first) {
    case "(root)":
      return `${line}\n`;
    case "vrrp_instance":
      return instance("A", "eth0", second === undefined ? line : `${second} {\n${line}\n}`);
    case "vrrp_script":
      return `vrrp_script s {\nscript "/bin/true"\n${line}\n}\n${
        instance("A", "eth0", "track_script {\ns\n}")
      }`;
    case "vrrp_sync_group":
      return `vrrp_sync_group G {\ngroup {\nA\nB\n}\n${line}\n}\n${instance("A", "eth0", "")}${
        instance("B", "eth1", "")
      }`;
    case "vrrp_track_process":
      return `vrrp_track_process p {\nprocess x\n${line}\n}\n`;
    case "track_file":
    case "vrrp_track_file":
      return `${first} f {\nfile /tmp/x\n${line}\n}\n`;
    case "track_group":
    case "bfd_instance":
      return `${first} x {\n${first === "bfd_instance" ? "neighbor_ip 10.9.1.2\n" : ""}${line}\n}\n`;
    case "virtual_server":
      return second === undefined ? server(line, "") : server("", nested(inner, line));
    default:
      return `${first} {\n${line}\n}\n`;
  }
}

function nested(blocks: readonly string[], line: string): string {
  return blocks.toReversed().reduce((inner, block) => {
    const need = block.endsWith("_GET") && inner.startsWith("url {") ? "" : NEEDS[block] ?? "";
    return `${block} {\n${need}\n${inner}\n}`;
  }, line);
}

interface Case {
  readonly block: string;
  readonly line: string;
  readonly text: string;
}

function cases(): Case[] {
  return KEYWORD_TABLES.flatMap((table) =>
    table.keywords.filter((keyword) => !keyword.ours).flatMap(({ word }) =>
      [word, `${word} @junk`].map((line) => ({ block: table.name, line, text: around(table, line) }))
    )
  );
}

/** Why the exit codes may differ: a pattern for `BLOCK: LINE`, one for keepalived's words, and the reason. */
const REASONS: readonly (readonly [word: RegExp, said: RegExp, reason: string])[] = [
  [/./, new RegExp(`Unknown keyword '(${NEWER_WORDS.join("|")})'`), "newer than the installed keepalived"],
  [/./, /^killed$/, "keepalived crashed"],
  [
    /: (SSL|global_defs|track_group|static_\w+|linkbeat_interfaces|interface_up_down_delays)/,
    /^$/,
    "no { follows, which keepalived passes over in silence",
  ],
  [/: (track_\w+|virtual_\w+)/, /^$/, "no { follows, which keepalived passes over in silence"],
  [/: vrrp_iptables/, /iptables not supported/, "Debian builds keepalived without iptables"],
  [/: smtp_server @junk/, /Invalid smtp server/, "keepalived resolves the name at once"],
  [/: smtp_helo_name$/, /^$/, "keepalived passes over the missing name in silence"],
  [/url: (regex|status_code)/, /^$/, "keepalived passes over it in silence; Debian builds it without PCRE2"],
  [/: virtual_server @junk/, /./, "keepalived crashed"],
];

function ip(...args: string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args, stdout: "null", stderr: "piped" }).outputSync();
  assert.ok(success, `ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Runs `keepalived -t` on files 0, 1, … of a folder, inside a namespace that has the interfaces. */
function judge(folder: string, count: number): void {
  ip("netns", "add", namespace);
  try {
    for (const name of INTERFACES) {
      ip("-n", namespace, "link", "add", name, "type", "veth", "peer", "name", `${name}p`);
      ip("-n", namespace, "address", "add", `10.9.${name.at(-1)}.1/24`, "dev", name);
      ip("-n", namespace, "link", "set", name, "up");
    }
    const loop = `i=0; while [ $i -lt ${count} ]; do
      timeout 10 keepalived -t -f ${folder}/$i --log-console >${folder}/$i.out 2>&1; echo $? >${folder}/$i.exit
      i=$((i+1)); done`;
    ip("netns", "exec", namespace, "sh", "-c", loop);
  } finally {
    ip("netns", "del", namespace);
  }
}

Deno.test({
  ...runsWhere("keepalived and we exit alike for every word, bare and with nonsense behind it", {
    netns: true,
    commands: ["keepalived"],
  }),
  fn() {
    const all = cases();
    const folder = Deno.makeTempDirSync({ prefix: "ha-words-" });
    const facts = {
      ...hostFacts(),
      interfaceExists: (name: string) => INTERFACES.includes(name) || name === "lo",
    };
    const unexplained: string[] = [];
    try {
      all.forEach(({ text }, i) => Deno.writeTextFileSync(`${folder}/${i}`, text));
      judge(folder, all.length);
      all.forEach(({ block, line, text }, i) => {
        const exit = Number(Deno.readTextFileSync(`${folder}/${i}.exit`));
        const own = parseConfig(text, facts).exitCode;
        if (exit === own) return;
        const said = exit > 6 ? "killed" : Deno.readTextFileSync(`${folder}/${i}.out`).trim();
        const name = `${block}: ${line}`;
        const reason = REASONS.find(([word, words]) => word.test(name) && words.test(said));
        if (reason === undefined) {
          unexplained.push(`${name}: ${exit} there, ${own} here; ${said.split("\n")[0]}`);
        }
      });
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
    assert.equal(all.length, 2 * 531);
    assert.deepEqual(unexplained, []);
  },
});
