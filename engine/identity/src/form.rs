//! What ids and addresses look like.

/// Longest id, in characters.
pub const MAX_ID: usize = 256;

/// Ids of users, roles, clients and mapping rules: letters, digits and `_~@.+-`, as many as there may be.
pub fn check_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_~@.+-".contains(&byte);
    !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(fits)
}

/// An address of electronic mail, roughly: something, an `@`, a name of a host.
pub fn check_email(address: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else { return false };
    let local_fits =
        !local.is_empty() && !local.chars().any(|letter| letter.is_whitespace() || letter == '@');
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    local_fits && address.chars().count() <= MAX_ID && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses() {
        for id in ["anna", "anna@hosk.example", "A_1~b+c.d-e"] {
            assert!(check_id(id), "{id}");
        }
        for id in ["", "an na", "änna", "a/b", "a\0", &"x".repeat(257)] {
            assert!(!check_id(id), "{id}");
        }
        for address in ["anna@hosk.example", "a+b@x", "änna@hösk.example"] {
            assert!(check_email(address), "{address}");
        }
        for address in ["", "anna", "@x", "a@", "a b@x", "a@x..y", "a@-x", "a@x y", "a@b@c"] {
            assert!(!check_email(address), "{address}");
        }
    }
}
