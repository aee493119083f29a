/** A capture on a segment of the lab: tcpdump, decoded as it decodes, and a pcap file for whoever wants to look. */
import { join } from "node:path";
import { EventLog, type WaitOptions } from "./event_log.ts";
import { LabProcess } from "./process.ts";
import { type Packet, TcpdumpReader, type VrrpPacket } from "./tcpdump.ts";

/** VRRP, ARP, neighbour advertisements. */
const DEFAULT_FILTER = "ip proto 112 or ip6 proto 112 or arp or (icmp6 and ip6[40] == 136)";

/** A running tcpdump. */
export class Sniffer extends EventLog<Packet> implements AsyncDisposable {
  /** The capture file. */
  readonly file: string;
  readonly #process: LabProcess;

  private constructor(name: string, file: string, process: LabProcess) {
    super(`packets on ${name}`, (packet) => packet.text);
    this.file = file;
    this.#process = process;
  }

  /** Starts a capture of an interface in a namespace; returns when tcpdump says that it listens. */
  static async start(
    namespace: string,
    device: string,
    directory: string,
    filter = DEFAULT_FILTER,
  ): Promise<Sniffer> {
    const file = join(directory, `${device}.pcap`);
    // -Z root: as another user tcpdump could not write into the lab's directory.
    const flags = ["-Z", "root", "-i", device, "--immediate-mode", "-l", "-n", "-tt", "-vv", "-e"];
    const argv = ["ip", "netns", "exec", namespace, "tcpdump", ...flags, "-U", "-w", file, "--print", filter];
    const process = new LabProcess(argv, { name: `tcpdump on ${device}` });
    const sniffer = new Sniffer(device, file, process);
    const reader = new TcpdumpReader((packet) => sniffer.push(packet));
    process.stdout.subscribe((line) => reader.line(line.text));
    await process.stderr.line(/listening on/, { within: 10_000 });
    return sniffer;
  }

  /** Waits for an advertisement. */
  advert(matches: (packet: VrrpPacket) => boolean, options: WaitOptions): Promise<VrrpPacket> {
    return this.next((packet) => packet.kind === "vrrp" && matches(packet), options) as Promise<VrrpPacket>;
  }

  /** Advertisements so far. */
  adverts(matches: (packet: VrrpPacket) => boolean = () => true, since = 0): VrrpPacket[] {
    return this.filter((packet) => packet.kind === "vrrp" && matches(packet), since) as VrrpPacket[];
  }

  /** Gratuitous ARPs for an address so far. */
  gratuitousArps(address: string, since = 0): Packet[] {
    return this.filter((packet) => packet.kind === "arp" && packet.gratuitousFor === address, since);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop("SIGTERM", 2_000);
    this.close();
  }
}
