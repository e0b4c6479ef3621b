/** Returns true if a host name or address, as in a URL or a setting, is this machine itself. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1|\[::1\])$/.test(host);
