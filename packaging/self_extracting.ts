/**
 * The second way to build the binary: a shell script with the program and its runtime behind it. What it does when
 * started stands in `stub.sh`.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { packTar } from "./tar.ts";

/** What goes into the file. */
export interface Payload {
  /** Such as `0.1.0`. */
  readonly version: string;
  /** Version of the runtime, such as `2.9.6`. */
  readonly runtimeVersion: string;
  /** Such as `x86_64`. */
  readonly architecture: string;
  /** The program that is run, with `flags`, `main.js` and the user's arguments behind. */
  readonly runtime: Uint8Array;
  /** `main.js` and what it loads, by name. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
  /** Arguments for the runtime, before `main.js`. */
  readonly flags: readonly string[];
  /** More of them for `start`, which stays. */
  readonly daemonFlags: readonly string[];
  /** More of them for every other command. */
  readonly shortFlags: readonly string[];
}

/** The runtime's name among the unpacked files; it is what `ps` and `pgrep` show. */
const RUNTIME_NAME = "ha";

/** Puts the file together; the same payload gives the same octets. */
export function packSelfExtracting(payload: Payload, stub: string): Uint8Array<ArrayBuffer> {
  const modules = [...payload.modules].sort(([left], [right]) => left < right ? -1 : 1);
  const files = [
    { name: RUNTIME_NAME, mode: 0o500, content: payload.runtime },
    ...modules.map(([name, content]) => ({ name, mode: 0o400, content })),
  ];
  const archive = packTar(files);
  const names = files.map((file) => file.name);
  const script = renderStub(stub, {
    VERSION: payload.version,
    DENO: payload.runtimeVersion,
    ARCH: payload.architecture,
    KEY: sha256(archive).slice(0, 24),
    KILOBYTES: String(Math.ceil(archive.length / 1024)),
    SUMS: files.map((file) => `${sha256(file.content)}  ${file.name}`).join("\n"),
    FILES: names.map((name) => `"$1/$key/${name}"`).join(" "),
    COUNT: String(names.length + 2),
    FLAGS: shellWords(payload.flags),
    DAEMON: shellWords(payload.daemonFlags),
    SHORT: shellWords(payload.shortFlags),
  });
  return concatenate(script, gzipSync(archive, { level: 9 }));
}

/** Fills in the stub's `@NAME@`s; `@OFFSET@` is where the archive starts, counted from 1 as `tail -c +N` does. */
function renderStub(stub: string, values: Readonly<Record<string, string>>): Uint8Array {
  const filled = stub.replaceAll(/@([A-Z]+)@/g, (whole, name) => values[name] ?? whole);
  const length = new TextEncoder().encode(filled.replace("@OFFSET@", "")).length;
  let offset = length + 1;
  // The number's own digits count, too.
  while (offset !== length + String(offset).length + 1) offset = length + String(offset).length + 1;
  return new TextEncoder().encode(filled.replace("@OFFSET@", String(offset)));
}

function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function sha256(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("hex");
}

function concatenate(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}
