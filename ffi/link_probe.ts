/**
 * Asks an interface whether it has a link, for drivers that do not tell: by the registers of its transceiver (MII), by
 * its driver (ethtool), or by its flags.
 */
import { C } from "./constants.ts";
import { ERRNO, OsError } from "./errno.ts";
import { addressOf, type Libc, pinnedBytes } from "./libc.ts";
import { Socket } from "./socket.ts";

/** The ways to ask, in the order in which they are tried. */
export const LINK_METHODS = ["MII", "ETHTOOL", "IOCTL"] as const;

/** One of them. */
export type LinkMethod = typeof LINK_METHODS[number];

/** linux/sockios.h */
const SIOCGIFFLAGS = 0x8913;
const SIOCETHTOOL = 0x8946;
const SIOCGMIIPHY = 0x8947;
const SIOCGMIIREG = 0x8948;

/** struct ifreq: a name of 16 octets, then a union of 24. */
const IFREQ_SIZE = 40;
const NAME_SIZE = 16;
/** struct mii_ioctl_data in that union: phy_id, reg_num, val_in, val_out, 16 bits each. */
const MII_REGISTER = NAME_SIZE + 2;
const MII_VALUE = NAME_SIZE + 6;
/** linux/mii.h: the basic mode status register, and its bit for a link. */
const MII_BMSR = 1;
const BMSR_LSTATUS = 0x0004;
/** linux/ethtool.h: struct ethtool_value is the command and the answer, 32 bits each. */
const ETHTOOL_GLINK = 0x0000_000a;
/** linux/if.h */
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;

/** Asks interfaces of the calling thread's network namespace. */
export interface LinkProbe extends Disposable {
  /**
   * Whether the interface has a link.
   *
   * @throws {OsError} ENODEV where there is none of that name, EOPNOTSUPP where it cannot be asked that way
   */
  ask(interfaceName: string, method: LinkMethod): boolean;
}

/** Opens the socket that the questions go through. @throws {OsError} where the kernel refuses */
export function openLinkProbe(libc: Libc): LinkProbe {
  const socket = new Socket(libc, C.AF_INET, C.SOCK_DGRAM, 0, "socket for link states");
  const request = pinnedBytes(IFREQ_SIZE);
  const view = new DataView(request.buffer);
  const value = pinnedBytes(8);
  const control = (command: number, interfaceName: string) => {
    if (libc.symbols.ioctl(socket.descriptor, BigInt(command), request) === 0) return;
    throw new OsError("Cannot ask for the link of", interfaceName, libc.errno());
  };
  const ask: Readonly<Record<LinkMethod, (interfaceName: string) => boolean>> = {
    MII(name) {
      control(SIOCGMIIPHY, name);
      view.setUint16(MII_REGISTER, MII_BMSR, true);
      // The register keeps a loss until it is read: what is so now is in the second answer.
      control(SIOCGMIIREG, name);
      view.setUint16(MII_REGISTER, MII_BMSR, true);
      control(SIOCGMIIREG, name);
      return (view.getUint16(MII_VALUE, true) & BMSR_LSTATUS) !== 0;
    },
    ETHTOOL(name) {
      const answer = new DataView(value.buffer);
      answer.setUint32(0, ETHTOOL_GLINK, true);
      answer.setUint32(4, 0, true);
      view.setBigUint64(NAME_SIZE, addressOf(value), true);
      control(SIOCETHTOOL, name);
      return answer.getUint32(4, true) !== 0;
    },
    IOCTL(name) {
      control(SIOCGIFFLAGS, name);
      const wanted = IFF_UP | IFF_RUNNING;
      return (view.getUint16(NAME_SIZE, true) & wanted) === wanted;
    },
  };
  return {
    ask(interfaceName, method) {
      const name = new TextEncoder().encode(interfaceName);
      if (name.length >= NAME_SIZE) {
        throw new OsError("Cannot ask for the link of", interfaceName, ERRNO.ENODEV);
      }
      request.fill(0);
      request.set(name);
      return ask[method](interfaceName);
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}
