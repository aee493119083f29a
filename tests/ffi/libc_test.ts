import assert from "node:assert/strict";
import { C } from "../../ffi/constants.ts";
import { attempt, describeErrno, ERRNO, errnoName, ERRORS, OsError, refusal } from "../../ffi/errno.ts";
import * as layout from "../../ffi/layout.ts";
import { addressOf, cString, openLibc, pinnedBytes } from "../../ffi/libc.ts";
import { runsWhere } from "../support/skip.ts";

const FOLDER = new URL("../golden/libc/", import.meta.url);

interface Facts {
  readonly layout: Record<string, Record<string, number>>;
  readonly constants: Record<string, number>;
  readonly errors: Record<string, [string, string]>;
}

function golden(architecture: string): Facts {
  return JSON.parse(Deno.readTextFileSync(new URL(`libc_facts.${architecture}.json`, FOLDER)));
}

/** Structure name to its fields, from the exports of layout.ts. */
function ourLayout(): Record<string, unknown> {
  const structures = Object.entries(layout).filter(([, value]) => typeof value === "object");
  return Object.fromEntries(structures.map(([name, fields]) => [name.toLowerCase(), fields]));
}

Deno.test("layout.ts states what a C program printed", () => {
  assert.deepEqual(ourLayout(), golden(Deno.build.arch).layout);
});

Deno.test("constants.ts states what a C program printed, on both machines", () => {
  for (const architecture of ["x86_64", "aarch64"]) {
    assert.deepEqual({ ...C }, golden(architecture).constants);
  }
});

Deno.test("errno.ts states what a C program printed, on both machines", () => {
  for (const architecture of ["x86_64", "aarch64"]) {
    assert.deepEqual({ ...ERRORS }, golden(architecture).errors);
  }
  for (const [name, errno] of Object.entries(ERRNO)) assert.equal(errnoName(errno), name);
});

Deno.test("both machines differ in epoll_event alone", () => {
  const [one, other] = ["x86_64", "aarch64"].map((architecture) => golden(architecture).layout);
  const differing = Object.keys(one!).filter((name) =>
    JSON.stringify(one![name]) !== JSON.stringify(other![name])
  );
  assert.deepEqual(differing, ["epoll_event"]);
});

Deno.test({
  ...runsWhere("the golden file is what the C program prints here", { commands: ["cc"] }),
  fn() {
    const program = Deno.makeTempFileSync();
    const source = new URL("libc_facts.c", FOLDER).pathname;
    const compiled = new Deno.Command("cc", { args: ["-o", program, source], stdout: "null" }).outputSync();
    assert.ok(compiled.success, new TextDecoder().decode(compiled.stderr));
    const printed = new Deno.Command(program).outputSync();
    Deno.removeSync(program);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(printed.stdout)), golden(Deno.build.arch));
  },
});

Deno.test("controlSpace() is CMSG_SPACE", () => {
  assert.deepEqual([0, 1, 4, 8, 9, 20].map(layout.controlSpace), [16, 24, 24, 24, 32, 40]);
});

Deno.test("openLibc() gives calls and the errno they leave", () => {
  using libc = openLibc();
  assert.equal(libc.symbols.close(-1), -1);
  assert.equal(errnoName(libc.errno()), "EBADF");
  assert.equal(libc.symbols.open(cString("/no/such/file"), C.O_RDONLY, 0), -1);
  assert.equal(errnoName(libc.errno()), "ENOENT");
});

Deno.test("pinnedBytes() stays where it is", () => {
  const buffers = Array.from({ length: 100 }, (_, i) => pinnedBytes(i + 1));
  const before = buffers.map(addressOf);
  for (let i = 0; i < 50; i++) new Array(100_000).fill(i);
  assert.deepEqual(buffers.map(addressOf), before);
  assert.equal(new Set(before).size, buffers.length);
});

Deno.test("OsError names action, subject and reason", () => {
  const error = new OsError("Cannot bind raw socket to interface", "eth9", ERRNO.ENODEV);
  assert.equal(error.message, 'Cannot bind raw socket to interface "eth9": ENODEV (No such device)');
  assert.equal(error.code, "ENODEV");
  assert.deepEqual(error.toResult(), { ok: false, errno: 19, reason: error.message });
  assert.equal(
    new OsError("Cannot create timer", "", 24).message,
    "Cannot create timer: EMFILE (Too many open files)",
  );
  assert.equal(describeErrno(4242), "E4242 (Unknown error)");
});

Deno.test("attempt() makes a result of an OsError and of nothing else", () => {
  assert.deepEqual(attempt(() => {}), { ok: true });
  const error = new OsError("Cannot do", "this", ERRNO.EPERM);
  assert.deepEqual(
    attempt(() => {
      throw error;
    }),
    error.toResult(),
  );
  assert.throws(() => attempt(() => void (null as unknown as string).length), TypeError);
  assert.deepEqual(refusal(ERRNO.EINVAL, "IPv6 is off"), {
    ok: false,
    errno: 22,
    reason: "EINVAL (Invalid argument): IPv6 is off",
  });
});
