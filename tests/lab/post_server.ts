/** A web server that writes every POST as one line of JSON: `post_server.ts ADDRESS PORT`. */
const [hostname, port] = Deno.args as [string, string];

const onListen = () => console.log(JSON.stringify({ listening: port }));

Deno.serve({ hostname, port: Number(port), onListen }, async (request) => {
  const type = request.headers.get("content-type");
  console.log(JSON.stringify({ method: request.method, type, event: await request.json() }));
  return new Response("thank you");
});
