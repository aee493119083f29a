import assert from "node:assert/strict";
import { MaintenanceBook } from "../../../cli/daemon/maintenance_book.ts";
import { maintenance, type Operated } from "../../../cli/daemon/operator_requests.ts";
import { mayHandOver, targetsOf } from "../../../cli/daemon/operator_targets.ts";
import { backupInstance, healthyStatus, masterInstance, NOW } from "../../web/fixtures.ts";

const PEER = {
  address: "192.0.2.3",
  priority: 100,
  lastHeard: NOW - 60_000,
  version: 2,
  interval: 1000,
} as const;
const GROUP = { name: "G", state: "master", since: NOW, members: ["A", "B"] } as const;

function known(peer: typeof PEER | null) {
  const member = { syncGroup: "G", peer };
  return {
    instances: [
      masterInstance({ name: "A", ...member }),
      masterInstance({ name: "B", ...member }),
      backupInstance({ name: "C", syncGroup: null, master: "192.0.2.3" }),
    ],
    syncGroups: [GROUP],
  };
}

function namesOf(targets: ReturnType<typeof targetsOf>): readonly string[] | string {
  return targets.ok ? targets.instances.map(({ name }) => name) : targets.reason;
}

Deno.test("targetsOf() takes instances, sync groups and everything", () => {
  assert.deepEqual(namesOf(targetsOf(known(PEER), null)), ["A", "B", "C"]);
  assert.deepEqual(namesOf(targetsOf(known(PEER), ["G", "C", "A"])), ["A", "B", "C"]);
  assert.match(String(namesOf(targetsOf(known(PEER), ["D"]))), /no instance or sync group .* are A, B, C$/);
});

Deno.test("mayHandOver() takes the sync group of a master along", () => {
  assert.deepEqual(namesOf(mayHandOver(known(PEER), ["A"], false, NOW)), ["A", "B"]);
  assert.deepEqual(namesOf(mayHandOver(known(PEER), null, false, NOW)), ["A", "B"]);
});

Deno.test("mayHandOver() refuses where nobody is known to take over, unless forced", () => {
  assert.match(String(namesOf(mayHandOver(known(null), ["A"], false, NOW))), /no other router .* --force/);
  const gone = { ...PEER, priority: 0 } as unknown as typeof PEER;
  assert.match(
    String(namesOf(mayHandOver(known(gone), ["A"], false, NOW))),
    /192\.0\.2\.3, the only other router heard for A, said goodbye 60 s ago; --force/,
  );
  assert.deepEqual(namesOf(mayHandOver(known(null), ["A"], true, NOW)), ["A", "B"]);
});

Deno.test("mayHandOver() says who is master instead", () => {
  assert.equal(
    namesOf(mayHandOver(known(PEER), ["C"], true, NOW)),
    "it is BACKUP here; the master is 192.0.2.3",
  );
});

/** Books of one daemon after the other, in a folder that goes with the test. */
function book() {
  const folder = Deno.makeTempDirSync({ prefix: "ha-operator-" });
  const path = `${folder}/maintenance.json`;
  const said: string[] = [];
  return {
    path,
    said,
    open: () => new MaintenanceBook(path, ({ text }) => said.push(text)),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("MaintenanceBook forgets at the end what was not to persist", () => {
  using books = book();
  const { open } = books;
  const first = open();
  first.on(["A"], false);
  first.on(["B"], true);
  assert.deepEqual(first.order, { all: false, names: ["A", "B"] });
  const second = open();
  assert.deepEqual(second.order, { all: false, names: ["B"] });
  second.off(["B"], ["A", "B"]);
  assert.deepEqual(open().order, { all: false, names: [] });
});

Deno.test("MaintenanceBook takes one of all out", () => {
  using books = book();
  const { open, path } = books;
  const first = open();
  first.on(null, true);
  assert.deepEqual(first.order, { all: true, names: [] });
  first.off(["A"], ["A", "B", "C"]);
  assert.deepEqual(first.order, { all: false, names: ["B", "C"] });
  assert.deepEqual(open().order, { all: false, names: ["B", "C"] });
  first.off(null, ["A", "B", "C"]);
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
});

Deno.test("MaintenanceBook takes a broken file for an empty one, and says so", () => {
  using books = book();
  const { open, path, said } = books;
  Deno.writeTextFileSync(path, '{"all": 1}');
  assert.deepEqual(open().order, { all: false, names: [] });
  assert.match(said.join(), /Cannot read ".*maintenance\.json": it is not one of ours/);
});

Deno.test("MaintenanceBook refuses what it cannot keep, and changes nothing", () => {
  using books = book();
  const { open, path } = books;
  const first = open();
  Deno.mkdirSync(path);
  assert.throws(() => first.on(["A"], true), /Cannot keep the maintenance for after a restart: /);
  assert.deepEqual(first.order, { all: false, names: [] });
  first.on(["A"], false);
  assert.deepEqual(first.order, { all: false, names: ["A"] });
});

Deno.test("MaintenanceBook ends a maintenance whatever became of its file", () => {
  using books = book();
  const { open, path, said } = books;
  const first = open();
  first.on(["A", "B"], true);
  Deno.removeSync(path);
  first.off(["A", "B"], ["A", "B"]);
  assert.deepEqual([first.order, said], [{ all: false, names: [] }, []]);
  first.on(["A", "B"], true);
  Deno.removeSync(path);
  Deno.mkdirSync(path);
  first.off(["A"], ["A", "B"]);
  assert.deepEqual(first.order, { all: false, names: ["B"] });
  assert.match(said.join(), /Cannot write ".*maintenance\.json": .*; the next daemon begins with the main/);
});

Deno.test("maintenance() says where the engine has not answered since", async () => {
  for (const fresh of [true, false]) {
    const status = () => Promise.resolve({ ...healthyStatus(), generatedAt: fresh ? Date.now() : NOW });
    using books = book();
    const daemon: Operated = { hub: { current: status }, maintenance: books.open(), send() {}, note() {} };
    const request = { command: "maintenance", action: "on", names: null, persist: false } as const;
    assert.equal((await maintenance(daemon, request)).confirmed, fresh);
  }
});
