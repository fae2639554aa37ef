//! The token that proves who may make the first user: whoever reads the server's console.

use subtle::ConstantTimeEq as _;

/// A one-time token: it is worth nothing once there is a user.
#[derive(Clone)]
pub struct SetupToken(String);

impl std::fmt::Debug for SetupToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetupToken(***)")
    }
}

impl SetupToken {
    /// A new random one: 122 random bits.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// The text to show on the console.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a text is this token, in the same time whatever it is.
    pub(crate) fn fits(&self, text: &[u8]) -> bool {
        bool::from(self.0.as_bytes().ct_eq(text))
    }
}
