/**
 * The C library: the one table of the functions that are called, and the way to errno.
 *
 * Every call is synchronous, on the thread that makes it. Types stand as in the man pages, with C's own in the
 * comment beside them: `usize` is size_t, `isize` ssize_t.
 */

const SYMBOLS = {
  __errno_location: { parameters: [], result: "pointer" /* int * */ },
  bind: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* const struct sockaddr *addr */
      "u32", /* socklen_t addrlen */
    ],
    result: "i32",
  },
  adjtimex: { parameters: ["buffer" /* struct timex *buf */], result: "i32" },
  clock_gettime: {
    parameters: ["i32", /* clockid_t clockid */ "buffer" /* struct timespec *tp */],
    result: "i32",
  },
  close: { parameters: ["i32" /* int fd */], result: "i32" },
  mkfifo: { parameters: ["buffer", /* const char *path */ "u32" /* mode_t mode */], result: "i32" },
  dlsym: {
    parameters: ["pointer", /* void *handle, NULL is RTLD_DEFAULT */ "buffer" /* const char *symbol */],
    result: "pointer", /* void * */
  },
  connect: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* const struct sockaddr *addr */
      "u32", /* socklen_t addrlen */
    ],
    result: "i32",
  },
  epoll_create1: { parameters: ["i32" /* int flags */], result: "i32" },
  epoll_ctl: {
    parameters: [
      "i32", /* int epfd */
      "i32", /* int op */
      "i32", /* int fd */
      "buffer", /* struct epoll_event * */
    ],
    result: "i32",
  },
  epoll_wait: {
    parameters: [
      "i32", /* int epfd */
      "buffer", /* struct epoll_event *events */
      "i32", /* int maxevents */
      "i32", /* int timeout, in ms */
    ],
    result: "i32",
  },
  /** The same on a thread of its own, for the one loop that may await; errno of that thread is lost. */
  epoll_wait_elsewhere: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: {
    parameters: ["u32", /* unsigned int initval */ "i32" /* int flags */],
    result: "i32",
  },
  fcntl: {
    parameters: ["i32", /* int fd */ "i32", /* int cmd */ "i32" /* int arg, variadic */],
    result: "i32",
  },
  getsockname: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* struct sockaddr *addr */
      "buffer", /* socklen_t *addrlen */
    ],
    result: "i32",
  },
  getsockopt: {
    parameters: [
      "i32", /* int sockfd */
      "i32", /* int level */
      "i32", /* int optname */
      "buffer", /* void *optval */
      "buffer", /* socklen_t *optlen */
    ],
    result: "i32",
  },
  if_indextoname: {
    parameters: ["u32", /* unsigned int ifindex */ "buffer" /* char *ifname, 16 octets */],
    result: "pointer", /* char * */
  },
  if_nametoindex: { parameters: ["buffer" /* const char *ifname */], result: "u32" },
  inotify_init1: { parameters: ["i32" /* int flags */], result: "i32" },
  inotify_add_watch: {
    parameters: ["i32", /* int fd */ "buffer", /* const char *pathname */ "u32" /* uint32_t mask */],
    result: "i32",
  },
  inotify_rm_watch: { parameters: ["i32", /* int fd */ "i32" /* int wd */], result: "i32" },
  ioctl: {
    parameters: ["i32", /* int fd */ "usize", /* unsigned long op */ "buffer" /* void *, variadic */],
    result: "i32",
  },
  mlock2: {
    parameters: ["u64", /* const void *addr */ "u64", /* size_t length */ "u32" /* unsigned flags */],
    result: "i32",
  },
  open: {
    parameters: ["buffer", /* const char *path */ "i32", /* int flags */ "u32" /* mode_t mode, variadic */],
    result: "i32",
  },
  pipe2: { parameters: ["buffer", /* int pipefd[2] */ "i32" /* int flags */], result: "i32" },
  prctl: {
    parameters: [
      "i32", /* int option */
      "usize", /* unsigned long arg2 */
      "usize", /* unsigned long arg3 */
      "usize", /* unsigned long arg4 */
      "usize", /* unsigned long arg5 */
    ],
    result: "i32",
  },
  read: {
    parameters: ["i32", /* int fd */ "buffer", /* void *buf */ "usize" /* size_t count */],
    result: "isize",
  },
  recv: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* void *buf */
      "usize", /* size_t len */
      "i32", /* int flags */
    ],
    result: "isize",
  },
  recvmmsg: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* struct mmsghdr *msgvec */
      "u32", /* unsigned int vlen */
      "i32", /* int flags */
      "pointer", /* struct timespec *timeout */
    ],
    result: "i32",
  },
  send: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* const void *buf */
      "usize", /* size_t len */
      "i32", /* int flags */
    ],
    result: "isize",
  },
  sendmsg: {
    parameters: ["i32", /* int sockfd */ "buffer", /* const struct msghdr *msg */ "i32" /* int flags */],
    result: "isize",
  },
  sendto: {
    parameters: [
      "i32", /* int sockfd */
      "buffer", /* const void *buf */
      "usize", /* size_t len */
      "i32", /* int flags */
      "buffer", /* const struct sockaddr *dest_addr */
      "u32", /* socklen_t addrlen */
    ],
    result: "isize",
  },
  setns: { parameters: ["i32", /* int fd */ "i32" /* int nstype */], result: "i32" },
  setsockopt: {
    parameters: [
      "i32", /* int sockfd */
      "i32", /* int level */
      "i32", /* int optname */
      "buffer", /* const void *optval */
      "u32", /* socklen_t optlen */
    ],
    result: "i32",
  },
  signal: {
    parameters: ["i32", /* int signum */ "pointer" /* sighandler_t handler */],
    result: "pointer", /* sighandler_t */
  },
  socket: {
    parameters: ["i32", /* int domain */ "i32", /* int type */ "i32" /* int protocol */],
    result: "i32",
  },
  /** System calls that the C library may have no function for: pidfd_open(2). */
  syscall: {
    parameters: ["i64", /* long number */ "i64", /* long, variadic */ "i64" /* long, variadic */],
    result: "i64",
  },
  timerfd_create: { parameters: ["i32", /* int clockid */ "i32" /* int flags */], result: "i32" },
  timerfd_settime: {
    parameters: [
      "i32", /* int fd */
      "i32", /* int flags */
      "buffer", /* const struct itimerspec *new_value */
      "pointer", /* struct itimerspec *old_value */
    ],
    result: "i32",
  },
  sched_setaffinity: {
    parameters: [
      "i32",
      /* pid_t pid */ "usize",
      /* size_t cpusetsize */ "buffer", /* const cpu_set_t *mask */
    ],
    result: "i32",
  },
  sched_setscheduler: {
    parameters: [
      "i32",
      /* pid_t pid */ "i32",
      /* int policy */ "buffer", /* const struct sched_param *param */
    ],
    result: "i32",
  },
  setrlimit: {
    parameters: ["i32", /* int resource */ "buffer" /* const struct rlimit *rlim */],
    result: "i32",
  },
  setpriority: {
    parameters: ["i32", /* int which */ "u32", /* id_t who */ "i32" /* int prio */],
    result: "i32",
  },
  /** The same with one more: setresuid(2). */
  syscall3: {
    name: "syscall",
    parameters: [
      "i64", /* long number */
      "i64", /* long, variadic */
      "i64", /* long, variadic */
      "i64", /* long, variadic */
    ],
    result: "i64",
  },
  unshare: { parameters: ["i32" /* int flags */], result: "i32" },
  write: {
    parameters: ["i32", /* int fd */ "buffer", /* const void *buf */ "usize" /* size_t count */],
    result: "isize",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of {@linkcode Libc}. */
export type LibcSymbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** The C library as one thread sees it: errno is the thread's own, so each thread opens its own. */
export interface Libc extends Disposable {
  readonly symbols: LibcSymbols;
  /** errno as the last call left it. Ask at once: any other call may overwrite it. */
  errno(): number;
}

/**
 * Opens the C library for the calling thread.
 *
 * errno is read straight from the thread's memory, so that no call comes between the failure and its reason.
 *
 * @throws {Error} on a system without glibc
 */
export function openLibc(): Libc {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  const location = library.symbols.__errno_location();
  if (location === null) throw new TypeError("Cannot find errno: __errno_location gave NULL");
  const errno = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, Int32Array.BYTES_PER_ELEMENT));
  return {
    symbols: library.symbols,
    errno: () => errno[0]!,
    [Symbol.dispose]: () => library.close(),
  };
}

/**
 * A buffer whose memory never moves, so that its address may be put into a C structure.
 *
 * A small typed array may live in the JavaScript heap, where the garbage collector moves it; an ArrayBuffer that was
 * made first does not.
 */
export function pinnedBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** The address of the first octet of a pinned buffer. */
export function addressOf(pinned: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(pinned));
}

/** A C string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
