import ipaddr from "ipaddr.js";

/** A network that contains a client. Its rate limit is `times` that of a single client. */
export type Network = { name: string; times: number };

/** A provider assigns a customer an IPv6 /64, /56 or /48 (RFC 6177). An IPv4 /24 usually has many customers. */
const prefixes = {
  ipv6: [
    { bits: 64, times: 1 },
    { bits: 56, times: 4 },
    { bits: 48, times: 16 },
  ],
  ipv4: [
    { bits: 32, times: 1 },
    { bits: 24, times: 16 },
  ],
};

/**
 * Lists the networks that contain a client, smallest first. Example: `2001:db8:1:2ff::/64`, `2001:db8:1:200::/56`,
 * `2001:db8:1:0::/48`.
 */
export function listNetworks(ip: string): [Network, ...Network[]] {
  if (!ipaddr.isValid(ip)) return [{ name: ip, times: 1 }];
  const address = ipaddr.process(ip);
  const kind = address.kind();
  const [first = { bits: 0, times: 1 }, ...larger] = prefixes[kind];
  const network = ({ bits, times }: { bits: number; times: number }) => ({ name: formatNetwork(address, bits), times });
  return [network(first), ...larger.map(network)];
}

function formatNetwork(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  if (address.kind() === "ipv4") {
    const { octets } = address as ipaddr.IPv4;
    return bits === 32 ? address.toString() : `${octets.slice(0, 3).join(".")}.0/${bits}`;
  }
  const parts = (address as ipaddr.IPv6).parts.slice(0, 4);
  const masked = parts.map((part, n) => part & getMask(bits - 16 * n));
  return `${masked.map((part) => part.toString(16)).join(":")}::/${bits}`;
}

/** Returns the mask for one part of an address. @param bits network bits from this part on */
const getMask = (bits: number): number => (bits >= 16 ? 0xffff : bits <= 0 ? 0 : (0xffff << (16 - bits)) & 0xffff);

/** Returns the smallest network that counts as one client: the IPv4 address, or the IPv6 /64. */
export const getNetwork = (ip: string): string => listNetworks(ip)[0].name;

/** Global unicast addresses of IPv6 (RFC 4291). */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];
/** A public address under which each virtual machine of Azure finds services of its host. */
const publicMetadata = ["168.63.129.16"];

/**
 * Returns true if an address belongs to the public internet: not to this machine, a private or shared network, a link,
 * a tunnel into such a network, or the metadata service of a cloud. An IPv4 address within IPv6 counts as itself.
 */
export function isPublicAddress(ip: string): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  if (address.range() !== "unicast" || publicMetadata.includes(address.toString())) return false;
  return address.kind() === "ipv4" || (address as ipaddr.IPv6).match(GLOBAL_IPV6);
}
