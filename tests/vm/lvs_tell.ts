/**
 * What people are told of virtual servers, by keepalived and by us beside it: pipes and mails. Runs in the guest:
 * `lvs_tell.ts REPOSITORY`.
 */
import { daemonCommand } from "./lvs_guest.ts";
import { end, GuestHost, sh, until, WebServers } from "./lvs_host.ts";

/** What a daemon told in one life. */
export interface Told {
  /** Octets of each pipe as text. */
  readonly pipes: Readonly<Record<"all" | "lvs" | "vrrp", string>>;
  /** Mails as they came over the wire. */
  readonly mails: readonly string[];
  readonly log: string;
}

const REAL = (last: number, more = "weight 1") => `
    real_server 10.8.0.${last} 80 {
        ${more}
        TCP_CHECK {
            connect_timeout 1
            retry 0
            delay_before_retry 1
        }
    }`;

/** A virtual server with mail, one without; one real server without. */
const CONFIG = `
global_defs {
    router_id lab
    notification_email {
        ops@example.com
    }
    notification_email_from ha@example.com
    smtp_server 127.0.0.1 2525
    notify_fifo @DIR@/all
    lvs_notify_fifo @DIR@/lvs
    vrrp_notify_fifo @DIR@/vrrp
}
virtual_server 10.8.0.1 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    smtp_alert
    quorum 3
    hysteresis 1
    ${REAL(11, "weight 3")}
    ${REAL(12)}
}
virtual_server fwmark 5 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    ${REAL(13, "smtp_alert off")}
}
virtual_server_group G {
    10.8.0.2 80
}
virtual_server group G {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.8.0.14 80 {
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            connect_timeout 1
            retry 0
            delay_before_retry 1
        }
    }
}
`;

const ADDRESSES = [1, 2, 11, 12, 13, 14];

async function live(daemon: "keepalived" | "ha", repository: string): Promise<Told> {
  const host = new GuestHost(`tell-${daemon}`);
  for (const last of ADDRESSES) host.sh(`ip addr add 10.8.0.${last}/32 dev lo`);
  host.write("daemon.conf", CONFIG.replaceAll("@DIR@", host.directory));
  const web = new WebServers(host);
  for (const last of [11, 12, 13, 14]) await web.start(`10.8.0.${last}:80`);
  const server = ["/usr/bin/python3", `${repository}/tests/lab/smtp_server.py`, "127.0.0.1", "2525"];
  host.spawn(server, "mails");
  await until(() => host.log("mails").includes("listening") ? true : null);
  for (const pipe of ["all", "lvs", "vrrp"]) {
    host.sh(`mkfifo ${host.path(pipe)}`);
    host.spawn(["cat", host.path(pipe)], `${pipe}.read`);
  }
  const process = host.spawn(daemonCommand(daemon, host, repository), "daemon.log");
  const heard = (count: number) => until(() => host.log("all.read").split("\n").length > count ? true : null);
  const mailed = (count: number) => until(() => mailsOf(host).length >= count ? true : null);
  await until(() => /TCP connection to \[?10\.8\.0\.13.* success/.test(host.log("daemon.log")) ? true : null);
  await until(() => /Remote Web server .*10\.8\.0\.14.* succeed/.test(host.log("daemon.log")) ? true : null);
  const begun = host.log("all.read").split("\n").length - 1;
  let told = begun;
  for (const [last, lines] of [[11, 2], [13, 2], [14, 2]] as const) {
    await web.kill(`10.8.0.${last}:80`);
    await heard(told += lines);
  }
  for (const [last, lines] of [[11, 2], [13, 2], [14, 2]] as const) {
    await web.start(`10.8.0.${last}:80`);
    await heard(told += lines);
  }
  await mailed(6);
  await end(process);
  const pipes = { all: host.log("all.read"), lvs: host.log("lvs.read"), vrrp: host.log("vrrp.read") };
  const result = { pipes, mails: mailsOf(host), log: host.log("daemon.log") };
  await host.remove();
  return result;
}

function mailsOf(host: GuestHost): string[] {
  return host.log("mails").split("\n").flatMap((line) => {
    const content = line === "" ? undefined : JSON.parse(line).content;
    return content === undefined ? [] : [content as string];
  });
}

if (import.meta.main) {
  const [repository] = Deno.args as [string];
  sh("modprobe ip_vs");
  const [keepalived, ha] = await Promise.all([live("keepalived", repository), live("ha", repository)]);
  Deno.writeTextFileSync("/run/exchange/told.json", JSON.stringify({ keepalived, ha }));
  Deno.exit(0);
}
