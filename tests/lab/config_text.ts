/** Short keepalived configurations for the cases, written from what differs. */

/** What makes an instance; everything else is left to the daemons' defaults. */
export interface InstanceText {
  readonly name?: string;
  readonly state?: "MASTER" | "BACKUP";
  readonly interface?: string;
  readonly vrid?: number;
  readonly priority: number;
  /** s; 1 by default. */
  readonly interval?: number;
  readonly version?: 2 | 3;
  /** `PASS` with this password. */
  readonly password?: string;
  readonly addresses: readonly string[];
  /** Further lines of the block. */
  readonly more?: readonly string[];
}

/** A `vrrp_instance` block. */
export function instance(text: InstanceText): string {
  return block(`vrrp_instance ${text.name ?? "VI_1"}`, [
    `state ${text.state ?? "BACKUP"}`,
    `interface ${text.interface ?? "eth0"}`,
    `virtual_router_id ${text.vrid ?? 51}`,
    `priority ${text.priority}`,
    `advert_int ${text.interval ?? 1}`,
    ...(text.version === undefined ? [] : [`version ${text.version}`]),
    ...(text.password === undefined
      ? []
      : ["authentication {", "    auth_type PASS", `    auth_pass ${text.password}`, "}"]),
    "virtual_ipaddress {",
    ...text.addresses.map((address) => `    ${address}`),
    "}",
    ...(text.more ?? []),
  ]);
}

/** A whole configuration: `global_defs` and blocks. */
export function configuration(blocks: readonly string[], globals: readonly string[] = []): string {
  return [block("global_defs", ["router_id lab", ...globals]), ...blocks].join("\n");
}

/** A block with its lines indented. */
export function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `    ${line}\n`).join("")}}\n`;
}
