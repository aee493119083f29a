/**
 * Configurations with many real servers.
 */

/** The nth address of 10.8.0.0/16, from 10.8.1.1. */
function address(n: number): string {
  return `10.8.${1 + Math.floor(n / 250)}.${1 + n % 250}`;
}

/** So many real servers in virtual servers of ten, each asked once a second. */
export function checkedServers(count: number, checker: string, port = 80): string {
  return Array.from(
    { length: count / 10 },
    (_, v) =>
      `virtual_server 10.9.${Math.floor(v / 250)}.${1 + v % 250} 80 {
  delay_loop 1
  connect_timeout 3
  retry 1
  delay_before_retry 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
${
        Array.from({ length: 10 }, (_, r) =>
          `  real_server ${address(v * 10 + r)} ${port} {\n ${checker}\n }\n`)
          .join("")
      }}
`,
  ).join("");
}

/** Virtual servers with about equally many real servers each, asked once a minute; `weight` is that of the first one. */
export function manyServers(services: number, servers: number, weight: number): string {
  const each = Math.ceil(servers / services);
  let left = servers;
  return Array.from({ length: services }, (_, v) => {
    const here = Math.min(each, left);
    left -= here;
    const lines = Array.from(
      { length: here },
      (_, r) =>
        `  real_server 10.8.${1 + Math.floor(v / 250)}.${1 + v % 250} ${1000 + r} {
    weight ${v === 0 && r === 0 ? weight : 1}
    TCP_CHECK {
      connect_timeout 3
    }
  }
`,
    );
    return here === 0 ? "" : `virtual_server 10.9.${Math.floor(v / 250)}.${1 + v % 250} 80 {
  delay_loop 60
  lb_algo rr
  lb_kind NAT
  protocol TCP
${lines.join("")}}
`;
  }).join("");
}
