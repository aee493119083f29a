/**
 * What a running daemon answers over its control socket.
 */
import { EXIT, Refusal } from "../exit_codes.ts";
import { type LoadResult, problemsOf } from "./configuration.ts";
import type { ControlRequest, ReloadAnswer } from "./control_protocol.ts";
import type { ControlHandler } from "./control_socket.ts";
import { failover, maintenance, type Operated } from "./operator_requests.ts";
import type { Dumps } from "./dumps.ts";
import type { StatusHub } from "./status_hub.ts";

/** The parts of the daemon that can be reached. */
export interface Controlled extends Operated {
  readonly hub: StatusHub;
  readonly dumps: Dumps;
  reload(): LoadResult | null;
  stop(): Promise<void>;
}

/** Answers for a daemon. */
export function controlHandler(daemon: Controlled): ControlHandler {
  return async (request) => {
    switch (request.command) {
      case "status":
        return await daemon.hub.current();
      case "reload":
        return reload(daemon);
      case "stop":
        daemon.stop();
        // No answer: the end of the connection tells that the process is gone.
        return await new Promise<never>(() => {});
      case "dump":
        return await daemon.dumps.text(request.kind);
      case "failover":
        return await failover(daemon, request);
      case "maintenance":
        return await maintenance(daemon, request);
      case "debug.block":
      case "debug.stall":
      case "debug.throw":
      case "debug.crash":
        return debug(daemon, request);
      default:
        request satisfies never;
        throw new Refusal(`Cannot obey ${JSON.stringify(request)}: no such command`, EXIT.usage);
    }
  };
}

function reload(daemon: Controlled): ReloadAnswer {
  const result = daemon.reload();
  if (result === null) throw new Refusal("Cannot reload while starting or stopping", EXIT.fatal);
  return {
    problems: problemsOf(result).map(({ text }) => text),
    refusal: result.ok ? null : { text: result.refusal.message, exitCode: result.refusal.exitCode },
  };
}

function debug(daemon: Controlled, request: Extract<ControlRequest, { command: `debug.${string}` }>): void {
  if (Deno.env.get("HA_TEST") !== "1") {
    throw new Refusal(`Cannot obey ${request.command}: HA_TEST is not 1`, EXIT.usage);
  }
  switch (request.command) {
    case "debug.crash":
      return daemon.send({ kind: "crash" });
    case "debug.stall":
      return daemon.send({ kind: "stall", ms: request.ms });
    case "debug.throw":
      setTimeout(() => JSON.parse("thrown on purpose"));
      Promise.reject(new TypeError("rejected on purpose"));
      return;
    case "debug.block": {
      const end = performance.now() + request.ms;
      while (performance.now() < end);
      return;
    }
    default:
      request satisfies never;
  }
}
