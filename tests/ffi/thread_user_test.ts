/** Another user for one thread while it starts a program. */
import assert from "node:assert/strict";
import { openLibc } from "../../ffi/libc.ts";
import { asUser } from "../../ffi/thread_user.ts";
import { runsWhere } from "../support/skip.ts";

/** What the kernel says of a thread: ids real, effective, saved, and for the file system; then the groups. */
function identity(text: string): string {
  const lines = ["Uid", "Gid", "Groups"].map((name) =>
    new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)![1]!
  );
  return lines.map((line) => line.replace(/\s+/g, " ")).join(" | ");
}

const own = () => identity(Deno.readTextFileSync("/proc/thread-self/status"));

Deno.test({
  ...runsWhere("asUser() starts a program as another user with its groups, and this thread is as before", {
    root: true,
  }),
  async fn() {
    using libc = openLibc();
    const before = own();
    const user = { uid: 65_534, gid: 65_533, groups: [65_533, 7, 9] };
    const child = asUser(
      libc,
      user,
      () => new Deno.Command("cat", { args: ["/proc/self/status"], stdout: "piped", detached: true }).spawn(),
    );
    const { stdout } = await child.output();
    const ids = (id: number) => Array(4).fill(id).join(" ");
    assert.equal(identity(new TextDecoder().decode(stdout)), `${ids(65_534)} | ${ids(65_533)} | 7 9 65533`);
    assert.equal(own(), before);
    assert.throws(() =>
      asUser(libc, user, () => {
        throw new TypeError("on purpose");
      }), TypeError);
    assert.equal(own(), before);
    const after = await new Deno.Command("cat", { args: ["/proc/self/status"] }).output();
    assert.equal(identity(new TextDecoder().decode(after.stdout)), before, "others are started as before");
  },
});
