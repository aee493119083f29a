/**
 * Configurations of virtual servers with what happens to their servers, and the table that each step must lead to.
 *
 * Both daemons run them; the tables are those that keepalived was seen to make.
 */
import { EDGES } from "./lvs_edge_scenarios.ts";
import { HEALTH } from "./lvs_health_scenarios.ts";
import { OPTIONS } from "./lvs_options_scenarios.ts";
import type { Scenario } from "./lvs_scenario.ts";
import { TABLES } from "./lvs_table_scenarios.ts";

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [...HEALTH, ...OPTIONS, ...TABLES, ...EDGES];
