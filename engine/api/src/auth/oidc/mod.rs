//! Tokens of an OpenID Connect provider (RFC 7519, RFC 9068): whom it says the caller is, once the signature, the issuer,
//! the audience and the times are right.
//!
//! Users, clients and groups need not be known here: a name of the token counts as a user of that name does, and its claims
//! make it a member of the mapping rules that they fit.

mod claims;
mod keys;
mod signatures;

use std::sync::Arc;
use std::time::Duration;

use hosk_identity::{Identity, Principal, Scope};
use jsonwebtoken::errors::{Error as TokenError, ErrorKind};
use jsonwebtoken::{Validation, decode, decode_header};

use super::User;
use crate::problem::Problem;
use claims::Claims;
use keys::Keys;
pub use keys::ProviderUnusable;

/// A provider whose tokens are taken, and how they are read.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// Its issuer, as in the tokens; the keys are found through its discovery document.
    pub issuer: String,
    /// Whom tokens have to be for: one of these.
    pub audience: Vec<String>,
    /// Where its keys are, when there is no discovery document.
    pub keys: Option<String>,
    /// The claim with the name of a user.
    pub username_claim: String,
    /// The claim with the id of a client, for tokens without a user.
    pub client_claim: String,
    /// The claim with groups: a text or a list of texts.
    pub groups_claim: String,
    /// How far the clocks of provider and server may differ.
    pub clock_skew: Duration,
}

/// Checks tokens of a provider.
pub(super) struct Oidc {
    settings: OidcSettings,
    keys: Keys,
    validation: Validation,
    identity: Arc<Identity>,
}

impl Oidc {
    pub(super) fn new(settings: OidcSettings, identity: Arc<Identity>) -> Result<Self, ProviderUnusable> {
        signatures::install();
        let mut validation = Validation::new(signatures::ALGORITHMS[0]);
        validation.leeway = settings.clock_skew.as_secs();
        validation.validate_nbf = true;
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&settings.audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let keys = Keys::new(&settings)?;
        Ok(Self { settings, keys, validation, identity })
    }

    /// The user or client of a token.
    pub(super) async fn user(&self, token: &str) -> Result<User, Problem> {
        let header = decode_header(token).map_err(|error| refused(&error))?;
        if !signatures::ALGORITHMS.contains(&header.alg) {
            return Err(unsupported());
        }
        let key = self.keys.find(header.kid.as_deref(), header.alg).await?;
        let validation = Validation { algorithms: vec![header.alg], ..self.validation.clone() };
        let token = decode::<Claims>(token, &key, &validation).map_err(|error| refused(&error))?;
        self.signed_in(&token.claims)
    }

    fn signed_in(&self, claims: &Claims) -> Result<User, Problem> {
        let user = claims.name(&self.settings.username_claim)?;
        let client = if user.is_none() { claims.name(&self.settings.client_claim)? } else { None };
        let Some(name) = user.clone().or_else(|| client.clone()) else {
            return Err(Problem::unauthorized(format!(
                "The token names nobody: it has neither the claim `{}` nor `{}`. Let the provider add one, or name another \
                 in `oidc_username_claim` or `oidc_client_claim`.",
                self.settings.username_claim, self.settings.client_claim
            )));
        };
        let rules = self.identity.rules();
        let fitting = rules.iter().filter(|rule| claims.fit(&rule.claim_name, &rule.claim_value));
        let principal = Principal {
            user,
            client,
            rules: fitting.map(|rule| Arc::clone(&rule.id)).collect(),
            groups: claims.groups(&self.settings.groups_claim)?,
        };
        Ok(User {
            name,
            display_name: claims.text("name"),
            email: claims.text("email"),
            standing: self.identity.standing(&principal),
            scope: Scope::Of(Vec::new()),
            csrf: None,
        })
    }
}

/// Whether a token has the three parts of a signed one; tokens that hosk gives out have no dots.
pub(super) fn is_signed(token: &str) -> bool {
    token.split('.').count() == 3
}

fn unsupported() -> Problem {
    Problem::unauthorized(
        "The token is not signed by an algorithm that is taken: RS256 to RS512, PS256 to PS512, ES256, ES384 or EdDSA.",
    )
}

/// What is wrong with a token, without telling a forger more than its owner needs.
fn refused(error: &TokenError) -> Problem {
    let why = match error.kind() {
        ErrorKind::ExpiredSignature => "has expired: get a new one",
        ErrorKind::ImmatureSignature => {
            "is not valid yet: compare the clocks of the provider and this server"
        }
        ErrorKind::InvalidAudience => "is for another audience: ask the provider for one of `oidc_audience`",
        ErrorKind::InvalidIssuer => "is of another issuer than `oidc_issuer`",
        ErrorKind::MissingRequiredClaim(claim) => {
            return Problem::unauthorized(format!("The token lacks the claim `{claim}`."));
        }
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm | ErrorKind::InvalidAlgorithmName => {
            return unsupported();
        }
        ErrorKind::InvalidSignature => "was not signed by the provider",
        _ => "is damaged, or was not signed by the provider",
    };
    Problem::unauthorized(format!("The token {why}."))
}

#[cfg(test)]
mod tests;
