/** The words of `track_group`, `garp_group` and `SSL`. */
import type { GarpGroupDraft, TlsDraft, TrackGroupDraft } from "../validate/tracking_drafts.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import { boolean, seconds, text, whole } from "./shape.ts";

const track = entries<TrackGroupDraft>();
const garp = entries<GarpGroupDraft>();
const tls = entries<TlsDraft>();
const SOFT = { fatalBare: false };

/** `track_group NAME { … }` */
export const TRACK_GROUP: KeywordTable = {
  name: "track_group",
  keywords: [track.own("group", "C", "list", ["{ INSTANCE … }", "", "members of the group"])],
};

/** `garp_group { … }` */
export const GARP_GROUP: KeywordTable = {
  name: "garp_group",
  // deno-fmt-ignore: a row a word
  keywords: [
    garp.set("garp_interval", "C", "garpInterval", seconds(0, 2147.483647), ["decimal seconds", "none", "pause between two gratuitous ARPs of the group"]),
    garp.set("gna_interval", "C", "gnaInterval", seconds(0, 2147.483647), ["decimal seconds", "none", "pause between two unsolicited NAs of the group"]),
    garp.own("interface", "C", "custom", ["INTERFACE", "", "one physical interface"]),
    garp.own("interfaces", "C", "list", ["{ INTERFACE … }", "", "interfaces that share the pace"]),
  ],
};

/** `SSL { … }` */
export const SSL: KeywordTable = {
  name: "SSL",
  // deno-fmt-ignore: a row a word
  keywords: [
    tls.set("password", "C", "keyPassword", text("a passphrase"), ["WORD", "none", "passphrase of the key"], { ...SOFT, again: "replaced" }),
    tls.set("ca", "C", "caFile", text("a file"), ["FILE", "none", "certificates of the authorities"], { ...SOFT, again: "replaced" }),
    tls.set("certificate", "C", "certificateFile", text("a file"), ["FILE", "none", "our certificate"], { ...SOFT, again: "replaced" }),
    tls.set("key", "C", "keyFile", text("a file"), ["FILE", "none", "our key"], { ...SOFT, again: "replaced" }),
  ],
};

// deno-fmt-ignore: a row a word
/** Our own words in `SSL_GET`, for one checker; unknown to keepalived. */
export const TLS_WORDS = [
  tls.set("tls_verify", "B", "verify", boolean(), ["[BOOL]", "off", "the chain and the name must be right"], { ours: true }),
  tls.set("tls_ca", "B", "caFile", text("a file"), ["FILE", "that of SSL", "certificates of the authorities"], { ours: true }),
  tls.set("tls_certificate", "B", "certificateFile", text("a file"), ["FILE", "that of SSL", "our certificate"], { ours: true }),
  tls.set("tls_key", "B", "keyFile", text("a file"), ["FILE", "that of SSL", "our key"], { ours: true }),
  tls.set("tls_expiry_warning", "B", "expiryDays", whole(0, 3650), ["DAYS 0..3650", "0: never", "log a certificate that ends sooner"], { ours: true }),
];
