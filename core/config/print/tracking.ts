/** Tracked objects, static entries and small groups as text. */
import { familyOf } from "../../net/address.ts";
import type { Model, TrackScript } from "../model.ts";
import type { BfdInstance, TrackFile, TrackProcess } from "../tracking_model.ts";
import { decimalText, secondsText } from "../values.ts";
import { flag, setting, userWords } from "./common.ts";
import { addressWords } from "./instance.ts";
import { routeWords, ruleWords } from "./route.ts";
import { quoted, word, type Writer } from "./writer.ts";

function weightLine(out: Writer, weight: number, reverse: boolean, fallback: number): void {
  if (weight !== fallback || reverse) out.line("weight", String(weight), reverse ? ["reverse"] : []);
}

/** Writes a `vrrp_script`. */
export function printScript(out: Writer, script: TrackScript): void {
  out.block(["vrrp_script", word(script.name)], () => {
    out.line("script", quoted(script.command.text));
    if (script.command.user !== null) out.line("user", userWords(script.command.user));
    out.line("interval", secondsText(script.interval));
    setting(out, "timeout", script.timeout === script.interval ? null : secondsText(script.timeout));
    weightLine(out, script.weight, script.reverse, 0);
    setting(out, "rise", script.rise === 1 ? null : String(script.rise));
    setting(out, "fall", script.fall === 1 ? null : String(script.fall));
    flag(out, "init_fail", script.initFail);
  });
}

/** Writes a `track_file`. */
export function printFile(out: Writer, file: TrackFile): void {
  out.block(["track_file", word(file.name)], () => {
    out.line("file", quoted(file.file));
    weightLine(out, file.weight, file.reverse, 1);
    if (file.init !== null) {
      out.line("init_file", String(file.init.value), file.init.overwrite ? ["overwrite"] : []);
    }
  });
}

/** Writes a `vrrp_track_process`. */
export function printProcess(out: Writer, process: TrackProcess): void {
  out.block(["vrrp_track_process", word(process.name)], () => {
    const { parameterMatch, parameters } = process;
    out.line("process", [process.process, ...parameters].map(quoted));
    if (parameterMatch === "exact") flag(out, "param_match", parameters.length === 0);
    else setting(out, "param_match", parameterMatch);
    weightLine(out, process.weight, process.reverse, 0);
    setting(out, "quorum", process.quorum === 1 ? null : String(process.quorum));
    setting(out, "quorum_max", process.quorumMax === null ? null : String(process.quorumMax));
    setting(
      out,
      "terminate_delay",
      process.terminateDelay === 0 ? null : secondsText(process.terminateDelay),
    );
    setting(out, "fork_delay", process.forkDelay === 0 ? null : secondsText(process.forkDelay));
    flag(out, "full_command", process.fullCommand && parameterMatch === null);
  });
}

/** Writes a `bfd_instance`. */
export function printBfd(out: Writer, bfd: BfdInstance): void {
  const ipv4 = familyOf(bfd.neighbour) === 4;
  out.block(["bfd_instance", word(bfd.name)], () => {
    out.line("neighbor_ip", bfd.neighbour);
    setting(out, "source_ip", bfd.source);
    setting(out, "min_rx", bfd.minReceive === 10 ? null : decimalText(bfd.minReceive));
    setting(out, "min_tx", bfd.minTransmit === 10 ? null : decimalText(bfd.minTransmit));
    setting(out, "idle_tx", bfd.idleTransmit === 1000 ? null : decimalText(bfd.idleTransmit));
    setting(out, "multiplier", bfd.multiplier === 5 ? null : String(bfd.multiplier));
    flag(out, "passive", bfd.passive);
    setting(out, ipv4 ? "ttl" : "hoplimit", bfd.ttl === null ? null : String(bfd.ttl));
    setting(out, "max_hops", bfd.maxHops === 0 ? null : String(bfd.maxHops));
    setting(out, "multihop", bfd.multihop ? "on" : null);
    weightLine(out, bfd.weight, bfd.reverse, 0);
    if (bfd.tells.vrrp !== bfd.tells.checker) out.line(bfd.tells.vrrp ? "vrrp" : "checker");
  });
}

/** Writes the groups that several objects share, and the static entries. */
export function printStatics(out: Writer, model: Model): void {
  for (const group of model.trackGroups) {
    out.gap();
    out.block(["track_group", word(group.name)], () => {
      out.block(["group"], () => group.members.forEach((member) => out.line(word(member))));
    });
  }
  out.gap();
  const { staticAddresses, staticRoutes, staticRules } = model;
  out.block(
    ["static_ipaddress"],
    () => staticAddresses.forEach((each) => out.line(addressWords(each, null))),
    false,
  );
  out.block(["static_routes"], () => staticRoutes.forEach((route) => out.line(routeWords(route))), false);
  out.block(["static_rules"], () => staticRules.forEach((rule) => out.line(ruleWords(rule))), false);
}

/** Writes what concerns interfaces: GARP pacing, link polling, delays. */
export function printInterfaces(out: Writer, model: Model): void {
  for (const group of model.garpGroups) {
    out.gap();
    out.block(["garp_group"], () => {
      setting(out, "garp_interval", group.garpInterval === null ? null : secondsText(group.garpInterval));
      setting(out, "gna_interval", group.gnaInterval === null ? null : secondsText(group.gnaInterval));
      out.block(["interfaces"], () => group.interfaces.forEach((name) => out.line(word(name))), false);
    });
  }
  out.gap();
  out.block(["linkbeat_interfaces"], () => {
    for (const { interface: name, method } of model.linkPolling) {
      out.line(word(name), method === null ? [] : [method]);
    }
  }, false);
  out.block(["interface_up_down_delays"], () => {
    for (const { interface: name, down, up } of model.interfaceDelays) {
      out.line(word(name), secondsText(down), secondsText(up));
    }
  }, false);
}
