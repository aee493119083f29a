/**
 * Datagrams to a Unix socket, for sd_notify(3).
 */
import { C } from "./constants.ts";
import { OsError } from "./errno.ts";
import { type Libc, pinnedBytes } from "./libc.ts";
import { Socket } from "./socket.ts";

/** Octets of `sun_path` in `struct sockaddr_un` (unix(7)). */
const PATH_LENGTH = 108;

/**
 * Sends one datagram without blocking.
 *
 * @param path of the receiving socket; a leading `@` means the abstract namespace
 * @throws {OsError} where nobody listens there, or its queue is full
 */
export function sendUnixDatagram(libc: Libc, path: string, octets: Uint8Array<ArrayBuffer>): void {
  using socket = new Socket(libc, C.AF_UNIX, C.SOCK_DGRAM, 0, "Unix socket");
  const to = unixSocketAddress(path);
  const sent = libc.symbols.sendto(socket.descriptor, octets, BigInt(octets.length), 0, to, to.length);
  if (sent < 0) throw new OsError("Cannot send to Unix socket", path, libc.errno());
}

/** `struct sockaddr_un`: the family, then the path; an abstract name begins with NUL and is not terminated. */
function unixSocketAddress(path: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > PATH_LENGTH) {
    throw new RangeError(`Cannot use Unix socket "${path}": the path is too long`);
  }
  const address = pinnedBytes(2 + name.length);
  new DataView(address.buffer).setUint16(0, C.AF_UNIX, true);
  address.set(name, 2);
  return address;
}
