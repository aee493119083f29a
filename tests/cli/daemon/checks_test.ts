/** Virtual servers in the daemon, on a kernel's table that is only written down. */
import assert from "node:assert/strict";
import { Balancer } from "../../../cli/daemon/check_table.ts";
import { type VirtualServerHost, VirtualServers } from "../../../cli/daemon/checks.ts";
import { ProcessGroups } from "../../../cli/daemon/child_process.ts";
import { within } from "../../../cli/within.ts";
import type { LoadBalancer, SyncDaemon } from "../../../core/config/virtual_server_model.ts";
import type { IpvsDaemon } from "../../../core/packet/ipvs.ts";
import type { IpvsTable } from "../../../core/ports.ts";
import { openLibc } from "../../../ffi/libc.ts";
import { openProbeSockets } from "../../../ffi/probe_sockets.ts";
import { httpCheck, loadBalancer, realServer, target, url, virtualServer } from "../../core/lvs/builders.ts";
import { certify, serveTls } from "../../checkers/tls_server.ts";
import { runsWhere } from "../../support/skip.ts";

/** A kernel without services, that runs the roles of the sync daemon as told. */
function emptyTable(): IpvsTable {
  const daemons: IpvsDaemon[] = [];
  const ok = { ok: true } as const;
  return {
    info: () => ({ version: "1.2.1", connectionTableSize: 4096 }),
    read: () => [],
    apply: (operations) => operations.map(() => ok),
    flush: () => ok,
    timeouts: () => ({ tcp: 900, tcpFin: 120, udp: 300 }),
    setTimeouts: () => ok,
    daemons: () => [...daemons],
    startDaemon(daemon) {
      daemons.push(daemon);
      return ok;
    },
    stopDaemon({ state }) {
      daemons.splice(daemons.findIndex((each) => each.state === state), 1);
      return ok;
    },
    [Symbol.dispose]() {},
  };
}

function followed(instance: string): LoadBalancer {
  const syncDaemon: SyncDaemon = {
    interface: "eth0",
    instance,
    id: 1,
    maxLength: null,
    port: null,
    ttl: null,
    group: null,
  };
  return loadBalancer([], { syncDaemon });
}

/** Virtual servers with a table and nothing else of a host. */
function virtualServers(
  { table, isMaster = () => Promise.resolve(false), log = () => {} }:
    & { readonly table: IpvsTable }
    & Partial<Pick<VirtualServerHost, "isMaster" | "log">>,
): VirtualServers {
  return new VirtualServers({
    log,
    isMaster,
    notify: () => {},
    statusChanged: () => {},
    scriptUser: () => null,
    addresses: () => [],
    balancer: new Balancer({ open: () => table, loadModule: () => {}, warn: () => {} }),
    masquerade: { sweep() {}, set() {} },
    sockets: openProbeSockets(openLibc()),
    groups: new ProcessGroups(),
  });
}

Deno.test("the sync daemon follows the instance that a reload names, master like the one before", async () => {
  const masters = new Set(["A", "B"]);
  const table = emptyTable();
  const servers = virtualServers({ table, isMaster: (instance) => Promise.resolve(masters.has(instance)) });
  const role = async () => {
    // The answer to `isMaster` is a promise: two turns of the loop are more than it takes.
    for (let i = 0; i < 2; i++) await new Promise((resolve) => setTimeout(resolve));
    return table.daemons().map(({ state }) => state);
  };
  try {
    servers.start(followed("A"));
    assert.deepEqual(await role(), ["master"]);
    servers.reload(followed("B"));
    assert.deepEqual(await role(), ["master"]);
    masters.delete("A");
    servers.reload(followed("A"));
    assert.deepEqual(await role(), ["backup"]);
  } finally {
    servers.stop(false);
  }
});

Deno.test({
  ...runsWhere("a certificate that ends soon is complained of once a day, however often it is seen", {
    commands: ["openssl"],
  }),
  // The wait for sockets ends on a thread of its own, a moment after it is told to.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "ha-tls-" });
    certify(folder, "a");
    const server = await serveTls(folder);
    let connections = 0;
    const fourth = Promise.withResolvers<void>();
    server.on("secureConnection", () => ++connections === 4 && fourth.resolve());
    const said: string[] = [];
    const servers = virtualServers({ table: emptyTable(), log: ({ text }) => said.push(text) });
    try {
      const { port } = server.address() as { port: number };
      const tls = {
        verify: false,
        caFile: null,
        certificateFile: null,
        keyFile: null,
        keyPassword: null,
        // ms; the certificate is good for two days.
        expiryWarning: 30 * 86_400_000,
      };
      const place = target({ address: "127.0.0.1", port });
      const checker = httpCheck({ tls, target: place, delayLoop: 50, urls: [url()] });
      servers.start(loadBalancer([virtualServer([realServer("127.0.0.1", [checker], { port })])]));
      assert.ok(await within(20_000, fourth.promise.then(() => true)), `${connections} checks`);
    } finally {
      servers.stop(false);
      server.close();
      await Deno.remove(folder, { recursive: true });
    }
    assert.equal(said.filter((text) => /certificate/i.test(text)).length, 1, said.join("\n"));
  },
});
