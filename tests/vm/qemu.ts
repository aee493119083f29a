/**
 * The command line of the virtual machine.
 */
import { join } from "node:path";
import type { Kernel } from "./kernel.ts";

/** How the guest's instructions are executed: by the processor itself or by translation. */
export type Accelerator = "kvm" | "tcg";

/** What differs from machine to machine. */
export interface Hardware {
  readonly accelerator: Accelerator;
  /** MB */
  readonly memory: number;
  readonly processors: number;
}

/** Files of one run, all below one directory of the host. */
export interface RunFiles {
  /** What the kernel and the first scripts say. */
  readonly console: string;
  /** What the command says. */
  readonly output: string;
  /** Shared with the guest for reading and writing, `/run/exchange` there. */
  readonly exchange: string;
}

/** Options of qemu for each accelerator; translation uses one host thread a virtual processor. */
const ACCELERATION: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ["-accel", "kvm", "-cpu", "host"],
  tcg: ["-accel", "tcg,thread=multi", "-cpu", "max"],
};

/** The words that start the machine: the host's root read-only, no network, no screen. */
export function qemuCommand(
  kernel: Kernel,
  initramfs: string,
  hardware: Hardware,
  files: RunFiles,
): string[] {
  return [
    "qemu-system-x86_64",
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...ACCELERATION[hardware.accelerator],
    ...["-smp", String(hardware.processors), "-m", String(hardware.memory)],
    ...["-kernel", kernel.image, "-initrd", initramfs],
    ...["-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off"],
    ...["-serial", `file:${files.console}`],
    ...["-device", "virtio-serial-pci", "-chardev", `file,id=output,path=${files.output}`],
    ...["-device", "virtserialport,chardev=output,name=output"],
    ...share("host", "/", ",readonly=on"),
    ...share("exchange", files.exchange, ""),
  ];
}

function share(tag: string, path: string, more: string): string[] {
  const device = `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`;
  return [
    "-fsdev",
    `local,id=${tag},path=${path},security_model=none,multidevs=remap${more}`,
    "-device",
    device,
  ];
}

/** The files of a run in a directory. */
export function runFiles(directory: string, exchange: string): RunFiles {
  return { console: join(directory, "console"), output: join(directory, "output"), exchange };
}
