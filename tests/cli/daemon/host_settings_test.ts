/** `disable_local_igmp`: a switch of the host that is put back as it was. */
import assert from "node:assert/strict";
import { HostSettings } from "../../../cli/daemon/host_settings.ts";

const [ON, OFF] = [{ kept: { disable_local_igmp: true } }, { kept: {} }];

function withSwitch(value: string, body: (file: string, read: () => string) => void): void {
  const file = Deno.makeTempFileSync({ prefix: "ha-switch-" });
  try {
    Deno.writeTextFileSync(file, `${value}\n`);
    body(file, () => Deno.readTextFileSync(file).trim());
  } finally {
    Deno.removeSync(file);
  }
}

Deno.test("HostSettings switches off while it is configured, over reloads, and back at the end", () => {
  withSwitch("1", (file, read) => {
    {
      using host = new HostSettings(assert.fail, file);
      const seen = [ON, ON, OFF, ON].map((settings) => {
        host.apply(settings);
        return read();
      });
      assert.deepEqual(seen, ["0", "0", "1", "0"]);
    }
    assert.equal(read(), "1");
  });
});

Deno.test("HostSettings leaves a switch alone that was off before", () => {
  withSwitch("0", (file, read) => {
    {
      using host = new HostSettings(assert.fail, file);
      host.apply(ON);
      assert.equal(read(), "0");
    }
    assert.equal(read(), "0");
  });
});

Deno.test("HostSettings warns where the host has no such switch", () => {
  const warned: string[] = [];
  using host = new HostSettings((text) => warned.push(text), "/nonexistent/switch");
  host.apply(ON);
  assert.match(warned.join(), /^Cannot change "\/nonexistent\/switch": No such file/);
});
