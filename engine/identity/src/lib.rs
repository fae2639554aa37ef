//! Who there is and what he may: users, groups, roles, tenants, mapping rules, clients, authorizations.
//!
//! All of it is kept in the database and held in memory ([`Identity`]): a request is judged without asking the
//! database. A change is durable when it is acknowledged, counts at once on the server that took it, and within
//! seconds on others that share the database.

#![forbid(unsafe_code)]

mod authorizations;
mod directory;
mod error;
mod form;
mod password;
mod records;
mod seed;
mod service;
mod sessions;
mod standing;
mod tokens;
mod words;

pub use error::Error;
pub use form::{MAX_ID, check_email, check_id};
pub use password::{MIN_PASSWORD, PasswordError, hash_password, hash_password_of, verify_password};
pub use records::{Authorization, MappingRule, Named, Token, User};
pub use seed::{OPERATORS, WORKERS};
pub use service::Identity;
pub use standing::{Principal, Rights, Scope, Standing};
pub use words::{Kind, OwnerType, Permission, ResourceType};
