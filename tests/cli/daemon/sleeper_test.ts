/** The sleep of the engine loop with the kernel's own timer, which is left alone where it would only go off too early. */
import assert from "node:assert/strict";
import { openSleeper } from "../../../cli/daemon/linux_kernel.ts";
import { openLibc } from "../../../ffi/libc.ts";
import { openClock, openTimer } from "../../../ffi/timer.ts";

/** A sleeper, a clock, and input that comes `after` ms from now. */
function bedroom(stack: DisposableStack) {
  const libc = stack.use(openLibc());
  const clock = openClock(libc);
  const sleeper = openSleeper(libc, stack);
  const other = stack.use(openTimer(libc));
  sleeper.watch(other.descriptor);
  const sleepUntilInput = (deadline: number | null, after: number) => {
    other.arm(clock() + after);
    assert.deepEqual(sleeper.sleep(deadline), [other.descriptor]);
    assert.ok(other.acknowledge());
  };
  return { clock, sleeper, sleepUntilInput };
}

Deno.test("sleep() does not end before a deadline that moved away", () => {
  using stack = new DisposableStack();
  const { clock, sleeper, sleepUntilInput } = bedroom(stack);
  for (let round = 0; round < 3; round++) {
    sleepUntilInput(clock() + 600, 5);
    const deadline = clock() + 700;
    assert.deepEqual(sleeper.sleep(deadline), []);
    assert.ok(clock() >= deadline);
  }
});

Deno.test("sleep() ends at a deadline that came nearer", () => {
  using stack = new DisposableStack();
  const { clock, sleeper, sleepUntilInput } = bedroom(stack);
  sleepUntilInput(clock() + 3_600_000, 5);
  const deadline = clock() + 20;
  assert.deepEqual(sleeper.sleep(deadline), []);
  assert.ok(clock() >= deadline);
  assert.deepEqual(sleeper.sleep(clock() - 1), [], "one in the past ends it at once");
});

Deno.test("sleep() without a deadline ends with input alone, whatever was set before", () => {
  using stack = new DisposableStack();
  const { clock, sleeper, sleepUntilInput } = bedroom(stack);
  sleepUntilInput(clock() + 500, 5);
  sleepUntilInput(null, 600);
  sleepUntilInput(clock() + 500, 5);
  const looked = clock() + 550;
  while (clock() < looked) assert.deepEqual(sleeper.look(), [], "the timer itself is no input");
  sleepUntilInput(null, 5);
  assert.deepEqual(sleeper.sleep(clock() + 5), []);
});
