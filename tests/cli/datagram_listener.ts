/**
 * A service manager's ear: prints each datagram that reaches the Unix socket of its first argument as a line of JSON.
 *
 * Run with `--unstable-net`, in a process of its own because tests run without that flag.
 */
if (import.meta.main) {
  const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0]! });
  console.log(JSON.stringify("listening"));
  for await (const [octets] of socket) console.log(JSON.stringify(new TextDecoder().decode(octets)));
}
