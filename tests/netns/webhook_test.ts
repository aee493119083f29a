/** The webhook: every transition of a life as JSON, while the server is there and when it comes back. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { LineLog } from "../lab/event_log.ts";
import type { Node } from "../lab/node.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import type { WebhookEvent } from "../../cli/daemon/webhook.ts";
import { VIP } from "./pair.ts";

const SERVER = fileURLToPath(new URL("../lab/post_server.ts", import.meta.url));

/** Starts the server on a node; its lines, once it listens. */
async function serve(node: Node): Promise<LineLog> {
  const argv = [Deno.execPath(), "run", "--no-prompt", "--allow-net", SERVER, node.address, "8080"];
  const { stdout } = node.spawn(argv, { name: `post server on ${node.name}` });
  await stdout.line(/listening/, { within: 20_000 });
  return stdout;
}

function eventsOf(posts: LineLog): WebhookEvent[] {
  return posts.items.slice(1).map(({ text }) => JSON.parse(text).event);
}

const life: Case = {
  name: "notify_webhook: a server that comes late has every transition in order",
  lab: { a: ["lan", "office"], chat: ["office"] },
  async run(lab) {
    const a = lab.node("a");
    const chat = lab.node("chat");
    const group = block("vrrp_sync_group G", ["group {", "    VI_1", "}"]);
    const router = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP] });
    const hook = `notify_webhook http://${chat.address}:8080/hooks/secret`;
    const daemon = await a.start("ha", configuration([group, router], [hook]));
    await daemon.says(/Webhook http:\/\/10\.80\.1\.2:8080 takes no posts: .* - trying again/);
    await daemon.enters("VI_1", "MASTER");
    const posts = await serve(chat);
    await posts.line(/"name":"G","state":"MASTER"/, { within: 60_000 });
    await a.cut("carrier", "lan");
    await posts.line(/"name":"G","state":"FAULT"/, { within: 30_000 });
    daemon.terminate();
    await posts.line(/"name":"G","state":"STOP"/, { within: 30_000 });
    await daemon.process.ended;
    const events = eventsOf(posts);
    assert.deepEqual(
      events.map(({ object, state }) => `${object} ${state}`),
      ["BACKUP", "MASTER", "FAULT", "STOP"].flatMap((state) => [`INSTANCE ${state}`, `GROUP ${state}`]),
    );
    const [, , master] = events;
    assert.match(master!.text, /^lab: VI_1 is MASTER: no advertisement was heard for .* s; our own timers/);
    assert.deepEqual(
      [master!.router, master!.instance, master!.priority, master!.level],
      ["lab", "VI_1", 100, "info"],
    );
    assert.deepEqual(daemon.log.lines(/secret/).filter(({ text }) => !text.includes(".conf:")), []);
  },
};

scenarios("webhook", [life]);
