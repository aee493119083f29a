/**
 * What the test worlds need of Debian, in one table. The runner installs what is missing where it may.
 */

/** The test worlds (`worlds.ts` says what runs in each), and the demonstration. */
export type WorldName = "pure" | "edge" | "kernel" | "binary" | "netns" | "vm" | "browser" | "demo";

/** One Debian package. */
export interface DebianPackage {
  readonly name: string;
  /** The command whose presence means that it is there, whoever installed it. */
  readonly command: string;
  readonly worlds: readonly WorldName[];
  /** What for, in a few words. */
  readonly why: string;
}

/** Every package that a test needs. */
export const PACKAGES: readonly DebianPackage[] = [
  { name: "iproute2", command: "ip", worlds: ["kernel", "netns", "demo"], why: "makes namespaces and links" },
  { name: "keepalived", command: "keepalived", worlds: ["netns"], why: "the other node" },
  { name: "tcpdump", command: "tcpdump", worlds: ["netns"], why: "the other decoder" },
  { name: "nginx-light", command: "nginx", worlds: ["netns"], why: "the tracked service and real server" },
  { name: "iputils-ping", command: "ping", worlds: ["netns", "demo"], why: "the client" },
  { name: "curl", command: "curl", worlds: ["netns"], why: "the client of status pages" },
  { name: "procps", command: "pgrep", worlds: ["netns"], why: "looks at processes" },
  { name: "psmisc", command: "killall", worlds: ["netns"], why: "check scripts of tutorials call it" },
  { name: "nftables", command: "nft", worlds: ["kernel", "netns"], why: "cuts links one way" },
  { name: "ethtool", command: "ethtool", worlds: ["netns"], why: "takes checksum offload off veth" },
  {
    name: "conntrack",
    command: "conntrack",
    worlds: ["netns"],
    why: "notify scripts of firewall pairs call it",
  },
  {
    name: "python3-aiosmtpd",
    command: "aiosmtpd",
    worlds: ["netns", "vm"],
    why: "the mail server",
  },
  { name: "frr", command: "vtysh", worlds: ["netns"], why: "another router: its vrrpd and its bfdd" },
  { name: "openssl", command: "openssl", worlds: ["edge", "netns"], why: "makes certificates" },
  { name: "dnsmasq-base", command: "dnsmasq", worlds: ["netns"], why: "the DNS server" },
  { name: "qemu-system-x86", command: "qemu-system-x86_64", worlds: ["vm"], why: "the machine" },
  { name: "kmod", command: "depmod", worlds: ["vm"], why: "indexes the modules of its kernel" },
  { name: "ipvsadm", command: "ipvsadm", worlds: ["vm"], why: "reads IPVS tables" },
  { name: "chromium", command: "chromium", worlds: ["browser"], why: "opens the status page" },
];

/** Whether a command is on the PATH or where Debian keeps those for root. */
function commandExists(command: string): boolean {
  const path = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin`;
  return path.split(":").some((directory) => isFile(`${directory}/${command}`));
}

/** The packages that these worlds need and that are not there. */
export function missingPackages(worlds: readonly WorldName[]): DebianPackage[] {
  return PACKAGES.filter((each) => each.worlds.some((world) => worlds.includes(world)))
    .filter((each) => !commandExists(each.command));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
