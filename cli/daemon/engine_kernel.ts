/**
 * What the engine loop needs of the kernel; `linux_kernel.ts` implements it, tests fake it.
 */
import type {
  AddressTable,
  AdvertSockets,
  BfdSockets,
  LinkWatch,
  NeighbourAnnouncer,
  RouteTable,
  RouteWatch,
  VipFilter,
  VirtualLinks,
} from "../../core/ports.ts";
import type { InterfaceSettings } from "./interface_settings.ts";

/** The sleep of the loop: descriptors and one absolute timer. */
export interface Sleeper {
  /** Watches `descriptor` for input until `forget`. */
  watch(descriptor: number): void;
  forget(descriptor: number): void;
  /** The most descriptors that one call returns; where that many are returned there may be more. */
  readonly capacity: number;
  /** Sleeps until input or until `deadline` (ms of CLOCK_MONOTONIC; null: for ever); returns descriptors with input. */
  sleep(deadline: number | null): readonly number[];
  /** Descriptors with input now, without sleeping. */
  look(): readonly number[];
}

/** All doors of the engine thread. */
export interface EngineKernel extends Disposable {
  readonly adverts: AdvertSockets;
  readonly bfd: BfdSockets;
  readonly addresses: AddressTable;
  readonly announcer: NeighbourAnnouncer;
  readonly routes: RouteTable;
  readonly virtualLinks: VirtualLinks;
  readonly settings: InterfaceSettings;
  readonly filter: VipFilter;
  readonly links: LinkWatch;
  readonly routeWatch: RouteWatch;
  readonly sleeper: Sleeper;
  /** ms of CLOCK_MONOTONIC, with fractions. */
  readonly now: () => number;
  /** 32 random bits. */
  readonly seed: () => number;
  /** ms that turn `now()` into ms since the Unix epoch by addition. */
  readonly epochOffset: () => number;
  readonly forwardsIpv6: (interfaceName: string) => boolean;
  /** The reading end of the command pipe. */
  readonly commandDescriptor: number;
  /** The frames that the command pipe holds now, without blocking; each is JSON in UTF-8. */
  readonly readCommands: () => readonly Uint8Array[];
}
