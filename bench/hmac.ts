/**
 * What `auth_hmac` costs the engine thread: an advertisement made ready for the socket, and one received and judged,
 * with and without a trailer. `deno task bench hmac`
 */
import { parseConfig } from "../core/config/config.ts";
import type { AdvertSend } from "../core/engine/effect.ts";
import { createVrrpEngine } from "../core/engine/vrrp_engine.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../core/packet/vrrp.ts";
import { octetsOf } from "../core/packet/vrrp_trailer.ts";
import { preparePackets } from "../ffi/advert_sender.ts";

const ROUNDS = 20_000;
const HMAC = `auth_hmac {\n key 1 hex:${"ab".repeat(32)}\n active_key 1\n anti_replay monotonic\n}`;
const LINK = {
  name: "eth0",
  index: 2,
  mac: "02:00:00:00:00:01",
  mtu: 1500,
  up: true,
  arp: true,
  multicast: true,
};
const GROUP = "224.0.0.18";

function engine(priority: number, address: string, hmac: boolean) {
  const text = `vrrp_instance VI {\n interface eth0\n virtual_router_id 51\n version 3\n priority ${priority}
    advert_int 0.01\n virtual_ipaddress {\n 10.0.0.100\n }\n ${hmac ? HMAC : ""}\n}`;
  const made = createVrrpEngine();
  const own = { interface: "eth0", address, prefixLength: 24, secondary: false, tentative: false };
  made.step({ kind: "start", model: parseConfig(text).model, links: [LINK], addresses: [own] }, 0);
  return made;
}

/** µs an advertisement: the step that decides to send, and the octets for the socket; without one they are kept. */
function measureSending(hmac: boolean): { cost: number; sent: AdvertSend[] } {
  const master = engine(200, "10.0.0.1", hmac);
  const sent: AdvertSend[] = [];
  let kept: AdvertSend | null = null;
  let began = performance.now();
  for (let round = -2000; round < ROUNDS; round++) {
    if (round === 0) began = performance.now();
    for (const effect of master.step({ kind: "timer" }, master.nextWakeup()!)) {
      if (effect.kind !== "advert.send") continue;
      if (effect !== kept) preparePackets(effect, LINK.index);
      kept = effect;
      sent.push(effect);
    }
  }
  return { cost: (performance.now() - began) * 1000 / ROUNDS, sent };
}

/** µs a received advertisement: decoded, judged, followed. */
function measureReceiving(adverts: readonly AdvertSend[], hmac: boolean): number {
  const backup = engine(100, "10.0.0.2", hmac);
  const ip = { source: "10.0.0.1", destination: GROUP };
  const octets = adverts.map(({ advertisement, trailer }) =>
    encodeAdvertisement(advertisement, {
      ...ip,
      checksumWithoutPseudoHeader: false,
      trailer: trailer === undefined ? null : octetsOf(trailer),
    })
  );
  const began = performance.now();
  for (const message of octets) {
    const packet = decodeAdvertisement(message, ip);
    backup.step({ kind: "advert.received", interface: "eth0", ...ip, ttl: 255, packet }, 0);
  }
  const cost = (performance.now() - began) * 1000 / octets.length;
  const { counters } = backup.snapshot(0, 0).instances[0]!;
  const refused = Object.entries(counters).find(([name, count]) => /_err$|^auth/.test(name) && count > 0);
  if (refused !== undefined) {
    throw new RangeError(`Cannot measure: ${refused[1]} adverts were refused as ${refused[0]}`);
  }
  return cost;
}

for (const hmac of [false, true]) {
  const { cost, sent } = measureSending(hmac);
  const received = measureReceiving(sent, hmac);
  const name = hmac ? "with auth_hmac" : "without";
  console.log(
    `${name.padEnd(16)} sent ${cost.toFixed(1)} µs, received ${received.toFixed(1)} µs an advertisement`,
  );
}
