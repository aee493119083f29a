/**
 * The service manager (systemd): told when we are ready, reloading, stopping, and that we are alive.
 *
 * The protocol is sd_notify(3): lines of `NAME=VALUE` in a datagram to the socket that NOTIFY_SOCKET names. Without
 * that variable nothing is sent.
 */

/** What the daemon tells. */
export interface ServiceManager {
  /** Lines such as `READY=1\nSTATUS=Running`. */
  readonly tell: (state: string) => void;
  /** ms within which `WATCHDOG=1` is expected; 0 where it is not. */
  readonly watchdogInterval: number;
}

/** Sends one datagram to a Unix socket; `@` begins an abstract name. */
export type SendDatagram = (path: string, octets: Uint8Array<ArrayBuffer>) => void;

/** The service manager that the environment names, or one that takes everything and does nothing. */
export function openServiceManager(
  send: SendDatagram,
  environment: (name: string) => string | undefined = (name) => Deno.env.get(name),
  pid: number = Deno.pid,
): ServiceManager {
  const path = environment("NOTIFY_SOCKET");
  if (path === undefined || !/^[/@]/.test(path)) return { tell: () => {}, watchdogInterval: 0 };
  const encoder = new TextEncoder();
  return {
    tell: (state) => send(path, encoder.encode(state)),
    watchdogInterval: watchdogInterval(environment, pid),
  };
}

/** WATCHDOG_USEC in ms, where it is meant for this process. */
function watchdogInterval(environment: (name: string) => string | undefined, pid: number): number {
  const microseconds = environment("WATCHDOG_USEC") ?? "";
  const meant = environment("WATCHDOG_PID") ?? String(pid);
  if (!/^[1-9][0-9]{0,15}$/.test(microseconds) || meant !== String(pid)) return 0;
  return Number(microseconds) / 1000;
}
