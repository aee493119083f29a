/** Reads capture files, for comparing packets octet by octet. */

/** A captured frame. */
export interface CapturedFrame {
  /** ms since the Unix epoch */
  readonly at: number;
  readonly octets: Uint8Array;
}

const MAGIC = 0xa1b2c3d4;

/**
 * The frames of a capture file as tcpdump writes it here: little endian, microseconds (libpcap file format).
 *
 * @throws {RangeError} for any other format
 */
export function readPcap(file: Uint8Array): CapturedFrame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("Cannot read the capture: not a pcap file");
  const frames: CapturedFrame[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const length = view.getUint32(at + 8, true);
    if (at + 16 + length > file.length) break;
    frames.push({
      at: view.getUint32(at, true) * 1000 + view.getUint32(at + 4, true) / 1000,
      octets: file.slice(at + 16, at + 16 + length),
    });
    at += 16 + length;
  }
  return frames;
}

/** The octets of an IPv4 frame as hex, with identification and header checksum blanked. */
export function comparableIpv4(octets: Uint8Array): string {
  const copy = octets.slice();
  copy.fill(0, 18, 20);
  copy.fill(0, 24, 26);
  return [...copy].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Whether a frame carries VRRP over IPv4. */
export function isVrrpIpv4(octets: Uint8Array): boolean {
  return octets.length > 34 && octets[12] === 0x08 && octets[13] === 0x00 && octets[23] === 112;
}

/** Whether a frame is an ARP packet about its own sender. */
export function isGratuitousArp(octets: Uint8Array): boolean {
  if (octets.length < 42 || octets[12] !== 0x08 || octets[13] !== 0x06) return false;
  return [0, 1, 2, 3].every((i) => octets[28 + i] === octets[38 + i]);
}
