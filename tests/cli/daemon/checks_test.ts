/** Virtual servers in the daemon, on a kernel's table that is only written down. */
import assert from "node:assert/strict";
import { Balancer } from "../../../cli/daemon/check_table.ts";
import { VirtualServers } from "../../../cli/daemon/checks.ts";
import { ProcessGroups } from "../../../cli/daemon/child_process.ts";
import type { LoadBalancer, SyncDaemon } from "../../../core/config/virtual_server_model.ts";
import type { IpvsDaemon } from "../../../core/packet/ipvs.ts";
import type { IpvsTable } from "../../../core/ports.ts";
import { openLibc } from "../../../ffi/libc.ts";
import { openProbeSockets } from "../../../ffi/probe_sockets.ts";
import { loadBalancer } from "../../core/lvs/builders.ts";

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

Deno.test("the sync daemon follows the instance that a reload names, master like the one before", async () => {
  const masters = new Set(["A", "B"]);
  const table = emptyTable();
  const servers = new VirtualServers({
    log: () => {},
    notify: () => {},
    statusChanged: () => {},
    scriptUser: () => null,
    isMaster: (instance) => Promise.resolve(masters.has(instance)),
    addresses: () => [],
    balancer: new Balancer({ open: () => table, loadModule: () => {}, warn: () => {} }),
    masquerade: { sweep() {}, set() {} },
    sockets: openProbeSockets(openLibc()),
    groups: new ProcessGroups(),
  });
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
