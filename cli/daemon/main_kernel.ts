/**
 * What the main thread needs of the kernel: the command pipe, a last resort for VIPs, datagrams to the service manager.
 */
import type { Model } from "../../core/config/model.ts";
import { openCommandPipe } from "../../ffi/command_pipe.ts";
import { openLibc } from "../../ffi/libc.ts";
import { makeNamedPipe } from "../../ffi/named_pipe.ts";
import { disarmSignal, REAL_TIME_SIGNALS, SIGUSR1 } from "../../ffi/signal.ts";
import { sendUnixDatagram } from "../../ffi/unix_datagram.ts";
import { type Leavings, withdraw } from "./leavings.ts";
import type { SendDatagram } from "./service_manager.ts";
import { nameProcess } from "./thread_priority.ts";
import type { EngineCommand } from "./thread_messages.ts";

/** The main thread's doors; disposing closes the command pipe. */
export interface MainKernel extends Disposable {
  /** The end of the command pipe that the engine thread reads. */
  readonly commandDescriptor: number;
  readonly send: (command: EngineCommand) => void;
  /** Makes a named pipe; throws an `OsError` where it cannot. */
  readonly makeFifo: (path: string) => void;
  /** Takes off this host what the engine put there. */
  readonly withdraw: (left: Leavings) => void;
  readonly sendDatagram: SendDatagram;
  /** Calls the process as the configuration says; returns one line for what the kernel refused. */
  readonly nameProcess: (model: Model) => readonly string[];
}

/**
 * Opens them, and keeps SIGUSR1 from the runtime's debugger (see `signals.ts`).
 *
 * @throws {OsError} where the kernel refuses
 */
export function openMainKernel(): MainKernel {
  const libc = openLibc();
  disarmSignal(libc, SIGUSR1);
  // The runtime cannot listen to them, and left alone each of them would end the process.
  for (const signal of REAL_TIME_SIGNALS) disarmSignal(libc, signal);
  const pipe = openCommandPipe(libc);
  const encoder = new TextEncoder();
  return {
    commandDescriptor: pipe.readDescriptor,
    send: (command) => pipe.writer.send(encoder.encode(JSON.stringify(command))),
    makeFifo: (path) => makeNamedPipe(libc, path),
    withdraw: (left) => withdraw(libc, left),
    nameProcess: (model) => nameProcess(libc, model),
    sendDatagram(path, octets) {
      try {
        sendUnixDatagram(libc, path, octets);
      } catch {
        // A service manager that does not listen must not disturb a router.
      }
    },
    [Symbol.dispose]() {
      pipe.writer[Symbol.dispose]();
      libc[Symbol.dispose]();
    },
  };
}
