/** Reloads at a time that a file names. */
import assert from "node:assert/strict";
import { parseReloadTime, ReloadSchedule } from "../../../cli/daemon/reload_schedule.ts";
import { checked, whileMarked } from "../../../cli/daemon/reload_files.ts";
import { loadConfiguration } from "../../../cli/daemon/configuration.ts";

/** 2026-03-05 12:00:00 UTC */
const NOON = Date.UTC(2026, 2, 5, 12);

function meant(text: string): string {
  const time = parseReloadTime(text, NOON);
  return time.kind === "at" ? `${new Date(time.at).toISOString()}${time.daily ? " daily" : ""}` : time.kind;
}

Deno.test("parseReloadTime() takes the forms of keepalived and no others", () => {
  assert.equal(meant("12:00:01Z"), "2026-03-05T12:00:01.000Z daily");
  assert.equal(meant("12:00:00Z\nmore"), "2026-03-06T12:00:00.000Z daily");
  assert.equal(meant("26-03-05 13:00:00Z"), "2026-03-05T13:00:00.000Z");
  assert.equal(meant("2027-01-31 00:00:00Z"), "2027-01-31T00:00:00.000Z");
  assert.equal(meant("2026-03-05 11:59:59Z"), "past");
  for (
    const text of [
      "",
      "12:00",
      " 12:00:01Z",
      "12:00:01 Z",
      "24:00:01Z",
      "12:61:00Z",
      "2026-02-30 12:00:00Z",
      "2026-3-5 12:00:00",
      "2026-03-05  12:00:00",
      "garbage",
    ]
  ) assert.equal(meant(text), "invalid", text);
});

Deno.test("parseReloadTime() takes a time without Z as that of this place", () => {
  const at = new Date(NOON + 3_600_000);
  const two = (number: number) => String(number).padStart(2, "0");
  const local = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  assert.equal(meant(`${date} ${local}`), at.toISOString());
  assert.equal(meant(local), `${at.toISOString()} daily`);
});

/** A schedule that follows a file, and what it did. */
async function following(
  repeats: boolean,
  work: (file: string, reloads: () => Promise<void>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  const said: string[] = [];
  let next = Promise.withResolvers<void>();
  const schedule = new ReloadSchedule({
    reload: () => {
      next.resolve();
      next = Promise.withResolvers();
    },
    say: (level, text) => said.push(`${level}: ${text}`),
  });
  try {
    const file = `${folder}/when`;
    schedule.configure({ kept: { reload_time_file: file, ...(repeats ? { reload_repeat: true } : {}) } });
    await work(file, () => next.promise);
  } finally {
    schedule[Symbol.dispose]();
    await Deno.remove(folder, { recursive: true });
  }
  return said;
}

/** Far enough that the file is read before: a time that has passed is that of tomorrow. */
function soon(): string {
  return new Date(Date.now() + 4000).toISOString().slice(11, 19) + "Z";
}

async function isThere(file: string): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}

Deno.test("ReloadSchedule reloads at the time and removes the file", async () => {
  const said = await following(false, async (file, reloads) => {
    await Deno.writeTextFile(file, soon());
    await reloads();
    assert.equal(await isThere(file), false);
  });
  assert.match(said[0]!, /^info: Scheduling reload for \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.equal(said.length, 1);
});

Deno.test("ReloadSchedule with reload_repeat keeps the file, for the same time tomorrow", async () => {
  const said = await following(true, async (file, reloads) => {
    await Deno.writeTextFile(file, soon());
    await reloads();
    await Promise.resolve();
    assert.equal(await isThere(file), true);
  });
  assert.equal(said.length, 2);
  assert.match(said[1]!, /^info: Scheduling reload for /);
  assert.notEqual(said[0], said[1]);
});

/** A configuration in a file, loaded. */
async function loaded(text: string, work: (folder: string) => void, name = "ha.conf") {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("checked() refuses what keepalived -t complains of, and says where the findings are", async () => {
  const bad = "global_defs {\n vrrp_version 7\n}\n";
  for (const [text, wanted] of [[bad, false], ["global_defs {\n}\n", true]] as const) {
    await loaded(text, (folder) => {
      const options = {
        file: `${folder}/ha.conf`,
        strict: false,
        configId: null,
        parts: "all",
        running: false,
      } as const;
      const log = `${folder}/findings`;
      const result = checked(loadConfiguration(options), log);
      assert.equal(result.ok, wanted);
      assert.equal(checked(loadConfiguration(options), null).ok, true);
      if (result.ok) return;
      assert.equal(result.refusal.message, `New config failed validation, see ${log} for details`);
      assert.match(Deno.readTextFileSync(log), /ha\.conf:2:15: Cannot use vrrp_version 7 /);
    });
  }
});

Deno.test("whileMarked() has the marker there, empty, while the work is done", async () => {
  await loaded("full", (folder) => {
    const marker = `${folder}/marker`;
    const seen = whileMarked(
      { kept: { reload_file: marker } },
      "/nowhere",
      () => Deno.readTextFileSync(marker),
    );
    assert.equal(seen, "");
    assert.throws(() => Deno.statSync(marker));
    assert.equal(whileMarked({ kept: {} }, "/nowhere", () => "work"), "work");
    whileMarked({ kept: { reload_file: "" } }, marker, () => Deno.statSync(marker));
    assert.throws(() => Deno.statSync(marker));
  }, "marker");
});
