/** What the tests of the configuration language share. */
import {
  type Diagnostic,
  type HostFacts,
  loadConfig,
  type LoadedConfig,
  memorySource,
  type Model,
  offlineFacts,
} from "../../../core/config/config.ts";
import type { VrrpInstance } from "../../../core/config/model.ts";

/** Loads one or several files given as data; the main one is `ha.conf`. */
export function load(
  files: string | Readonly<Record<string, string>>,
  facts: Partial<HostFacts> = {},
  strict = false,
): LoadedConfig {
  const all = typeof files === "string" ? { "ha.conf": files } : files;
  return loadConfig("ha.conf", memorySource(all), { ...offlineFacts("node1.example"), ...facts }, { strict });
}

/** The findings of a configuration as `line:column severity code`. */
export function findings(
  files: string | Readonly<Record<string, string>>,
  facts: Partial<HostFacts> = {},
): string[] {
  return load(files, facts).diagnostics.map(brief);
}

/** A finding without its message. */
export function brief(diagnostic: Diagnostic): string {
  return `${diagnostic.line}:${diagnostic.column} ${diagnostic.severity} ${diagnostic.code}`;
}

/** The model of a configuration. */
export function model(text: string, facts: Partial<HostFacts> = {}): Model {
  return load(text, facts).model;
}

/** The one instance that the lines given make, on eth0 with VRID 1 and VIP 10.0.0.1. */
export function instanceText(lines: string): string {
  return `vrrp_instance VI {
  interface eth0
  virtual_router_id 1
  virtual_ipaddress { 10.0.0.1 }
  ${lines}
}
`;
}

/** The instance that the lines given make. */
export function instance(lines: string, facts: Partial<HostFacts> = {}): VrrpInstance {
  return load(instanceText(lines), facts).model.instances[0]!;
}

/** The findings of an instance, without those that only say that nothing is wrong. */
export function instanceFindings(lines: string, facts: Partial<HostFacts> = {}): Diagnostic[] {
  return load(instanceText(lines), facts).diagnostics.filter((finding) => finding.severity !== "info")
    .slice();
}
