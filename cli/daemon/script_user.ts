/**
 * The user that a script runs as.
 *
 * Names are looked up in /etc/passwd and /etc/group when the script runs, so that an account made after the start is
 * found. Accounts that only a name service knows (LDAP) are not; their numbers may be written instead.
 */
import type { ScriptUser } from "../../core/config/model.ts";

/** User and group of a process; null leaves our own. */
export type Credentials = {
  readonly uid: number;
  readonly gid: number;
  /** `set_supplementary_groups`: all groups of the user; absent drops those beside its own. */
  readonly groups?: readonly number[];
} | null;

/** Who runs what names no user: `script_user`, and whether users keep their supplementary groups. */
export type DefaultUser = ScriptUser | null | {
  readonly user: string | null;
  readonly group: string | null;
  readonly supplementary: boolean;
};

/** The account that keepalived prefers over root where the configuration names none. */
const DEFAULT_ACCOUNT = "keepalived_script";

/** Text of the account files, read afresh. */
export interface AccountFiles {
  readonly passwd: () => string;
  readonly group: () => string;
}

/** The host's own account files. */
const HOST_ACCOUNTS: AccountFiles = {
  passwd: () => readAccounts("/etc/passwd"),
  group: () => readAccounts("/etc/group"),
};

/** A host without the file (a minimal container) has no named accounts. */
function readAccounts(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** What a script runs with, or why it cannot run. */
export type CredentialsResult =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly reason: string };

/**
 * The credentials for a script: its own user, else `script_user`, else `keepalived_script` where that account exists,
 * else the daemon's own.
 */
export function credentialsFor(
  own: ScriptUser | null,
  configured: DefaultUser,
  files: AccountFiles = HOST_ACCOUNTS,
): CredentialsResult {
  const found = findCredentials(own, configured, files);
  const supplementary = configured !== null && "supplementary" in configured && configured.supplementary;
  if (!supplementary || !found.ok || found.credentials === null) return found;
  const name = own?.user ?? configured.user ?? DEFAULT_ACCOUNT;
  return {
    ok: true,
    credentials: { ...found.credentials, groups: groupsOf(name, found.credentials.gid, files) },
  };
}

/** As initgroups(3): the group itself, and those of which the user is a member. */
function groupsOf(name: string, gid: number, files: AccountFiles): readonly number[] {
  const groups = new Set([gid]);
  for (const line of files.group().split("\n")) {
    const [, , id, members] = line.split(":");
    if (id !== undefined && members?.trim().split(",").includes(name)) groups.add(Number(id));
  }
  return [...groups];
}

function findCredentials(
  own: ScriptUser | null,
  configured: DefaultUser,
  files: AccountFiles,
): CredentialsResult {
  const wanted = own ?? configured;
  if (wanted === null || wanted.user === null) {
    const account = findUser(DEFAULT_ACCOUNT, files);
    return { ok: true, credentials: account };
  }
  const user = findUser(wanted.user, files);
  if (user === null) return { ok: false, reason: `user "${wanted.user}" does not exist` };
  if (wanted.group === null) return { ok: true, credentials: user };
  const gid = findGroup(wanted.group, files);
  if (gid === null) return { ok: false, reason: `group "${wanted.group}" does not exist` };
  return { ok: true, credentials: { uid: user.uid, gid } };
}

function findUser(name: string, files: AccountFiles): { uid: number; gid: number } | null {
  const numeric = isNumber(name);
  for (const line of files.passwd().split("\n")) {
    const [login, , uid, gid] = line.split(":");
    if (uid === undefined || gid === undefined) continue;
    if (login === name || (numeric && uid === name)) return { uid: Number(uid), gid: Number(gid) };
  }
  return numeric ? { uid: Number(name), gid: Number(name) } : null;
}

function findGroup(name: string, files: AccountFiles): number | null {
  for (const line of files.group().split("\n")) {
    const [group, , gid] = line.split(":");
    if (group === name && gid !== undefined) return Number(gid);
  }
  return isNumber(name) ? Number(name) : null;
}

/** A user or group number as written, within the 32 bits of the kernel (the largest one means "no change"). */
function isNumber(name: string): boolean {
  return /^(0|[1-9][0-9]{0,9})$/.test(name) && Number(name) < 0xffff_ffff;
}
