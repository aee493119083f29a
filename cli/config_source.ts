/** The machine's answers to the configuration language: files, globs, interfaces, users, scripts. */
import type {
  ConfigSource,
  HostFacts,
  ReadResult,
  ScriptFile,
  ScriptQuery,
  SecretFile,
} from "../core/config/config.ts";
import { globExpression } from "../core/config/source.ts";
import { namesOfMachine } from "./routing_names.ts";
import { parseAddress } from "../core/net/address.ts";

/** Configuration files are text; anything larger is a mistake. */
const MAX_FILE_SIZE = 256 * 1024 * 1024;

/** Reads configuration from the file system. */
export function fileSource(): ConfigSource {
  return {
    read: readConfigFile,
    glob: globFiles,
    absolute: absolutePath,
    environment: (name) => Deno.env.get(name),
    random: (min, max) => min + Math.floor(Math.random() * (max - min + 1)),
  };
}

/** Without symbolic links, as a process that works in the directory sees it. */
function absolutePath(directory: string): string {
  try {
    return Deno.realPathSync(directory);
  } catch {
    return directory;
  }
}

function readConfigFile(path: string): ReadResult {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) return { ok: false, kind: "unusable", reason: "it is a directory" };
    if (!info.isFile) return { ok: false, kind: "unusable", reason: "it is not a regular file" };
    if (info.size > MAX_FILE_SIZE) {
      return { ok: false, kind: "unusable", reason: "it is larger than 256 MiB" };
    }
    const text = new TextDecoder().decode(Deno.readFileSync(path));
    return { ok: true, text, executable: ((info.mode ?? 0) & 0o111) !== 0 };
  } catch (failure) {
    return failedRead(failure);
  }
}

function failedRead(failure: unknown): ReadResult {
  if (failure instanceof Deno.errors.NotFound) {
    return { ok: false, kind: "missing", reason: "No such file or directory" };
  }
  if (failure instanceof Deno.errors.PermissionDenied || failure instanceof Deno.errors.NotCapable) {
    return { ok: false, kind: "unusable", reason: "Permission denied" };
  }
  return {
    ok: false,
    kind: "unusable",
    reason: failure instanceof Error ? failure.message : String(failure),
  };
}

/** The paths that match a pattern of `*`, `?` and `[…]`, sorted as `glob(3)` does in the C locale. */
export function globFiles(pattern: string): string[] {
  const absolute = pattern.startsWith("/");
  let paths = [absolute ? "/" : ""];
  for (const part of pattern.split("/").filter((segment) => segment !== "")) {
    paths = paths.flatMap((path) => matchPart(path, part));
  }
  return paths.filter((path) => path !== "").sort();
}

function matchPart(directory: string, part: string): string[] {
  const prefix = directory === "" || directory.endsWith("/") ? directory : `${directory}/`;
  if (!/[*?[\\]/.test(part)) return exists(prefix + part) ? [prefix + part] : [];
  const expression = globExpression(part);
  try {
    const names = Array.from(Deno.readDirSync(directory === "" ? "." : directory), (entry) => entry.name);
    return names.filter((name) => expression.test(name)).map((name) => prefix + name);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What the command line says about this node. */
export interface FactOptions {
  /** `--config-id`; the host name up to its first dot by default. */
  readonly configId?: string | undefined;
  /** `--instance` */
  readonly instanceName?: string | undefined;
}

/** Facts about this machine, looked up when asked for. */
export function hostFacts(options: FactOptions = {}): HostFacts {
  const hostName = Deno.hostname();
  const users = lazily(() => readAccounts("/etc/passwd"));
  const groups = lazily(() => readAccounts("/etc/group"));
  const interfaces = lazily(readInterfaceNames);
  const namesIn = remembering(namesOfMachine);
  return {
    hostName,
    configId: options.configId ?? hostName.split(".")[0]!,
    instanceName: options.instanceName ?? null,
    interfaceExists: (name) => interfaces()?.has(name) ?? null,
    isMacvlan: (name) => {
      const kind = readText(`/sys/class/net/${name}/uevent`);
      return kind === null ? null : kind.includes("DEVTYPE=macvlan");
    },
    interfaceMtu: oncePerName(readMtu),
    localAddresses: lazily(readLocalAddresses),
    userExists: (name) => knownAccount(users(), name, "passwd"),
    groupExists: (name) => knownAccount(groups(), name, "group"),
    userIsRoot: (name) => name === null ? Deno.uid() === 0 : users().get(name)?.[2] === "0",
    routingNumber: (file, name, directories) => namesIn(directories)(file, name),
    script: (query) => inspectScript(query, users(), groups()),
    secretFile: readSecretFile,
  };
}

/** The same for a function of one object that hardly ever changes. */
function remembering<A extends object, T>(make: (from: A) => T): (from: A) => T {
  let made: { readonly from: string; readonly value: T } | null = null;
  return (from) => {
    const key = JSON.stringify(from);
    if (made?.from !== key) made = { from: key, value: make(from) };
    return made.value;
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** A thousand instances ask the same of four interfaces. */
function oncePerName<T>(look: (name: string) => T): (name: string) => T {
  const found = new Map<string, T>();
  return (name) => {
    if (!found.has(name)) found.set(name, look(name));
    return found.get(name)!;
  };
}

type Accounts = ReadonlyMap<string, readonly string[]>;

function readAccounts(path: string): Accounts {
  const lines = readText(path)?.split("\n").map((line) => line.split(":")) ?? [];
  return new Map(lines.filter((fields) => fields.length > 2).map((fields) => [fields[0]!, fields]));
}

/** Whether an account exists; null where name services other than files could know it. */
function knownAccount(accounts: Accounts, name: string, database: string): boolean | null {
  if (accounts.has(name)) return true;
  const services = new RegExp(`^${database}:(.*)$`, "m").exec(readText("/etc/nsswitch.conf") ?? "")?.[1] ??
    "files";
  return /^[\s]*(?:(?:files|compat|systemd)\s*)*$/.test(services) ? false : null;
}

function readText(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}

/** `/proc/net/dev` follows the network namespace of the process, `/sys/class/net` need not. */
function readInterfaceNames(): ReadonlySet<string> | null {
  const text = readText("/proc/self/net/dev");
  if (text === null) return null;
  const names = text.split("\n").slice(2).map((line) => /^\s*(\S+):/.exec(line)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

/** From the settings of the process's own network namespace: /sys may be that of another one. */
function readMtu(name: string): number | null {
  const text = /^[^/]+$/.test(name) ? readText(`/proc/sys/net/ipv6/conf/${name}/mtu`)?.trim() : undefined;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function readLocalAddresses(): readonly string[] | null {
  try {
    return Deno.networkInterfaces().flatMap((entry) => parseAddress(entry.address.split("%")[0]!) ?? []);
  } catch {
    return null;
  }
}

/** A key is short: a file of more than that is none. */
const LONGEST_SECRET = 4096;

function readSecretFile(path: string): SecretFile {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile) return { ok: false, reason: "it is not a regular file" };
    if (info.size > LONGEST_SECRET) return { ok: false, reason: "it is too large" };
    return { ok: true, text: Deno.readTextFileSync(path), exposed: ((info.mode ?? 0) & 0o077) !== 0 };
  } catch (failure) {
    const denied = failure instanceof Deno.errors.PermissionDenied;
    return { ok: false, reason: denied ? "Permission denied" : "No such file or directory" };
  }
}

function inspectScript(query: ScriptQuery, users: Accounts, groups: Accounts): ScriptFile {
  const found = query.file.includes("/") ? query.file : searchPath(query.file);
  if (found === null) return { found: false, reason: "no such command in the search path" };
  try {
    const real = Deno.realPathSync(found);
    const path = query.keepLinks ? absolute(found) : real;
    const info = Deno.statSync(path);
    if (!info.isFile) return { found: false, reason: "it is not a regular file" };
    return {
      found: true,
      path,
      executable: mayExecute(info, query, users, groups),
      // It is run by the path that is written: neither the link nor what it leads to may be others'.
      insecure: insecurePart(absolute(found)) ?? insecurePart(real),
    };
  } catch (failure) {
    const denied = failure instanceof Deno.errors.PermissionDenied;
    return { found: false, reason: denied ? "Permission denied" : "No such file or directory" };
  }
}

/** `resolve` of `node:path` for one path, without the quarter of a small `ha check` that loading that module takes. */
function absolute(path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${Deno.cwd()}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function searchPath(name: string): string | null {
  const path = Deno.env.get("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const candidates = path.split(":").filter((part) => part !== "").map((part) => `${part}/${name}`);
  return candidates.find((candidate) => isFile(candidate)) ?? null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The permission bits that count for the user that the script runs as. */
function mayExecute(info: Deno.FileInfo, query: ScriptQuery, users: Accounts, groups: Accounts): boolean {
  const mode = info.mode ?? 0;
  const account = query.user === null ? null : users.get(query.user);
  const uid = account == null ? Deno.uid() ?? 0 : Number(account[2]);
  if (uid === 0) return (mode & 0o111) !== 0;
  if (info.uid === uid) return (mode & 0o100) !== 0;
  const named = query.group === null ? undefined : groups.get(query.group)?.[2];
  const gid = Number(named ?? account?.[3] ?? Deno.gid() ?? 0);
  return (mode & (info.gid === gid ? 0o010 : 0o001)) !== 0;
}

/** The first component of a path that others than root can change or replace, or null. */
export function insecurePart(path: string): string | null {
  const parts = path.split("/").filter((part) => part !== "");
  let current = "";
  for (const component of ["/", ...parts]) {
    current = component === "/" ? "/" : current === "/" ? `/${component}` : `${current}/${component}`;
    const info = Deno.statSync(current);
    const mode = info.mode ?? 0;
    const sticky = info.isDirectory && (mode & 0o1000) !== 0;
    const groupWrites = (mode & 0o020) !== 0 && info.gid !== 0;
    const othersWrite = (mode & 0o002) !== 0;
    if (info.uid !== 0 || ((groupWrites || othersWrite) && !sticky)) return current;
  }
  return null;
}
