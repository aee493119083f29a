/**
 * What people are told about virtual servers: scripts, lines for the FIFOs, mail.
 */
import type { Command } from "../config/model.ts";
import type { LvsWorld, PoolState, ServerState } from "./lvs_world.ts";

/** Something to tell about a real server. */
export function notifyServer(
  world: LvsWorld,
  server: ServerState,
  state: "UP" | "DOWN",
  command: Command | null = state === "UP" ? server.config.notifyUp : server.config.notifyDown,
): void {
  server.told = state;
  const virtualServer = server.pool.name;
  world.out.add({
    kind: "notify",
    object: "RS",
    virtualServer,
    realServer: server.name,
    state,
    command,
    fifo: `RS ${server.name} ${virtualServer} ${state}`,
    mail: null,
  });
}

/** A mail about a check of a real server, where its configuration asks for mail. */
export function mailServer(world: LvsWorld, server: ServerState, state: "UP" | "DOWN", body: string): void {
  if (!server.config.smtpAlert) return;
  const virtualServer = server.pool.name;
  world.out.add({
    kind: "notify",
    object: "RS",
    virtualServer,
    realServer: server.name,
    state,
    command: null,
    fifo: null,
    mail: { subject: `Realserver ${server.name} of virtual server ${virtualServer} - ${state}`, body },
  });
}

/** The quorum was gained or lost. */
export function notifyPool(world: LvsWorld, pool: PoolState, state: "UP" | "DOWN", body: string): void {
  const { config, name } = pool;
  world.out.add({
    kind: "notify",
    object: "VS",
    virtualServer: name,
    realServer: null,
    state,
    command: state === "UP" ? config.quorumUp : config.quorumDown,
    fifo: `VS ${name} ${state}`,
    mail: config.smtpAlert ? { subject: `Virtualserver ${name} - ${state}`, body: `=> ${body} <=` } : null,
  });
}
