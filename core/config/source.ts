/**
 * What the configuration language asks of the world; the edge answers from the machine, tests and `--offline` from data.
 */

/** The text of a file, or why there is none. */
export type ReadResult =
  | {
    readonly ok: true;
    readonly text: string;
    /** Somebody may execute it: a pattern that includes it means the configuration beside it. */
    readonly executable?: boolean;
  }
  | {
    readonly ok: false;
    /** `missing` is no such file; anything else is there but cannot be used. */
    readonly kind: "missing" | "unusable";
    /** For people: `No such file or directory`, `is a directory`. */
    readonly reason: string;
  };

/** Where the text comes from. */
export interface ConfigSource {
  /** Reads one file; never throws. Directories, devices and unreadable files are failures. */
  read(path: string): ReadResult;
  /**
   * The files that match a pattern with `*`, `?`, `[…]`, sorted by name, as paths that `read` takes.
   *
   * @param pattern absolute, without `{a,b}`: those are expanded before
   */
  glob(pattern: string): readonly string[];
  /** The absolute path of a directory, for `${_PWD}`; left out where there is no file system behind the paths. */
  absolute?(directory: string): string;
  /** Environment variable for `${_ENV NAME}`, or undefined. */
  environment(name: string): string | undefined;
  /** An integer from `min` to `max`, both included, for `${_RANDOM}`. */
  random(min: number, max: number): number;
}

/** A script's file as the machine has it. */
export type ScriptFile =
  | { readonly found: false; readonly reason: string }
  | {
    readonly found: true;
    /** After the search path and, unless links are to be kept, symbolic links. */
    readonly path: string;
    /** Whether the user that it runs as may execute it. */
    readonly executable: boolean;
    /** The path component that others than root can change, or null. */
    readonly insecure: string | null;
  };

/** A file with a secret as the machine has it. */
export type SecretFile =
  | { readonly ok: false; readonly reason: string }
  | {
    readonly ok: true;
    readonly text: string;
    /** Others than its owner can read or change it. */
    readonly exposed: boolean;
  };

/** How a script is going to be run, for {@linkcode HostFacts.script}. */
export interface ScriptQuery {
  /** The file or the bare command name. */
  readonly file: string;
  readonly user: string | null;
  readonly group: string | null;
  /** `use_symlink_paths` */
  readonly keepLinks: boolean;
}

/** iproute2's files of names. */
export type RoutingFile = "rt_tables" | "rt_protos" | "rt_realms" | "rt_dsfield" | "group";

/** Where they are; the second is the stronger. */
export interface RoutingDirectories {
  readonly usr: string;
  readonly etc: string;
}

/**
 * What depends on the machine. A null answer means "not known here" (another machine's file, `--offline`) and silences
 * the checks that need it.
 */
export interface HostFacts {
  /** As `uname -n` prints it. */
  readonly hostName: string;
  /** `--config-id`; the host name up to its first dot by default. */
  readonly configId: string;
  /** `--instance` or null. */
  readonly instanceName: string | null;
  readonly interfaceExists: (name: string) => boolean | null;
  /** Whether an interface that exists is a macvlan, as VMACs are. */
  readonly isMacvlan: (name: string) => boolean | null;
  /** Octets of the largest packet that goes through an interface. */
  readonly interfaceMtu: (name: string) => number | null;
  /** Canonical addresses on any interface. */
  readonly localAddresses: () => readonly string[] | null;
  readonly userExists: (name: string) => boolean | null;
  readonly groupExists: (name: string) => boolean | null;
  /** Whether the user of that name, or the daemon's own where null, is root. */
  readonly userIsRoot: (name: string | null) => boolean | null;
  /** The number behind a name in a file of iproute2; null where it has none, undefined where that is not known here. */
  readonly routingNumber: (
    file: RoutingFile,
    name: string,
    directories: RoutingDirectories,
  ) => number | null | undefined;
  readonly script: (query: ScriptQuery) => ScriptFile | null;
  /** The text of a file that holds a key. */
  readonly secretFile: (path: string) => SecretFile | null;
}

/** Facts for a file that is checked away from its machine: nothing is known but the names given. */
export function offlineFacts(hostName = "localhost", configId = hostName.split(".")[0]!): HostFacts {
  return {
    hostName,
    configId,
    instanceName: null,
    interfaceExists: () => null,
    isMacvlan: () => null,
    interfaceMtu: () => null,
    localAddresses: () => null,
    userExists: () => null,
    groupExists: () => null,
    userIsRoot: () => null,
    routingNumber: () => undefined,
    script: () => null,
    secretFile: () => null,
  };
}

/** A source whose files are given as data; a pattern matches by its `*` and `?`. */
export function memorySource(files: Readonly<Record<string, string>>): ConfigSource {
  return {
    read(path) {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      if (text === undefined) return { ok: false, kind: "missing", reason: "No such file or directory" };
      return { ok: true, text };
    },
    glob(pattern) {
      const expression = globExpression(pattern);
      return Object.keys(files).filter((path) => expression.test(path)).sort();
    },
    environment: () => undefined,
    random: (min) => min,
  };
}

/** A regular expression for one glob pattern; wildcards stop at `/` and do not match a leading dot. */
export function globExpression(pattern: string): RegExp {
  let source = "^";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const start = i === 0 || pattern[i - 1] === "/";
    if (char === "*") source += start ? "(?!\\.)[^/]*" : "[^/]*";
    else if (char === "?") source += start ? "[^/.]" : "[^/]";
    else if (char === "[") {
      const end = bracketEnd(pattern, i);
      if (end < 0) source += "\\[";
      else {
        source += bracket(pattern.slice(i + 1, end));
        i = end;
      }
    } else if (char === "\\" && i + 1 < pattern.length) source += escape(pattern[++i]!);
    else source += escape(char);
  }
  return new RegExp(source + "$", "su");
}

/** The index of the `]` that closes the set opened at an index: not the first character of the set, nor that of `[:alpha:]`. */
function bracketEnd(pattern: string, open: number): number {
  let i = open + 1;
  if (pattern[i] === "!" || pattern[i] === "^") i++;
  if (pattern[i] === "]") i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === "]") return i;
    const named = pattern[i] === "[" && pattern[i + 1] === ":" ? pattern.indexOf(":]", i + 2) : -1;
    if (named >= 0) i = named + 1;
  }
  return -1;
}

/** What stands for the named sets of glob(7), in ASCII. */
const NAMED_SETS: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

function bracket(inner: string): string {
  const negated = inner.startsWith("!") || inner.startsWith("^");
  const members = negated ? inner.slice(1) : inner;
  let set = "";
  for (const [whole, name, low, high] of members.matchAll(/\[:(\w+):\]|(.)-(.)|./gsu)) {
    if (name !== undefined) set += NAMED_SETS[name] ?? "";
    else if (low === undefined) set += escape(whole);
    else if (low <= high!) set += `${escape(low)}-${escape(high!)}`;
  }
  return negated ? `[^/${set}]` : set === "" ? "(?!)" : `[${set}]`;
}

/** A character that stands for itself, within a set and outside one. */
function escape(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char === "-" ? "\\x2d" : char;
}
