/** Tracked files, with real directories and the kernel's own notices. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TrackedFiles } from "../../../cli/daemon/tracked_files.ts";
import { within } from "../../../cli/within.ts";

/** ms; a change that inotify cannot tell takes two looks. */
const LIMIT = 20_000;

/** A directory of its own, a file in it that is tracked, and what was told of it. */
class Rig implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "ha-tracked-" });
  readonly told: number[] = [];
  readonly warned: string[] = [];
  readonly #files: TrackedFiles;
  #wanted: { readonly value: number; readonly resolve: () => void } | null = null;

  constructor() {
    this.#files = new TrackedFiles({
      tell: (name, value) => {
        if (name === "level") this.told.push(value);
        if (this.#wanted?.value === value) this.#wanted.resolve();
      },
      warn: (text) => this.warned.push(text),
    });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Tracks a file as `level`, and others beside it, of which is told what they say and nothing kept. */
  follow(name: string, ...others: readonly string[]): void {
    const paths = [["level", this.path(name)], ...others.map((other) => [other, this.path(other)])] as const;
    this.#files.watch(new Map(paths as readonly (readonly [string, string])[]));
  }

  /** Does something and waits until the file is told to say `value`. */
  async says(value: number, act: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = { value, resolve };
    act();
    assert.ok(await within(LIMIT, promise.then(() => true)), `never told ${value}: ${this.told.join(" ")}`);
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** The wait for the kernel ends on a thread of its own, a moment after the file is let go. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false } as const;

function tracked(name: string, fn: (rig: Rig) => Promise<void> | void): void {
  Deno.test({
    name: `TrackedFiles ${name}`,
    ...UNSANITIZED,
    async fn() {
      using rig = new Rig();
      await fn(rig);
    },
  });
}

const write = (path: string, text: string) => Deno.writeTextFileSync(path, text);

tracked("tells at once what a file says, 0 where it is missing", (rig) => {
  rig.follow("missing");
  assert.deepEqual(rig.told, [0]);
  write(rig.path("there"), "0x10\n");
  rig.follow("there");
  assert.deepEqual(rig.told, [0, 16]);
});

tracked("tells of a file that is made, written, moved into its place and removed", async (rig) => {
  rig.follow("level");
  await rig.says(5, () => write(rig.path("level"), "5"));
  await rig.says(6, () => write(rig.path("level"), "6\n"));
  write(rig.path("fresh"), "7");
  await rig.says(7, () => Deno.renameSync(rig.path("fresh"), rig.path("level")));
  await rig.says(0, () => Deno.removeSync(rig.path("level")));
  write(rig.path("other"), "8");
  await rig.says(8, () => Deno.linkSync(rig.path("other"), rig.path("level")));
  assert.deepEqual(rig.told, [0, 5, 6, 7, 0, 8]);
});

tracked("never reads what is half written", async (rig) => {
  const text = (digit: string) => new TextEncoder().encode(digit);
  rig.follow("level", "marker");
  const made = Deno.openSync(rig.path("level"), { write: true, createNew: true });
  made.writeSync(text("4"));
  // The marker is told after everything that happened before it.
  await rig.says(101, () => write(rig.path("marker"), "101"));
  await rig.says(42, () => {
    made.writeSync(text("2"));
    made.close();
  });
  const changed = Deno.openSync(rig.path("level"), { write: true, truncate: true });
  changed.writeSync(text("5"));
  await rig.says(102, () => write(rig.path("marker"), "102"));
  await rig.says(53, () => {
    changed.writeSync(text("3"));
    changed.close();
  });
  assert.deepEqual(rig.told, [0, 42, 53]);
});

tracked("waits until a file stands still whose changes inotify does not tell", async (rig) => {
  Deno.mkdirSync(rig.path("elsewhere"));
  write(rig.path("elsewhere/name"), "1");
  // Of what is written by another name the directory of this one hears nothing.
  Deno.linkSync(rig.path("elsewhere/name"), rig.path("level"));
  rig.follow("level");
  const file = Deno.openSync(rig.path("elsewhere/name"), { append: true });
  // Longer than two looks take, and at no time still for as long as the time between them.
  for (let digit = 0; digit < 8; digit++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    file.writeSync(new TextEncoder().encode("0"));
  }
  await rig.says(100_000_000, () => file.close());
  assert.deepEqual(rig.told, [1, 100_000_000]);
});

tracked("follows links, and the files that they lead to", async (rig) => {
  Deno.mkdirSync(rig.path("elsewhere"));
  write(rig.path("elsewhere/target"), "1");
  write(rig.path("elsewhere/second"), "2");
  Deno.symlinkSync(rig.path("elsewhere/target"), rig.path("level"));
  rig.follow("level");
  assert.deepEqual(rig.told, [1]);
  await rig.says(3, () => write(rig.path("elsewhere/target"), "3"));
  await rig.says(2, () => {
    Deno.removeSync(rig.path("level"));
    Deno.symlinkSync(rig.path("elsewhere/second"), rig.path("level"));
  });
  await rig.says(9, () => write(rig.path("elsewhere/second"), "9"));
});

tracked("finds a directory that is made later, and one that takes another's place", async (rig) => {
  rig.follow("later/level");
  assert.deepEqual(rig.told, [0]);
  await rig.says(1, () => {
    Deno.mkdirSync(rig.path("later"));
    write(rig.path("later/level"), "1");
  });
  await rig.says(2, () => write(rig.path("later/level"), "2"));
  await rig.says(0, () => Deno.renameSync(rig.path("later"), rig.path("before")));
  Deno.mkdirSync(rig.path("later"));
  await rig.says(3, () => write(rig.path("later/level"), "3"));
  await rig.says(4, () => write(rig.path("later/level"), "4"));
});

tracked("passes over numbers beyond 32 bits, and says so", async (rig) => {
  write(rig.path("level"), "1");
  rig.follow("level");
  await rig.says(2, () => write(rig.path("level"), "2"));
  write(rig.path("level"), "99999999999");
  await rig.says(3, () => write(rig.path("level"), "3"));
  assert.deepEqual(rig.told, [1, 2, 3]);
  write(rig.path("large"), "-99999999999");
  rig.follow("large");
  assert.deepEqual(
    rig.warned.at(-1),
    `Invalid number -99999999999 read from ${rig.path("large")} - ignoring`,
  );
});

tracked("takes what is no file for one that says 0", (rig) => {
  Deno.mkdirSync(rig.path("level"));
  rig.follow("level");
  new Deno.Command("mkfifo", { args: [rig.path("fifo")] }).outputSync();
  rig.follow("fifo");
  assert.deepEqual(rig.told, [0, 0]);
});

tracked("keeps what it knows when other files are followed, and lets go of the rest", async (rig) => {
  write(rig.path("level"), "1");
  rig.follow("level");
  rig.follow("level");
  assert.deepEqual(rig.told, [1]);
  write(rig.path("other"), "5");
  rig.follow("other");
  write(rig.path("level"), "7");
  await rig.says(6, () => write(rig.path("other"), "6"));
  assert.deepEqual(rig.told, [1, 5, 6]);
});
