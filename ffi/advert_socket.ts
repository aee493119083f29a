/**
 * The raw sockets of all instances: {@linkcode AdvertSockets} with the kernel.
 */
import { type Family, familyOf } from "../core/net/address.ts";
import { nextIpId } from "../core/packet/ip.ts";
import type {
  AdvertEndpoint,
  AdvertSockets,
  OsResult,
  OutgoingAdvert,
  ReceivedAdvert,
} from "../core/ports.ts";
import { AdvertReceiver, socketKey } from "./advert_receiver.ts";
import { AdvertSender, preparePackets, type ReadyPacket } from "./advert_sender.ts";
import { attempt, DONE, ERRNO, OsError } from "./errno.ts";
import { interfaceIndexOf } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { ReceiveBatch } from "./socket.ts";

/** Room for the longest message: 255 IPv6 addresses. */
const BATCH = { slots: 32, packetLength: 4608, controlLength: 128 } as const;

/** Opens nothing yet; `listen` and `send` open sockets in the network namespace that the thread is in then. */
export function openAdvertSockets(libc: Libc): AdvertSockets {
  return new KernelAdvertSockets(libc);
}

/** An advertisement encoded for each destination, and the socket that it goes through. */
interface Prepared {
  readonly sender: AdvertSender;
  readonly packets: readonly ReadyPacket[];
}

interface Listener {
  readonly key: string;
  readonly receiver: AdvertReceiver;
}

class KernelAdvertSockets implements AdvertSockets {
  readonly #libc: Libc;
  readonly #batch: ReceiveBatch;
  readonly #listeners = new Map<string, Listener>();
  readonly #receivers = new Map<string, AdvertReceiver>();
  readonly #byDescriptor = new Map<number, AdvertReceiver>();
  readonly #senders = new Map<string, AdvertSender>();
  readonly #prepared = new WeakMap<OutgoingAdvert, Prepared>();
  /** The last IP identification of each instance. */
  readonly #ids = new Map<string, number>();
  #everyVrid = false;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#batch = new ReceiveBatch(libc, BATCH);
  }

  get descriptors(): readonly number[] {
    return [...this.#byDescriptor.keys()];
  }

  listen(instance: string, endpoint: AdvertEndpoint): OsResult {
    this.unlisten(instance);
    this.#forgetStaleSender(endpoint);
    const result = attempt(() => {
      const key = socketKey(endpoint);
      const receiver = this.#receivers.get(key) ?? this.#open(key, endpoint);
      this.#listeners.set(instance, { key, receiver });
      receiver.join(instance, endpoint, this.#everyVrid);
      // Opened now: the first packet of a takeover has no time to spare.
      this.#senderFor(endpoint.family, endpoint.interface);
    });
    if (!result.ok) this.unlisten(instance);
    return result;
  }

  unlisten(instance: string): void {
    const listener = this.#listeners.get(instance);
    if (listener === undefined) return;
    this.#listeners.delete(instance);
    listener.receiver.leave(instance, this.#everyVrid);
    if (listener.receiver.isIdle) this.#close(listener);
  }

  send(instance: string, advert: OutgoingAdvert): OsResult {
    const prepared = this.#prepare(advert);
    if ("ok" in prepared) return prepared;
    let result: OsResult = DONE;
    for (const packet of prepared.packets) {
      const id = nextIpId(this.#ids.get(instance) ?? 0);
      this.#ids.set(instance, id);
      const sent = prepared.sender.send(packet, id);
      if (result.ok) result = sent;
    }
    return result;
  }

  receive(descriptor: number, limit: number): readonly ReceivedAdvert[] {
    return this.#byDescriptor.get(descriptor)?.receive(limit) ?? [];
  }

  acceptEveryVrid(on: boolean): void {
    if (this.#everyVrid === on) return;
    this.#everyVrid = on;
    for (const receiver of this.#receivers.values()) receiver.applyFilter(on);
  }

  [Symbol.dispose](): void {
    for (const receiver of this.#receivers.values()) receiver[Symbol.dispose]();
    for (const sender of this.#senders.values()) sender[Symbol.dispose]();
    for (const table of [this.#listeners, this.#receivers, this.#byDescriptor, this.#senders]) table.clear();
  }

  #open(key: string, endpoint: AdvertEndpoint): AdvertReceiver {
    const receiver = new AdvertReceiver(this.#libc, this.#batch, endpoint);
    this.#receivers.set(key, receiver);
    this.#byDescriptor.set(receiver.descriptor, receiver);
    return receiver;
  }

  #close({ key, receiver }: Listener): void {
    this.#receivers.delete(key);
    this.#byDescriptor.delete(receiver.descriptor);
    receiver[Symbol.dispose]();
  }

  #senderFor(family: Family, interfaceName: string): AdvertSender {
    const key = senderKey(family, interfaceName);
    let sender = this.#senders.get(key);
    if (sender === undefined) {
      const index = interfaceName === "" ? 0 : interfaceIndexOf(this.#libc, interfaceName);
      sender = new AdvertSender(this.#libc, family, interfaceName, index);
      this.#senders.set(key, sender);
    }
    return sender;
  }

  /** An interface that was deleted and made again has another index, and the old socket leads nowhere. */
  #forgetStaleSender(endpoint: AdvertEndpoint): void {
    const key = senderKey(endpoint.family, endpoint.interface);
    const sender = this.#senders.get(key);
    if (sender === undefined || sender.interfaceIndex === endpoint.interfaceIndex) return;
    this.#senders.delete(key);
    sender[Symbol.dispose]();
  }

  /** What goes out for an advertisement and through which socket, or why it cannot. */
  #prepare(advert: OutgoingAdvert): Prepared | OsResult {
    const kept = this.#prepared.get(advert);
    if (kept !== undefined && kept.sender.isOpen) return kept;
    try {
      const sender = this.#senderFor(familyOf(advert.source), advert.interface);
      const prepared = { sender, packets: preparePackets(advert, sender.interfaceIndex) };
      this.#prepared.set(advert, prepared);
      return prepared;
    } catch (error) {
      if (error instanceof OsError) return error.toResult();
      // What cannot be encoded must not stop the thread that sends for all the others.
      if (error instanceof RangeError) return { ok: false, errno: ERRNO.EINVAL, reason: error.message };
      throw error;
    }
  }
}

function senderKey(family: number, interfaceName: string): string {
  return `${family} ${interfaceName}`;
}
