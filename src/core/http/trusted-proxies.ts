import ipaddr from 'ipaddr.js';

/** Whether an address is one of the proxies whose forwarding headers are believed. */
export type ProxyTest = (address: string) => boolean;

/** @param ranges addresses and CIDR ranges, as the setting has them */
export function trustedProxyTest(ranges: readonly string[]): ProxyTest {
  const parsed = ranges.map((range) => {
    if (range.includes('/')) return ipaddr.parseCIDR(range);
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128] as const;
  });
  return (address) => {
    if (parsed.length === 0 || !ipaddr.isValid(address)) return false;
    const parsedAddress = ipaddr.process(address);
    return parsed.some(
      ([network, bits]) => network.kind() === parsedAddress.kind() && parsedAddress.match(network, bits),
    );
  };
}
