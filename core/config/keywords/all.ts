/** Every keyword table. */
import { GLOBAL_DEFS } from "./global.ts";
import { AUTH_HMAC, AUTHENTICATION, VRRP_INSTANCE } from "./instance.ts";
import type { KeywordTable } from "./keyword.ts";
import { ROOT } from "./root.ts";
import { VRRP_SCRIPT } from "./script.ts";
import { VRRP_SYNC_GROUP } from "./sync_group.ts";

/** All tables, outer blocks before inner ones. */
export const KEYWORD_TABLES: readonly KeywordTable[] = [
  ROOT,
  GLOBAL_DEFS,
  VRRP_SYNC_GROUP,
  VRRP_INSTANCE,
  AUTHENTICATION,
  AUTH_HMAC,
  VRRP_SCRIPT,
];
