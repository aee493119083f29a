import assert from "node:assert/strict";
import { type AccountFiles, credentialsFor } from "../../../cli/daemon/script_user.ts";

const FILES: AccountFiles = {
  passwd: () => "root:x:0:0:root:/root:/bin/bash\nweb:x:33:44::/:/bin/false\nbroken\n",
  group: () => "root:x:0:\nadm:x:4:web\n",
};

const WITH_DEFAULT: AccountFiles = {
  ...FILES,
  passwd: () => `${FILES.passwd()}keepalived_script:x:999:998::/:/bin/false\n`,
};

const of = (user: string, group: string | null = null) => ({ user, group });

Deno.test("credentialsFor() prefers the script's own user, then script_user", () => {
  assert.deepEqual(credentialsFor(of("web"), of("root"), FILES), {
    ok: true,
    credentials: { uid: 33, gid: 44 },
  });
  assert.deepEqual(credentialsFor(null, of("web"), FILES), { ok: true, credentials: { uid: 33, gid: 44 } });
});

Deno.test("credentialsFor() takes keepalived_script where it exists, and our own user where it does not", () => {
  assert.deepEqual(credentialsFor(null, null, WITH_DEFAULT), {
    ok: true,
    credentials: { uid: 999, gid: 998 },
  });
  assert.deepEqual(credentialsFor(null, null, FILES), { ok: true, credentials: null });
});

Deno.test("credentialsFor() takes a group by name or number", () => {
  assert.deepEqual(credentialsFor(of("web", "adm"), null, FILES), {
    ok: true,
    credentials: { uid: 33, gid: 4 },
  });
  assert.deepEqual(credentialsFor(of("web", "77"), null, FILES), {
    ok: true,
    credentials: { uid: 33, gid: 77 },
  });
});

Deno.test("credentialsFor() takes a number without an account as user and group", () => {
  assert.deepEqual(credentialsFor(of("5000"), null, FILES), {
    ok: true,
    credentials: { uid: 5000, gid: 5000 },
  });
});

Deno.test("credentialsFor() names the user or group that does not exist", () => {
  assert.deepEqual(credentialsFor(of("nobody2"), null, FILES), {
    ok: false,
    reason: 'user "nobody2" does not exist',
  });
  assert.deepEqual(credentialsFor(of("web", "x"), null, FILES), {
    ok: false,
    reason: 'group "x" does not exist',
  });
});

Deno.test("credentialsFor() does not take 4294967295 as a number: the kernel reads it as no change", () => {
  assert.equal(credentialsFor(of("4294967295"), null, FILES).ok, false);
});

Deno.test("credentialsFor() gives all groups of the user where that is wanted", () => {
  const files = { ...FILES, group: () => "adm:x:4:syslog,web\nweb:x:44:\nssl:x:110:web\nweb2:x:5:web2\n" };
  const supplementary = { user: null, group: null, supplementary: true };
  assert.deepEqual(credentialsFor(of("web"), supplementary, files), {
    ok: true,
    credentials: { uid: 33, gid: 44, groups: [44, 4, 110] },
  });
  assert.deepEqual(credentialsFor(null, { ...supplementary, user: "web", group: "ssl" }, files), {
    ok: true,
    credentials: { uid: 33, gid: 110, groups: [110, 4] },
  });
  assert.deepEqual(credentialsFor(null, supplementary, FILES), { ok: true, credentials: null });
});
