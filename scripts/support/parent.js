// @ts-check
// npm starts a command through a shell and sends a stop signal only to that shell, which ends silently. Therefore a
// command started by npm stops when its shell has ended. Otherwise it would continue to run and keep its port.
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
