import assert from "node:assert/strict";
import { ask, withoutSecrets } from "../../web/source.ts";
import { FixtureSource, healthyStatus } from "./fixtures.ts";

function masked(command: string): string {
  const status = healthyStatus();
  const scripts = [{ ...status.scripts[0]!, command }];
  return withoutSecrets({ ...status, scripts }).scripts[0]!.command;
}

Deno.test("withoutSecrets() masks what is named a secret, and nothing else", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["/bin/check --password s3cret -x", "/bin/check --password ******** -x"],
    ["/bin/check --password=s3cret", "/bin/check --password=********"],
    ['PGPASSWORD="a b" psql', "PGPASSWORD=******** psql"],
    ["curl http://user:p4ss@10.0.0.1:80/x", "curl http://user:********@10.0.0.1:80/x"],
    ["curl -H 'X-Token: abc'", "curl -H 'X-Token: ********'"],
    ["redis-cli --pass 's e' ping", "redis-cli --pass ******** ping"],
    ["/usr/bin/pgrep -x nginx", "/usr/bin/pgrep -x nginx"],
    ["curl http://10.0.0.1:80/a@b", "curl http://10.0.0.1:80/a@b"],
    ["/bin/bypass eth0", "/bin/bypass eth0"],
  ];
  for (const [command, expected] of cases) assert.equal(masked(command), expected);
});

Deno.test("withoutSecrets() masks the passwords that problems of a configuration quote", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "a.conf:14:12: Cannot use all of auth_pass: only its first 8 characters count; in force: auth_pass hunter2s",
      "a.conf:14:12: Cannot use all of auth_pass: only its first 8 characters count; in force: auth_pass ********",
    ],
    ['in force: auth_pass "a b"; allowed: 8', "in force: auth_pass ********; allowed: 8"],
    ["in force: key 7 hex:00ff", "in force: key 7 ********"],
    ["auth_pass is longer than 8 characters", "auth_pass is longer than 8 characters"],
    ["the block has no auth_pass", "the block has no auth_pass"],
  ];
  for (const [problem, expected] of cases) {
    const status = healthyStatus();
    const configuration = {
      ...status.configuration,
      problems: [problem],
      refused: { at: 1, reason: problem },
    };
    const { problems, refused } = withoutSecrets({ ...status, configuration }).configuration;
    assert.deepEqual(problems, [expected]);
    assert.deepEqual(refused, { at: 1, reason: expected });
  }
});

Deno.test("ask() leaves no timer behind", { sanitizeOps: true }, async () => {
  await ask(new FixtureSource(healthyStatus()), 60_000);
});

Deno.test("ask() answers with the status, an error or a silence", async () => {
  const source = new FixtureSource(healthyStatus());
  assert.deepEqual(await ask(source), { ok: true, status: healthyStatus() });
  source.current = () => Promise.reject("no reason");
  assert.deepEqual(await ask(source), { ok: false, reason: "The engine could not answer: no reason" });
  source.current = () => {
    throw new Error("at once");
  };
  assert.deepEqual(await ask(source), { ok: false, reason: "The engine could not answer: at once" });
  source.current = () => new Promise(() => {});
  assert.deepEqual(await ask(source, 1), { ok: false, reason: "The engine did not answer within 1 ms" });
});
