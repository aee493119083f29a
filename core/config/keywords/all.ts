/** Every keyword table. */
import {
  EXCLUDED_ADDRESS,
  SERVER_GROUP,
  STATIC_ADDRESS,
  SYNC_DAEMON,
  TRACKER,
  UNICAST_PEER,
  VIRTUAL_ADDRESS,
} from "./address_line.ts";
import {
  BFD_CHECK,
  DNS_CHECK,
  FILE_CHECK,
  MISC_CHECK,
  PING_CHECK,
  SMTP_CHECK,
  SMTP_HOST,
  TCP_CHECK,
  UDP_CHECK,
} from "./checker.ts";
import { GLOBAL_DEFS } from "./global.ts";
import { GARP_GROUP, SSL, TRACK_GROUP } from "./group.ts";
import { HTTP_GET, HTTP_URL, SSL_GET, SSL_URL } from "./http_checker.ts";
import { AUTH_HMAC, AUTHENTICATION, VRRP_INSTANCE } from "./instance.ts";
import type { KeywordTable } from "./keyword.ts";
import { ROOT } from "./root.ts";
import { ROUTE, RULE } from "./route.ts";
import { VRRP_SCRIPT } from "./script.ts";
import { VRRP_SYNC_GROUP } from "./sync_group.ts";
import { BFD_INSTANCE, TRACK_FILE, VRRP_TRACK_FILE, VRRP_TRACK_PROCESS } from "./tracking.ts";
import { REAL_SERVER, VIRTUAL_SERVER } from "./virtual_server.ts";

/** The tables of blocks with keywords, outer blocks before inner ones. */
export const KEYWORD_TABLES: readonly KeywordTable[] = [
  ROOT,
  GLOBAL_DEFS,
  TRACK_GROUP,
  VRRP_SYNC_GROUP,
  GARP_GROUP,
  VRRP_INSTANCE,
  AUTHENTICATION,
  AUTH_HMAC,
  VRRP_SCRIPT,
  VRRP_TRACK_PROCESS,
  TRACK_FILE,
  VRRP_TRACK_FILE,
  SSL,
  VIRTUAL_SERVER,
  REAL_SERVER,
  MISC_CHECK,
  SMTP_CHECK,
  SMTP_HOST,
  TCP_CHECK,
  PING_CHECK,
  UDP_CHECK,
  HTTP_GET,
  HTTP_URL,
  SSL_GET,
  SSL_URL,
  DNS_CHECK,
  FILE_CHECK,
  BFD_CHECK,
  BFD_INSTANCE,
];

/** The words within lines of list blocks. */
export const OPTION_TABLES: readonly KeywordTable[] = [
  VIRTUAL_ADDRESS,
  EXCLUDED_ADDRESS,
  STATIC_ADDRESS,
  ROUTE,
  RULE,
  SERVER_GROUP,
  UNICAST_PEER,
  TRACKER,
  SYNC_DAEMON,
];
