import assert from "node:assert/strict";
import { requirePrivileges } from "../../../cli/daemon/privileges.ts";

const status = (capabilities: string) => `Name:\tha\nCapPrm:\t0000000000000000\nCapEff:\t${capabilities}\n`;

Deno.test("requirePrivileges() is content with CAP_NET_ADMIN and CAP_NET_RAW", () => {
  requirePrivileges(status("0000000000003000"));
  requirePrivileges(status("000001ffffffffff"));
});

Deno.test("requirePrivileges() names what is missing, with exit code 4", () => {
  assert.throws(() => requirePrivileges(status("0000000000000000")), {
    name: "Refusal",
    exitCode: 4,
    message:
      "Cannot run without CAP_NET_ADMIN (to add and remove addresses) and CAP_NET_RAW (to open raw sockets): start it as root",
  });
  assert.throws(
    () => requirePrivileges(status("0000000000001000")),
    /^Refusal: Cannot run without CAP_NET_RAW /,
  );
  assert.throws(
    () => requirePrivileges(status("0000000000002000")),
    /^Refusal: Cannot run without CAP_NET_ADMIN /,
  );
});

Deno.test("requirePrivileges() leaves it to the kernel where nobody can tell", () => {
  requirePrivileges("");
});
