import assert from "node:assert/strict";
import { FakeBinary, fakeOctets, start } from "./fake_binary.ts";

const isRoot = Deno.uid() === 0;

Deno.test("the file is the same for the same payload and another for another", async () => {
  assert.deepEqual(await fakeOctets("1"), await fakeOctets("1"));
  assert.notDeepEqual(await fakeOctets("1"), await fakeOctets("2"));
});

Deno.test("the first start unpacks, the second finds it; both run under the caller's process id", async () => {
  await using binary = await FakeBinary.create();
  for (const run of ["first", "second"]) {
    const { code, stderr, pid, started } = await binary.start(["check", "a b", "", "*"]);
    assert.equal(stderr, "", run);
    assert.equal(code, 7, "the program's exit code is the file's");
    assert.equal(started?.pid, pid, "no wrapper process is left");
    assert.equal(started?.runtime, `${binary.home}/ha`);
    assert.equal(started?.self, binary.file);
    assert.equal(started?.denoDir, `${binary.cache}/runtime`);
    assert.deepEqual(started?.arguments, [
      "run",
      "--flag=a b'c",
      "--quick",
      `${binary.home}/main.js`,
      "check",
      "a b",
      "",
      "*",
    ]);
  }
});

Deno.test("the daemon runs with flags of its own", async () => {
  await using binary = await FakeBinary.create();
  const { started } = await binary.start(["start", "--config", "x"]);
  assert.deepEqual(started?.arguments.slice(2, 4), ["--small", `${binary.home}/main.js`]);
});

Deno.test("the cache belongs to this user alone and nothing else is left in it", async () => {
  await using binary = await FakeBinary.create();
  await binary.start();
  const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
  assert.equal(mode(binary.cache), 0o700);
  assert.equal(mode(binary.home), 0o700);
  assert.equal(mode(`${binary.home}/ha`), 0o500);
  assert.equal(mode(`${binary.home}/main.js`), 0o400);
  const names = [...Deno.readDirSync(binary.cache)].map((entry) => entry.name);
  assert.deepEqual(names.filter((name) => name.startsWith("new.")), []);
});

Deno.test("the file runs by a relative path, from the PATH, through a link and below a folder with blanks", async () => {
  await using binary = await FakeBinary.create();
  const env = { HA_CACHE_DIR: `${binary.directory}/a folder/cache` };
  await Deno.mkdir(`${binary.directory}/a folder`);
  await Deno.symlink(binary.file, `${binary.directory}/a folder/keepalived`);
  const relative = await start(["sh", "-c", "exec ./ha"], env, binary.directory);
  assert.equal(relative.started?.self, `${binary.directory}/./ha`);
  const byPath = await start(["env", `PATH=${binary.directory}:/usr/bin:/bin`, "ha"], env);
  assert.equal(byPath.started?.self, binary.file);
  const linked = await start([`${binary.directory}/a folder/keepalived`], env);
  assert.equal(linked.started?.self, `${binary.directory}/a folder/keepalived`);
  const byShell = await start(["sh", "ha"], env, binary.directory);
  assert.equal(byShell.started?.self, `${binary.directory}/ha`);
});

Deno.test("the file runs without a PATH, as from an init script or env -i", async () => {
  await using binary = await FakeBinary.create();
  for (const path of ["-u PATH", "PATH="]) {
    const env = { HA_CACHE_DIR: binary.cache };
    const { stderr, started } = await start(["env", ...path.split(" "), binary.file], env);
    assert.deepEqual([stderr, started?.self], ["", binary.file], path);
  }
});

Deno.test("a changed file in the cache is noticed and unpacked again", async () => {
  await using binary = await FakeBinary.create();
  await binary.start();
  const file = `${binary.home}/main.js`;
  const before = await Deno.stat(file);
  await Deno.chmod(file, 0o600);
  await Deno.writeTextFile(file, "// 6.6.6\n");
  await Deno.utime(file, before.atime!, before.mtime!);
  const { started, stderr } = await binary.start();
  assert.match(stderr, /was changed since it was unpacked; unpacking it again/);
  assert.equal(await Deno.readTextFile(`${binary.home}/main.js`), "// 1.2.3\n");
  assert.notEqual(started, null);
  assert.equal((await binary.start()).stderr, "");
});

Deno.test("a missing file in the cache is noticed", async () => {
  await using binary = await FakeBinary.create();
  await binary.start();
  await Deno.remove(`${binary.home}/engine_thread.js`);
  assert.notEqual((await binary.start()).started, null);
  assert.equal(await Deno.readTextFile(`${binary.home}/engine_thread.js`), "// thread\n");
});

Deno.test("a cache that was copied is taken after a look at its content", async () => {
  await using binary = await FakeBinary.create();
  await binary.start();
  const seal = await Deno.readTextFile(`${binary.home}.seal`);
  await new Deno.Command("cp", { args: ["-a", binary.cache, `${binary.cache}.copy`] }).output();
  await Deno.remove(binary.cache, { recursive: true });
  await Deno.rename(`${binary.cache}.copy`, binary.cache);
  const { started, stderr } = await binary.start();
  assert.equal(stderr, "");
  assert.notEqual(started, null);
  assert.notEqual(await Deno.readTextFile(`${binary.home}.seal`), seal);
});

Deno.test("what a start left half done does not matter", async () => {
  await using binary = await FakeBinary.create();
  await binary.start();
  const { home } = binary;
  await Deno.remove(`${home}.seal`);
  await Deno.remove(`${home}/ha`);
  await Deno.mkdir(`${binary.cache}/new.abcdef`);
  assert.notEqual((await binary.start()).started, null);
  assert.equal(binary.home, home);
  assert.throws(() => Deno.statSync(`${binary.cache}/new.abcdef`), Deno.errors.NotFound);
});

Deno.test("many that start at once all run", async () => {
  await using binary = await FakeBinary.create();
  const results = await Promise.all(Array.from({ length: 12 }, () => binary.start(["x"])));
  for (const { code, stderr, started } of results) {
    assert.deepEqual([code, stderr, started?.arguments.at(-1)], [7, "", "x"]);
  }
});

Deno.test("a damaged file is refused before anything of it runs", async () => {
  await using binary = await FakeBinary.create();
  const octets = await Deno.readFile(binary.file);
  await Deno.writeFile(binary.file, octets.subarray(0, octets.length - 40));
  const { code, stderr, started } = await binary.start();
  assert.equal(started, null);
  assert.equal(code, 4);
  assert.match(
    stderr,
    /Cannot unpack the program into any of these directories:\n.*(is damaged|could not be written)/,
  );
});

Deno.test("a cache directory of loose mode is refused by name", async () => {
  await using binary = await FakeBinary.create();
  await Deno.mkdir(binary.cache);
  await Deno.chmod(binary.cache, 0o755);
  const refused = await binary.start();
  assert.deepEqual([refused.code, refused.started], [4, null]);
  assert.ok(refused.stderr.includes(`${binary.cache}: its mode is 755 instead of 700`), refused.stderr);
});

Deno.test("a cache directory that is loosened later is refused, too", async () => {
  await using binary = await FakeBinary.create();
  await binary.start();
  await Deno.chmod(binary.cache, 0o777);
  assert.equal((await binary.start()).started, null);
});

Deno.test("a cache directory that is a link or a file is refused by name", async () => {
  await using binary = await FakeBinary.create();
  await Deno.mkdir(`${binary.directory}/elsewhere`, { mode: 0o700 });
  await Deno.symlink(`${binary.directory}/elsewhere`, binary.cache);
  assert.match((await binary.start()).stderr, /it is a symbolic link/);
  await Deno.remove(binary.cache);
  await Deno.writeTextFile(binary.cache, "");
  assert.match((await binary.start()).stderr, /it is not a directory/);
});

/** Makes the files of a version look as if they had been started last so many days ago. */
async function usedLast(home: string, days: number): Promise<void> {
  const date = new Date(Date.now() - days * 86_400_000);
  await Deno.utime(`${home}.seal`, date, date);
}

Deno.test("another version's files go away a week after their last use", async () => {
  await using binary = await FakeBinary.create("1");
  await binary.start();
  const old = binary.home;
  await binary.writeVersion("2");
  await binary.start();
  assert.ok(Deno.statSync(old).isDirectory, "it may be needed yet");
  await usedLast(old, 9);
  await binary.writeVersion("3");
  await binary.start();
  assert.throws(() => Deno.statSync(old), Deno.errors.NotFound);
  assert.throws(() => Deno.statSync(`${old}.seal`), Deno.errors.NotFound);
});

Deno.test("another version's files stay as long as it runs", async () => {
  await using binary = await FakeBinary.create("1");
  await binary.start();
  const old = binary.home;
  // A process whose program is the unpacked file, as the real runtime is one.
  await Deno.remove(`${old}/ha`);
  await Deno.copyFile("/bin/sleep", `${old}/ha`);
  const running = new Deno.Command(`${old}/ha`, { args: ["60"] }).spawn();
  try {
    await usedLast(old, 9);
    await binary.writeVersion("2");
    await binary.start();
    assert.ok(Deno.statSync(`${old}/ha`).isFile);
  } finally {
    running.kill("SIGKILL");
    await running.status;
  }
});

const mountReason = isRoot ? null : "mounting needs root";

/** A test that mounts things in a mount namespace of its own. */
function mountTest(name: string, script: string, check: (result: Awaited<ReturnType<typeof start>>) => void) {
  if (mountReason) console.log(`skipped: ${name}: ${mountReason}`);
  Deno.test({
    name,
    ignore: mountReason !== null,
    async fn() {
      await using binary = await FakeBinary.create();
      await Deno.mkdir(`${binary.directory}/mnt`);
      const env = { BINARY: binary.file, MNT: `${binary.directory}/mnt` };
      check(await start(["unshare", "--mount", "sh", "-ec", script], env));
    },
  });
}

mountTest(
  "a cache directory on a noexec mount is refused by name",
  `mount -t tmpfs -o noexec tmpfs "$MNT"; HA_CACHE_DIR="$MNT/cache" "$BINARY" || find "$MNT" -type f -size +0 >&2`,
  ({ started, stderr }) => {
    assert.equal(started, null);
    assert.match(stderr, /\/mnt\/cache: its file system is mounted noexec\n.*another one\.\n$/);
  },
);

mountTest(
  "a cache directory that becomes noexec later is refused by name",
  `mount -t tmpfs tmpfs "$MNT"; export HA_CACHE_DIR="$MNT/cache"
   "$BINARY" >/dev/null || true; mount -o remount,noexec "$MNT"; exec "$BINARY"`,
  ({ started, stderr }) => {
    assert.equal(started, null);
    assert.match(stderr, /\/mnt\/cache: its file system is mounted noexec/);
  },
);

mountTest(
  "a full file system is told with the space that is needed",
  `mount -t tmpfs -o size=8k tmpfs "$MNT"; HA_CACHE_DIR="$MNT/cache" "$BINARY"`,
  ({ started, stderr }) => {
    assert.equal(started, null);
    assert.match(
      stderr,
      /\/mnt\/cache: (the files could not be written \(they need \d+ KB; \d+ KB are free\)|it )/,
    );
  },
);

mountTest(
  "without HA_CACHE_DIR root takes the first of its places that will do",
  `for place in /mnt /var/cache /var/lib /run; do mount -t tmpfs tmpfs $place; done
   mount -o remount,ro /var/cache; mount -o remount,noexec /var/lib
   cp "$BINARY" /mnt; mount -t tmpfs tmpfs /tmp; unset HA_CACHE_DIR; exec /mnt/ha`,
  ({ started, stderr }) => {
    assert.equal(stderr, "");
    assert.match(started?.runtime ?? "", /^\/run\/ha-cache\/[0-9a-f]{24}\/ha$/);
  },
);

mountTest(
  "a working directory that has been deleted is no obstacle",
  `mkdir "$MNT/gone"; cd "$MNT/gone"; rmdir "$MNT/gone"; HA_CACHE_DIR="$MNT/cache" exec "$BINARY"`,
  ({ started }) => assert.equal(started?.directory, "/"),
);

mountTest(
  "another user's directory is refused by name",
  `mount -t tmpfs tmpfs "$MNT"; mkdir -m 700 "$MNT/cache"; chown 65534 "$MNT/cache"
   HA_CACHE_DIR="$MNT/cache" exec "$BINARY"`,
  ({ started, stderr }) => {
    assert.equal(started, null);
    assert.match(stderr, /\/mnt\/cache: it belongs to nobody/);
  },
);

mountTest(
  "another user's directory is refused even where all in it fits together",
  `mount -t tmpfs tmpfs "$MNT"; export HA_CACHE_DIR="$MNT/cache"; "$BINARY" >/dev/null || true
   chown -R 65534 "$MNT/cache"; cd "$MNT"/cache; seal=$(echo *.seal); home=\${seal%.seal}
   set -- $(stat -c %u:%a .; stat -c %u:%a:%s:%i:%.9Z $home $home/ha $home/engine_thread.js $home/main.js)
   echo "$*" >$seal; exec "$BINARY"`,
  ({ started, stderr }) => {
    assert.equal(started, null);
    assert.match(stderr, /\/mnt\/cache: it belongs to nobody/);
  },
);

mountTest(
  "a user other than root unpacks into the user's own cache",
  `mount -t tmpfs tmpfs /mnt; cp "$BINARY" /mnt; mount -t tmpfs tmpfs /tmp; unset HA_CACHE_DIR XDG_CACHE_HOME
   mkdir -m 700 /mnt/home; chown 65534:65534 /mnt/home
   exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/mnt/home /mnt/ha`,
  ({ started, stderr }) => {
    assert.equal(stderr, "");
    assert.match(started?.runtime ?? "", /^\/mnt\/home\/\.cache\/ha\/[0-9a-f]{24}\/ha$/);
  },
);
