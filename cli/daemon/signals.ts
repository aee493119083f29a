/**
 * The signals that the daemon answers to.
 */

/** What each signal means. */
export interface SignalHandlers {
  /** SIGTERM and SIGINT. */
  readonly stop: () => void;
  /** SIGINT while stopping: the operator does not want to wait. */
  readonly force: () => void;
  /** SIGHUP */
  readonly reload: () => void;
  /** SIGUSR2: write the status and keepalived's counters into the run directory. */
  readonly dump: () => void;
}

/**
 * Listens from now until disposed; before that, SIGHUP and SIGUSR1 would end the process.
 *
 * SIGUSR1 is heard and does nothing, where it is not held (`second_start.ts`). Deno would open its debugger on it, to
 * which everybody on the host can connect; `openMainKernel` keeps the signal from it, for which the signal must have
 * been listened to first.
 */
export function listenForSignals(handlers: SignalHandlers): Disposable {
  let stopping = false;
  const stop = () => {
    stopping = true;
    handlers.stop();
  };
  const interrupt = () => stopping ? handlers.force() : stop();
  const listeners: readonly (readonly [Deno.Signal, () => void])[] = [
    ["SIGTERM", stop],
    ["SIGINT", interrupt],
    ["SIGHUP", handlers.reload],
    ["SIGUSR1", () => {}],
    ["SIGUSR2", handlers.dump],
  ];
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
