/**
 * A self-extracting file whose runtime is a shell script that tells how it was started: what the stub does can be
 * seen in milliseconds and without the program.
 */
import { packSelfExtracting } from "../../packaging/self_extracting.ts";

/** What the runtime saw. */
export interface Started {
  readonly pid: number;
  readonly runtime: string;
  /** Where it runs. */
  readonly directory: string;
  readonly self: string;
  readonly denoDir: string;
  readonly arguments: readonly string[];
}

/** How a start ended; `started` is null where the runtime was not reached. */
export interface StartResult {
  readonly code: number;
  readonly stderr: string;
  readonly pid: number;
  readonly started: Started | null;
}

const RUNTIME = `#!/bin/sh
printf '%s\\n' "$$" "$0" "$HA_SELF" "$DENO_DIR" "$(readlink /proc/$$/cwd)" "$@"
exit 7
`;

/** A directory with the file in it, removed in the end. */
export class FakeBinary implements AsyncDisposable {
  readonly directory: string;
  readonly file: string;
  readonly cache: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.file = `${directory}/ha`;
    this.cache = `${directory}/cache`;
  }

  /** Makes one; another `version` is another program. */
  static async create(version = "1.2.3"): Promise<FakeBinary> {
    const binary = new FakeBinary(await Deno.makeTempDir({ prefix: "ha-binary-" }));
    await binary.writeVersion(version);
    return binary;
  }

  /** Replaces the file by another version's. */
  async writeVersion(version: string): Promise<void> {
    await Deno.writeFile(this.file, await fakeOctets(version), { mode: 0o755 });
  }

  /** Starts it with these arguments; `env` on top of the cache directory. */
  async start(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<StartResult> {
    return await start([this.file, ...args], { HA_CACHE_DIR: this.cache, ...env });
  }

  /** The directory that holds the unpacked files. */
  get home(): string {
    const seal = [...Deno.readDirSync(this.cache)].find((entry) => entry.name.endsWith(".seal"));
    return `${this.cache}/${seal?.name.slice(0, -".seal".length)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** The octets of a version's file. */
export async function fakeOctets(version: string): Promise<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text);
  return packSelfExtracting({
    version,
    runtimeVersion: "0.0.0",
    architecture: "x86_64",
    runtime: encode(RUNTIME),
    modules: new Map([["main.js", encode(`// ${version}\n`)], ["engine_thread.js", encode("// thread\n")]]),
    flags: ["run", "--flag=a b'c"],
    daemonFlags: ["--small"],
    shortFlags: ["--quick"],
  }, await Deno.readTextFile(new URL("../../packaging/stub.sh", import.meta.url)));
}

/** Runs a command and reads what the runtime said. */
export async function start(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<StartResult> {
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    env: { ...env },
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  const decode = (octets: Uint8Array) => new TextDecoder().decode(octets);
  const [pid, runtime, self, denoDir, directory, ...rest] = decode(stdout).split("\n").slice(0, -1);
  const started = denoDir === undefined
    ? null
    : { pid: Number(pid), runtime, self, denoDir, directory, arguments: rest };
  return { code, stderr: decode(stderr), pid: child.pid, started };
}
