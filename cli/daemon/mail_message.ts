/**
 * A mail as it goes over the wire: keepalived's headers in keepalived's order, and a Message-ID.
 */

/** A mail before it is addressed. */
export interface MailNews {
  readonly subject: string;
  readonly body: string;
  /** When it happened, ms since the Unix epoch. */
  readonly at: number;
  /** What makes it the same one at a second attempt. */
  readonly id: string;
}

/** Who it is from and for, as configured: bare addresses or `Name <address>`. */
export interface MailPeople {
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** Octets that a header line may have (RFC 5322 section 2.1.1 allows 998). */
const LONGEST_LINE = 900;

/** The bare address of `Name <address>`. */
export function bareAddress(text: string): string {
  return /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text.trim();
}

/** The whole text with its headers; `offset` is the time zone's distance from UTC in minutes, east positive. */
export function mailMessage(news: MailNews, { sender, recipients }: MailPeople, offset: number): string {
  const plain = isAscii(news.subject + news.body + sender + recipients.join());
  const headers = [
    `Date: ${mailDate(news.at, offset)}`,
    `From: ${header(sender)}`,
    `Subject: ${header(news.subject)}`,
    "X-Mailer: Keepalived",
    `To: ${recipientLines(recipients.map(header))}`,
    `Message-ID: <${news.id}@${domainOf(bareAddress(sender))}>`,
    ...(plain
      ? []
      : ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]),
  ];
  return [...headers, "", oneLine(news.body), "", ""].join("\r\n");
}

/** `Sat, 21 Nov 2026 04:20:47 +0000` (RFC 5322 section 3.3), in local time. */
export function mailDate(at: number, offset: number): string {
  const local = new Date(at + offset * 60_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [day, month] = [DAYS[local.getUTCDay()], MONTHS[local.getUTCMonth()]];
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(":");
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${
    two(Math.abs(offset) % 60)
  }`;
  return `${day}, ${two(local.getUTCDate())} ${month} ${local.getUTCFullYear()} ${time} ${zone}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** One line however many recipients there are, as keepalived writes it, as long as lines may be that long. */
function recipientLines(recipients: readonly string[]): string {
  let length = 0;
  return recipients.map((recipient, i) => {
    length += recipient.length + 2;
    const last = i === recipients.length - 1;
    if (length < LONGEST_LINE || last) return recipient + (last ? "" : ", ");
    length = 0;
    return `${recipient},\r\n `;
  }).join("");
}

/** Text in a header: no line break gets in from a name, and what is not ASCII is encoded (RFC 2047). */
function header(text: string): string {
  const line = oneLine(text);
  if (isAscii(line)) return line;
  const address = /\s*<[^<>]*>\s*$/.exec(line)?.[0] ?? "";
  return encodedWords(line.slice(0, line.length - address.length)) + address;
}

function encodedWords(text: string): string {
  const words: string[] = [];
  const encoder = new TextEncoder();
  let piece = "";
  const close = () => {
    if (piece !== "") words.push(`=?utf-8?B?${base64(encoder.encode(piece))}?=`);
    piece = "";
  };
  for (const character of text) {
    if (encoder.encode(piece + character).length > 42) close();
    piece += character;
  }
  close();
  return words.join("\r\n ");
}

function base64(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets));
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- a control character in a name must not become a header
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, " ");
}

function isAscii(text: string): boolean {
  return /^[\u0020-\u007e]*$/.test(text);
}

function domainOf(address: string): string {
  return address.split("@")[1] ?? "localhost";
}
