/**
 * Environment variables of the processes that the supervisor starts. With its usual setting, glibc gives each thread an
 * own share of memory, of which most is never used: a web process needs 180 MB under load instead of 245
 * (docs/decisions/0068-memory-and-start.md). Other systems ignore it.
 */
export const childEnvironment = { ...process.env, MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? "1" };
