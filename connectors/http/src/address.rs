//! Where requests may go: checked by name before resolution, by address after it.

use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};

use hosk_connector::{Failure, FailureKind, Grants};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Scheme, host name, and the address when the host is one.
///
/// # Errors
/// A permanent failure that names the grant which is missing.
pub(crate) fn check_url(url: &Url, grants: &Grants) -> Result<(), Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        let message = format!("`{}` addresses are not requested, only http and https", url.scheme());
        return Err(Failure::new(FailureKind::InvalidInput, message));
    }
    let Some(host) = url.host_str() else {
        return Err(Failure::new(FailureKind::InvalidInput, "the address names no host"));
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if !grants.allows_host(host) {
        let message =
            format!("the connection may not reach the host `{host}`: an administrator can grant it");
        return Err(Failure::new(FailureKind::Permanent, message));
    }
    match host.parse::<IpAddr>() {
        Ok(address) if !grants.allows_address(address) => {
            Err(Denied { host: host.to_owned(), address }.into())
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A name resolved to an address that the connection may not reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the host `{host}` has the address {address}, which is not public: an administrator can grant its network to the connection"
)]
pub(crate) struct Denied {
    pub(crate) host: String,
    pub(crate) address: IpAddr,
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Self::new(FailureKind::Permanent, denied.to_string())
    }
}

/// The system's resolver, less what is not granted.
#[derive(Debug)]
pub(crate) struct GuardedResolver {
    pub(crate) grants: Grants,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let grants = self.grants.clone();
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let resolved: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let (allowed, denied): (Vec<SocketAddr>, Vec<SocketAddr>) =
                resolved.into_iter().partition(|address| grants.allows_address(address.ip()));
            if let (true, Some(address)) = (allowed.is_empty(), denied.first()) {
                let denied = Denied { host, address: address.ip() };
                return Err(Box::new(denied) as Box<dyn StdError + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
