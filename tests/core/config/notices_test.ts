import assert from "node:assert/strict";
import { parseConfig } from "../../../core/config/config.ts";
import { printModel } from "../../../core/config/print.ts";

const TEXT = `global_defs {
  notification_email {
    ops@example.com
    "On Call <oncall@example.com>"
  }
  smtp_server mail.example.com 587
  smtp_tls starttls
  smtp_tls_verify off
  smtp_tls_ca /etc/ssl/own.pem
  smtp_login ha /etc/ha/password
  smtp_queue 50
  smtp_retry_time 600
  notify_webhook https://chat.example.com/hooks/3f9a
  notify_webhook_timeout 2.5
}
`;

Deno.test("the words of ours for mail and the webhook reach the model and come back in print", () => {
  const { model, diagnostics } = parseConfig(TEXT);
  assert.deepEqual(diagnostics.filter(({ severity }) => severity === "error"), []);
  assert.deepEqual(model.global.smtpServer, { host: "mail.example.com", port: 587 });
  assert.deepEqual(model.daemon.mailTransport, {
    tls: "starttls",
    verify: false,
    caFile: "/etc/ssl/own.pem",
    login: { name: "ha", passwordFile: "/etc/ha/password" },
    queue: 50,
    retryTime: 600_000,
  });
  assert.deepEqual(model.daemon.webhook, { url: "https://chat.example.com/hooks/3f9a", timeout: 2500 });
  const again = parseConfig(printModel(model));
  assert.deepEqual(again.model.daemon, model.daemon);
});

Deno.test("a webhook that is no URL is an error", () => {
  const { model, diagnostics } = parseConfig("global_defs {\n  notify_webhook chat.example.com\n}\n");
  assert.equal(model.daemon.webhook, null);
  assert.match(
    diagnostics.map(({ message }) => message).join(),
    /Cannot use chat\.example\.com for notify_webhook/,
  );
});

Deno.test("a login without encryption is pointed out", () => {
  const codes = (more: string) =>
    parseConfig(`global_defs {\n  smtp_login ha /etc/ha/password\n${more}}\n`).diagnostics.map(({ code }) =>
      code
    );
  assert.ok(codes("").includes("login-in-clear"));
  assert.ok(!codes("  smtp_tls starttls\n").includes("login-in-clear"));
});

Deno.test("a port behind a colon in the name of the mail server is pointed out", () => {
  const [found] = parseConfig("global_defs {\n smtp_server mail.example.com:587\n}").diagnostics;
  assert.deepEqual([found!.code, found!.suggestion, found!.exit], [
    "port-in-name",
    "mail.example.com 587",
    0,
  ]);
  assert.deepEqual(parseConfig("global_defs {\n smtp_server fd00::25\n}").diagnostics, []);
});
