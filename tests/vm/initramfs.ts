/**
 * The guest's first file system: a busybox, the modules that reach the host's files, and a script that goes there.
 */
import { join } from "node:path";
import { type CpioEntry, packCpio } from "./cpio.ts";
import type { Kernel } from "./kernel.ts";

/** What the guest needs before it has a root. */
const MODULES = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"];

/**
 * The host's root read-only, below a layer in memory: the guest may write anywhere and nothing of it stays.
 */
const INIT = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
for module in $(cat /modules); do insmod "/$module" || echo "cannot load $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 host /lower
mount -t tmpfs -o size=60% tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root
for place in /dev /proc /sys /run; do mkdir -p "/root$place"; done
mount --move /dev /root/dev
mount --move /proc /root/proc
mount -t sysfs sysfs /root/sys
mount -t tmpfs tmpfs /root/run
mkdir -p /root/run/exchange /root/run/lock /root/dev/pts /root/dev/shm
mount -t devpts devpts /root/dev/pts
mount -t tmpfs tmpfs /root/dev/shm
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 exchange /root/run/exchange
exec switch_root /root /bin/sh /run/exchange/start
`;

/** Builds the archive. */
export async function buildInitramfs(kernel: Kernel): Promise<Uint8Array<ArrayBuffer>> {
  const paths = await modulePaths(kernel);
  const names = paths.map((path) => path.slice(path.lastIndexOf("/") + 1).replace(/\.xz$/, ""));
  const directories = ["bin", "dev", "proc", "lower", "upper", "root"];
  const encode = (text: string) => new TextEncoder().encode(text);
  const entries: CpioEntry[] = directories.map((path) => ({ path, content: null }));
  entries.push({ path: "bin/busybox", content: await Deno.readFile(kernel.busybox) });
  entries.push({ path: "init", content: encode(INIT) });
  entries.push({ path: "modules", content: encode(names.join("\n") + "\n") });
  for (const [index, path] of paths.entries()) {
    entries.push({ path: names[index], content: await readModule(path) });
  }
  return packCpio(entries);
}

/** The files of our modules and of those that they need, in the order in which they load. */
async function modulePaths(kernel: Kernel): Promise<string[]> {
  const base = join(kernel.modules, kernel.release);
  const lines = (await Deno.readTextFile(join(base, "modules.dep"))).trim().split("\n");
  const needs = new Map(lines.map((line) => {
    const [path, rest] = line.split(":");
    return [path, rest.trim().split(" ").filter(Boolean)];
  }));
  const byName = new Map([...needs.keys()].map((path) => [moduleName(path), path]));
  const order = new Set<string>();
  for (const name of MODULES) {
    const path = byName.get(name);
    // Not a module: built into this kernel.
    if (!path) continue;
    // modules.dep names the farthest dependency last.
    for (const each of [...needs.get(path)!].reverse()) order.add(each);
    order.add(path);
  }
  return [...order].map((path) => join(base, path));
}

function moduleName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.ko(\.xz)?$/, "").replaceAll("-", "_");
}

async function readModule(path: string): Promise<Uint8Array> {
  if (!path.endsWith(".xz")) return await Deno.readFile(path);
  const { stdout } = await new Deno.Command("xz", { args: ["-dc", path] }).output();
  return stdout;
}
