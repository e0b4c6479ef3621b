// @ts-check
// npm puts a shell between itself and a command, and hands a request to stop to that shell alone, which goes without a
// word. So a command that npm started stops when the shell has gone; otherwise it would run on, holding its port.
const everyMs = 250;

if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, everyMs);
  watch.unref();
}
