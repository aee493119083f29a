/**
 * Records what keepalived sends, into keepalived.json beside this file.
 *
 *   deno run -A tests/golden/packet/record_keepalived.ts      as root, with ip, keepalived and tcpdump
 *
 * The frames of one run: three instances that become master at once (priority 255), and their goodbyes.
 */
import { createHostPair } from "../../support/host_pair.ts";

const CONFIG = `
vrrp_instance PASS {
  state BACKUP
  interface left0
  virtual_router_id 9
  priority 255
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  virtual_ipaddress {
    10.77.0.100/24
    10.77.0.101/24
  }
}
vrrp_instance NO_PASSWORD {
  state BACKUP
  interface left0
  virtual_router_id 10
  priority 255
  advert_int 2
  virtual_ipaddress {
    10.77.0.102/24
  }
}
vrrp_instance MULTICAST3 {
  version 3
  state BACKUP
  interface left0
  virtual_router_id 11
  priority 255
  advert_int 0.75
  virtual_ipaddress {
    10.77.0.103/24
  }
}
vrrp_instance UNICAST3 {
  version 3
  state BACKUP
  interface left0
  virtual_router_id 13
  priority 255
  unicast_src_ip 10.77.0.1
  unicast_peer {
    10.77.0.2
  }
  virtual_ipaddress {
    10.77.0.105/24
  }
}
vrrp_instance SIX {
  state BACKUP
  interface left0
  virtual_router_id 14
  priority 255
  virtual_ipaddress {
    fe80::14/64
    fd00:77::14/64
  }
}
`;

const RUN_SECONDS = "8";
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The Ethernet frames of a pcap file in the byte order of this machine, as hexadecimal. */
function framesOf(pcap: Uint8Array): string[] {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.byteLength);
  const frames: string[] = [];
  for (let at = 24; at + 16 <= pcap.length;) {
    const length = view.getUint32(at + 8, true);
    frames.push(pcap.subarray(at + 16, at + 16 + length).toHex());
    at += 16 + length;
  }
  return frames;
}

const folder = Deno.makeTempDirSync();
const pair = createHostPair();
try {
  Deno.writeTextFileSync(`${folder}/keepalived.conf`, CONFIG);
  const inside = (namespace: string, ...command: string[]) =>
    new Deno.Command("ip", { args: ["netns", "exec", namespace, ...command], stdout: "piped", stderr: "piped" });
  const filter = "ip proto 112 or (ip6 and ip6[6] == 112) or arp[6:2] == 1 or (icmp6 and ip6[40] == 136)";
  const capture = inside(pair.right.namespace, "tcpdump", "-i", "right0", "-U", "-w", `${folder}/pcap`, filter).spawn();
  const started = capture.stderr.getReader();
  await started.read();
  const pidFiles = ["-p", `${folder}/1`, "-r", `${folder}/2`, "-c", `${folder}/3`];
  const options = ["-n", "-G", "-f", `${folder}/keepalived.conf`, ...pidFiles];
  inside(pair.left.namespace, "timeout", RUN_SECONDS, "keepalived", ...options).outputSync();
  capture.kill("SIGINT");
  started.releaseLock();
  await capture.stderr.cancel();
  await capture.stdout.cancel();
  await capture.status;
  const version = text(new Deno.Command("keepalived", { args: ["-v"], stderr: "piped" }).outputSync().stderr);
  const origin = `recorded with record_keepalived.ts: ${version.split("\n")[0]}`;
  const frames = [...new Set(framesOf(Deno.readFileSync(`${folder}/pcap`)))];
  const output = { origin, leftMac: pair.left.mac, config: CONFIG.trim().split("\n"), frames };
  Deno.writeTextFileSync(new URL("keepalived.json", import.meta.url), JSON.stringify(output, null, 1) + "\n");
} finally {
  pair[Symbol.dispose]();
  Deno.removeSync(folder, { recursive: true });
}
