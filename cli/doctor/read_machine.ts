/**
 * Reads {@linkcode Machine} from this host.
 */
import { basename } from "node:path";
import { parseAddress } from "../../core/net/address.ts";
import { clockFollows } from "../../ffi/clock_state.ts";
import type { Libc } from "../../ffi/libc.ts";
import type { Machine, MachineInterface, MachineProcess, MachineRoute } from "./machine.ts";

const LINKS = "/sys/class/net";

/** This host, as it is now. */
export function readMachine(libc: Libc): Machine {
  return {
    setting: (path) => readFile(`/proc/sys/${path}`),
    file: readFile,
    interfaces: readInterfaces(),
    processes: readProcesses(),
    routes: readRoutes(),
    firewall: readFirewall(),
    module: moduleState,
    clockFollows: clockFollows(libc),
  };
}

function readFile(path: string): string | null {
  try {
    return Deno.readTextFileSync(path).trimEnd();
  } catch {
    return null;
  }
}

function names(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Those with addresses, and those that are up without. */
function readInterfaces(): MachineInterface[] {
  const own = Deno.networkInterfaces();
  const up = names(LINKS).filter((name) =>
    /^(up|unknown)$/.test(readFile(`${LINKS}/${name}/operstate`) ?? "")
  );
  return [...new Set([...own.map(({ name }) => name), ...up])].map((name) => {
    const addresses = own.filter((each) => each.name === name);
    return {
      name,
      mac: addresses[0]?.mac ?? readFile(`${LINKS}/${name}/address`) ?? "",
      mtu: Number(readFile(`${LINKS}/${name}/mtu`) ?? "0") || null,
      addresses: addresses.flatMap(({ address, cidr }) => {
        const canonical = parseAddress(address);
        return canonical === null ? [] : [{ address: canonical, length: Number(cidr.split("/")[1]) }];
      }),
      bridge: bridgeOf(name),
    };
  });
}

function bridgeOf(name: string): string | null {
  if (readFile(`${LINKS}/${name}/bridge/bridge_id`) !== null) return name;
  if (readFile(`${LINKS}/${name}/brport/port_id`) === null) return null;
  return linkOf(`${LINKS}/${name}/master`)?.split("/").at(-1) ?? null;
}

/** Programs in our network namespace; others have networks of their own. */
function readProcesses(): MachineProcess[] {
  const namespace = linkOf("/proc/self/ns/net");
  const sockets = vrrpSockets();
  return names("/proc").filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/ns/net`) === namespace)
    .map((pid) => ({
      pid: Number(pid),
      name: readFile(`/proc/${pid}/comm`) ?? "",
      own: programOf(linkOf(`/proc/${pid}/exe`)) === programOf(Deno.execPath()),
      speaksVrrp: names(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`) ?? "")),
    }));
}

/** The name of a program's file: another version of ours lies elsewhere, and one that was replaced is gone. */
export function programOf(path: string | null): string | null {
  return path === null ? null : basename(path.replace(/ \(deleted\)$/, ""));
}

/** The raw sockets for VRRP of our network namespace, as links of `/proc/PID/fd` show them. */
function vrrpSockets(): ReadonlySet<string> {
  const lines = ["raw", "raw6"].flatMap((table) => (readFile(`/proc/net/${table}`) ?? "").split("\n"));
  // The port of a raw socket is its protocol; the inode is the tenth word.
  const words = lines.map((line) => line.trim().split(/\s+/)).filter((each) => each[1]?.endsWith(":0070"));
  return new Set(words.map((each) => `socket:[${each[9]}]`));
}

function linkOf(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null;
  }
}

/** Lines of `/proc/net/route`: addresses are hexadecimal, in the octet order of this host. */
function readRoutes(): MachineRoute[] {
  const lines = (readFile("/proc/net/route") ?? "").split("\n").slice(1);
  return lines.filter((line) => line !== "").map((line) => {
    const [name, destination, gateway, , , , , mask] = line.split("\t");
    return {
      interface: name!,
      destination: hexadecimal(destination!),
      mask: hexadecimal(mask!),
      gateway: hexadecimal(gateway!) === 0 ? null : dotted(hexadecimal(gateway!)),
    };
  });
}

function hexadecimal(text: string): number {
  const value = Number(`0x${text}`);
  return ((value & 0xff) << 24 | (value & 0xff00) << 8 | value >> 8 & 0xff00 | value >>> 24) >>> 0;
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((bits) => value >>> bits & 0xff).join(".");
}

/** The rules as text; null where no tool could be asked. */
function readFirewall(): string | null {
  const texts = [["nft", "list", "ruleset"], ["iptables-save"]].map(([command, ...args]) => {
    try {
      const { success, stdout } = new Deno.Command(command!, { args, stderr: "null" }).outputSync();
      return success ? new TextDecoder().decode(stdout) : null;
    } catch {
      return null;
    }
  });
  return texts.every((text) => text === null) ? null : texts.map((text) => text ?? "").join("\n");
}

function moduleState(name: string): "loaded" | "available" | "missing" | null {
  if (readFile(`/sys/module/${name}/refcnt`) !== null || names(`/sys/module/${name}`).length > 0) {
    return "loaded";
  }
  const release = readFile("/proc/sys/kernel/osrelease");
  const modules = readFile(`/lib/modules/${release}/modules.dep`);
  const builtIn = readFile(`/lib/modules/${release}/modules.builtin`) ?? "";
  const file = new RegExp(`/${name.replaceAll("_", "[-_]")}\\.ko`, "m");
  if (file.test(builtIn)) return "loaded";
  // In a container the kernel's modules are not seen: the kernel itself says whether it has ip_vs by now.
  if (modules === null) return readFile("/proc/net/ip_vs") === null && name === "ip_vs" ? "missing" : null;
  return file.test(modules) ? "available" : "missing";
}
