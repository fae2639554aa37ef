//! Where a connection may go: names before resolution, addresses after it.
//!
//! A name alone protects nothing: `innocent.example` may resolve to `127.0.0.1`, or to the address of a cloud's
//! metadata service. So the name is checked against the granted hosts, and each address that it resolves to must
//! be public unless its network is granted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hosts and networks that a connection may reach. The default grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grants {
    /// Host names: exact (`api.example.com`), all below a name (`*.example.com`), or any (`*`).
    pub hosts: Vec<String>,
    /// Networks that are not public and may be reached all the same, e.g. `10.1.0.0/16`, `127.0.0.1`.
    pub networks: Vec<Network>,
}

impl Grants {
    /// Any host with a public address.
    pub fn public() -> Self {
        Self { hosts: vec!["*".to_owned()], networks: Vec::new() }
    }

    /// Whether a URL's host (a name, or an address without brackets) may be asked for.
    pub fn allows_host(&self, host: &str) -> bool {
        if let Ok(address) = host.parse::<IpAddr>()
            && self.networks.iter().any(|network| network.contains(address))
        {
            return true;
        }
        let host = host.trim_end_matches('.');
        self.hosts.iter().any(|granted| match granted.strip_prefix("*.") {
            Some(parent) => ends_with_label(host, parent),
            None => granted == "*" || granted.eq_ignore_ascii_case(host),
        })
    }

    /// Whether a connection to this address may be opened.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        is_public(address) || self.networks.iter().any(|network| network.contains(address))
    }
}

fn ends_with_label(host: &str, parent: &str) -> bool {
    host.len() > parent.len() + 1
        && host.is_char_boundary(host.len() - parent.len())
        && host[host.len() - parent.len()..].eq_ignore_ascii_case(parent)
        && host.as_bytes()[host.len() - parent.len() - 1] == b'.'
}

/// Whether an address is reachable by everybody: not loopback, private, link-local, shared, multicast, reserved,
/// nor one of these wrapped into IPv6.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => embedded_v4(v6).map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Global unicast is 2000::/3; all that is special inside it is excluded.
    let segments = address.segments();
    let global = segments[0] & 0xe000 == 0x2000;
    let documentation = segments[0] == 0x2001 && segments[1] == 0x0db8 || segments[0] & 0xfff0 == 0x3ff0;
    let protocol = segments[0] == 0x2001 && segments[1] < 0x0200;
    global && !documentation && !protocol
}

/// The IPv4 address inside IPv4-mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`) and 6to4 (`2002::/16`) addresses.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

/// An address range in CIDR form; without a prefix length it is one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address lies in the range. An IPv4-mapped IPv6 address counts as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| invalid())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        if prefix > bits { Err(invalid()) } else { Ok(Self { address, prefix }) }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, InvalidNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        format!("{}/{}", network.address, network.prefix)
    }
}

/// Not an address range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address range: write it like 10.1.0.0/16, 127.0.0.1 or fd00::/8")]
pub struct InvalidNetwork(String);

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn special_addresses_are_not_public_in_any_wrapping() {
        for special in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(ip(special)), "{special} must not count as public");
        }
        for public in ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(ip(public)), "{public} is public");
        }
    }

    #[test]
    fn a_network_grant_opens_exactly_that_range() {
        let grants =
            Grants { hosts: vec![], networks: vec!["10.1.0.0/16".parse().unwrap(), "::1".parse().unwrap()] };
        assert!(grants.allows_address(ip("10.1.255.3")));
        assert!(grants.allows_address(ip("::ffff:10.1.0.1")));
        assert!(grants.allows_address(ip("::1")));
        assert!(!grants.allows_address(ip("10.2.0.1")));
        assert!(grants.allows_host("10.1.2.3"));
        assert!(!grants.allows_host("10.2.2.3"));
        let everything = Network::from_str("0.0.0.0/0").unwrap();
        assert!(everything.contains(ip("192.168.0.1")));
    }

    #[test]
    fn host_grants_match_labels_not_letters() {
        let grants = Grants { hosts: vec!["*.example.com".into(), "api.test".into()], networks: vec![] };
        assert!(grants.allows_host("a.Example.com"));
        assert!(grants.allows_host("a.b.example.com."));
        assert!(!grants.allows_host("example.com"));
        assert!(!grants.allows_host("badexample.com"));
        assert!(!grants.allows_host(".example.com"));
        assert!(grants.allows_host("API.test"));
        assert!(!grants.allows_host("api.test.evil.org"));
        assert!(!Grants::default().allows_host("api.test"));
        assert!(Grants::public().allows_host("anything.org"));
    }

    #[test]
    fn networks_are_parsed_strictly() {
        for wrong in ["", "10.0.0.0/33", "10.0.0", "::/129", "10.0.0.0/x"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let network: Network = serde_json::from_str("\"fd00::/8\"").unwrap();
        assert_eq!(serde_json::to_string(&network).unwrap(), "\"fd00::/8\"");
    }
}
