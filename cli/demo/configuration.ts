/**
 * The configuration of a node of the demonstration: plain keepalived.conf.
 */

/** What differs from node to node. */
export interface NodeSettings {
  readonly name: string;
  /** 1..254 */
  readonly priority: number;
  readonly intervalSeconds: number;
  readonly sharedAddress: string;
  /** Path of {@linkcode SERVICE_CHECK}. */
  readonly checkScript: string;
}

/** Priorities: the difference is less than what a dead service costs. */
export const PRIORITY = { a: 150, b: 100 } as const;
const SERVICE_WEIGHT = -70;

/** Succeeds while the process whose id is in the file beside it runs. */
export const SERVICE_CHECK = `#!/bin/sh
kill -0 "$(cat "\${0%/*}/service.pid")" 2>/dev/null
`;

/** The text of `keepalived.conf`. */
export function nodeConfiguration(settings: NodeSettings): string {
  return `global_defs {
    router_id node-${settings.name}
    script_user root
    enable_script_security
}

vrrp_script service {
    script "${settings.checkScript}"
    interval 1
    weight ${SERVICE_WEIGHT}
}

vrrp_instance SHARED {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    priority ${settings.priority}
    advert_int ${settings.intervalSeconds}
    virtual_ipaddress {
        ${settings.sharedAddress}/24
    }
    track_script {
        service
    }
}
`;
}
