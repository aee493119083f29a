/**
 * A virtual machine with Debian's kernel and this machine's own files: what the development kernel lacks (ip_vs,
 * macvlan, bonding, vlan, netem) is there, and so are Deno, keepalived and nginx of the host.
 */
import { join } from "node:path";
import { runBounded } from "../runner/bounded.ts";
import { cacheDirectory } from "../runner/cache_dir.ts";
import { follow } from "./follow.ts";
import { buildInitramfs } from "./initramfs.ts";
import { findKernel, type Kernel } from "./kernel.ts";
import { type Accelerator, qemuCommand, runFiles } from "./qemu.ts";

/** How to run a command in the machine. */
export interface VmOptions {
  /** s for everything, boot included (3 to 10 s). */
  readonly timeout: number;
  /** MB; 1024 by default. */
  readonly memory?: number;
  /** Virtual processors; 2 by default. */
  readonly processors?: number;
  /** Where the command runs; the caller's directory by default. */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A directory of the host that the command may write to as `/run/exchange`: captures, logs. */
  readonly exchange?: string;
  /** Gets the output as it comes. */
  readonly onOutput?: (text: string) => void;
  /** By default what works here. */
  readonly accelerator?: Accelerator;
}

/** How a command in the machine ended. */
export interface VmResult {
  /** Of the command; null where the machine ended without it: see `console`. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** stdout and stderr as they came. */
  readonly output: string;
  /** What qemu, the kernel and the first scripts said. */
  readonly console: string;
  /** s */
  readonly seconds: number;
}

/** The machine could not be made ready. */
class VmError extends Error {
  override readonly name = "VmError";
}

/** Why no machine can run here, or null; fetches the kernel where that is not in the cache yet. */
export async function vmUnavailable(): Promise<string | null> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return "needs Linux on x86_64";
  const result = await findKernel();
  return result.ok ? null : result.reason;
}

/**
 * Boots a machine, runs one command in it as root and ends it. The machine sees the host's files as they are; what it
 * writes is gone with it, but for `/run/exchange`.
 *
 * @throws {VmError} where there is no kernel
 */
export async function runInVm(command: readonly string[], options: VmOptions): Promise<VmResult> {
  const found = await findKernel();
  if (!found.ok) throw new VmError(`Cannot boot a machine: ${found.reason}`);
  const hardware = {
    accelerator: options.accelerator ?? await workingAccelerator(),
    memory: options.memory ?? 1024,
    processors: options.processors ?? 2,
  };
  const directory = await Deno.makeTempDir({ prefix: "ha-vm-" });
  try {
    const files = runFiles(directory, options.exchange ?? await Deno.makeTempDir({ dir: directory }));
    await Deno.writeTextFile(join(files.exchange, "start"), startScript(command, options, found.kernel));
    for (const path of [files.console, files.output]) await Deno.writeTextFile(path, "");
    const argv = qemuCommand(found.kernel, await cachedInitramfs(found.kernel), hardware, files);
    await using _follower = follow(files.output, options.onOutput);
    const run = await runBounded(argv, { timeout: options.timeout });
    const code = (await Deno.readTextFile(join(files.exchange, "code")).catch(() => "")).trim();
    return {
      code: /^\d+$/.test(code) ? Number(code) : null,
      timedOut: run.timedOut,
      output: await Deno.readTextFile(files.output),
      console: run.output + await Deno.readTextFile(files.console),
      seconds: run.seconds,
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The initramfs in the cache under its content's hash. */
async function cachedInitramfs(kernel: Kernel): Promise<string> {
  const octets = await buildInitramfs(kernel);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", octets)).toHex().slice(0, 16);
  const path = join(cacheDirectory("vm"), `initramfs-${hash}`);
  try {
    await Deno.stat(path);
  } catch {
    const fresh = await Deno.makeTempFile({ dir: cacheDirectory("vm"), prefix: "new." });
    await Deno.writeFile(fresh, octets);
    await Deno.rename(fresh, path);
  }
  return path;
}

/** s; a machine with KVM is up in 2. */
const PROBE_TIMEOUT = 10;

/**
 * KVM where a machine really boots with it, which a machine inside another one often only promises; remembered until
 * the host boots again.
 */
async function workingAccelerator(): Promise<Accelerator> {
  if (!canOpen("/dev/kvm")) return "tcg";
  const memory = join(cacheDirectory("vm"), "accelerator");
  const boot = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  const known = (await Deno.readTextFile(memory).catch(() => "")).split(" ");
  if (known[0] === boot) return known[1] === "kvm" ? "kvm" : "tcg";
  const { code } = await runInVm(["true"], { timeout: PROBE_TIMEOUT, accelerator: "kvm" });
  const works: Accelerator = code === 0 ? "kvm" : "tcg";
  await Deno.writeTextFile(memory, `${boot} ${works}`);
  return works;
}

function canOpen(path: string): boolean {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
    return true;
  } catch {
    return false;
  }
}

/** The guest's process 1: makes the modules reachable, runs the command, tells its exit code, switches off. */
function startScript(command: readonly string[], options: VmOptions, kernel: Kernel): string {
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: Deno.env.get("HOME") ?? "/root",
    ...options.env,
  };
  return `#!/bin/sh
export ${Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`).join(" ")}
mkdir -p /lib/modules
mount --bind ${quote(kernel.modules)} /lib/modules
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
cd ${quote(options.directory ?? Deno.cwd())}
for port in /dev/vport*p1; do output=$port; done
${command.map(quote).join(" ")} </dev/null >"$output" 2>&1
echo $? > /run/exchange/code
sync
echo o > /proc/sysrq-trigger
sleep 60
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
