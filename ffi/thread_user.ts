/**
 * Another user for the calling thread, for as long as it takes to start a program (credentials(7)).
 *
 * To Linux user and groups belong to a thread; the C library's functions change those of all threads at once, so that
 * the system calls are made themselves. The saved ids stay what they were, which is the way back; a program that is
 * executed loses them.
 */
import { OsError } from "./errno.ts";
import { addressOf, type Libc, pinnedBytes } from "./libc.ts";

/** Numbers of the system calls. */
const CALLS = Deno.build.arch === "aarch64"
  ? { setgroups: 159n, getgroups: 158n, setresuid: 147n, setresgid: 149n }
  : { setgroups: 116n, getgroups: 115n, setresuid: 117n, setresgid: 119n };

/** Most supplementary groups that the kernel allows (limits.h). */
const MOST_GROUPS = 65_536;
const UNCHANGED = -1n;

/** A user with all groups. */
export interface ThreadUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/**
 * Does something as another user; needs to be root.
 *
 * @throws {OsError} EPERM without the right; the thread is what it was then
 */
export function asUser<T>(libc: Libc, user: ThreadUser, work: () => T): T {
  const call = (name: keyof typeof CALLS, a: bigint, b: bigint, c = 0n) =>
    libc.symbols.syscall3(CALLS[name], a, b, c);
  const must = (result: bigint, what: string) => {
    if (result < 0n) throw new OsError(`Cannot ${what}`, "", libc.errno());
  };
  const own = { uid: BigInt(Deno.uid() ?? 0), gid: BigInt(Deno.gid() ?? 0) };
  const before = pinnedBytes(MOST_GROUPS * 4);
  const count = call("getgroups", BigInt(MOST_GROUPS), addressOf(before));
  must(count, "read groups");
  const back = () => {
    // The user first: without its rights there is no way back for the groups.
    const user = call("setresuid", own.uid, own.uid, UNCHANGED);
    const group = call("setresgid", own.gid, own.gid, UNCHANGED);
    const groups = call("setgroups", count, addressOf(before));
    for (const result of [user, group, groups]) must(result, "become ourselves again");
  };
  try {
    const wanted = pinnedBytes(user.groups.length * 4);
    const view = new DataView(wanted.buffer);
    user.groups.forEach((group, i) => view.setUint32(i * 4, group, true));
    must(call("setgroups", BigInt(user.groups.length), addressOf(wanted)), "set groups");
    must(call("setresgid", BigInt(user.gid), BigInt(user.gid), UNCHANGED), "set group");
    must(call("setresuid", BigInt(user.uid), BigInt(user.uid), UNCHANGED), "set user");
    return work();
  } finally {
    back();
  }
}
