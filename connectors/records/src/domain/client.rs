//! Clients of the CRM: the card with addresses, contacts and credit.

use serde::{Deserialize, Serialize};

use super::{check_code, check_text, instant, searchable};
use crate::{Error, Money};

/// Most addresses or contacts of one client.
const MAX_PARTS: usize = 50;

/// The client card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Unique, never changes.
    pub code: String,
    /// Counts up with every change; a change names the version it is based on.
    pub version: i64,
    /// The name on documents.
    pub name: String,
    /// Group of clients treated alike, e.g. `retail`.
    pub segment: String,
    /// The tax number.
    pub tax_id: Option<String>,
    /// Language tag of letters to the client, e.g. `hy`.
    pub language: Option<String>,
    /// How much may be unpaid; absent: no limit.
    pub credit_limit: Option<Money>,
    /// Whether nothing may be delivered without a manager's decision.
    pub blocked: bool,
    /// Why it is blocked.
    pub blocked_reason: Option<String>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// People to talk to.
    pub contacts: Vec<Contact>,
    /// The sum of what is delivered and not paid.
    pub open_amount: Money,
    /// Credit limit less open amount, negative when exceeded; absent when there is no limit.
    pub available_credit: Option<Money>,
    /// Whether the open amount is over the limit.
    pub credit_exceeded: bool,
    /// The currency of all amounts on the card.
    pub currency: String,
    /// When the card was created.
    #[serde(with = "instant")]
    pub created_at: i64,
    /// When the card was changed last.
    #[serde(with = "instant")]
    pub updated_at: i64,
}

/// A postal address, part by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// What it is used for.
    #[serde(default)]
    pub kind: AddressKind,
    /// The street's name.
    pub street: String,
    /// House number with its letters.
    pub house: String,
    /// Flat or office.
    #[serde(default)]
    pub apartment: Option<String>,
    /// City, town or village.
    pub city: String,
    /// Province.
    #[serde(default)]
    pub region: Option<String>,
    /// Postal code.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code, e.g. `AM`.
    pub country: String,
}

/// What an address is used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    /// Where goods go.
    #[default]
    Delivery,
    /// Where invoices go.
    Billing,
    /// The registered office.
    Office,
}

impl AddressKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Billing => "billing",
            Self::Office => "office",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Delivery, Self::Billing, Self::Office].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Address {
    pub(crate) fn check(&self, field: &str) -> Result<(), Error> {
        let optional =
            [("apartment", &self.apartment), ("region", &self.region), ("postalCode", &self.postal_code)];
        for (name, part) in [("street", &self.street), ("house", &self.house), ("city", &self.city)] {
            check_text(&format!("{field}.{name}"), part)?;
        }
        for (name, part) in optional {
            part.as_deref().map_or(Ok(()), |part| check_text(&format!("{field}.{name}"), part))?;
        }
        if self.country.len() == 2 && self.country.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Ok(());
        }
        Err(Error::invalid(format!("{field}.country"), "must be a two-letter country code such as `AM`"))
    }
}

/// A person at the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contact {
    /// First and last name.
    pub name: String,
    /// What they do there.
    #[serde(default)]
    pub role: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone number in international form.
    #[serde(default)]
    pub phone: Option<String>,
}

/// What a new card is made of; also the whole new content when a card is changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewClient {
    /// Absent: the next free code of the form `C-000001`.
    #[serde(default)]
    pub code: Option<String>,
    /// The name on documents.
    pub name: String,
    /// Group of clients treated alike; absent: `standard`.
    #[serde(default = "standard")]
    pub segment: String,
    /// The tax number.
    #[serde(default)]
    pub tax_id: Option<String>,
    /// Language tag.
    #[serde(default)]
    pub language: Option<String>,
    /// How much may be unpaid; absent: no limit.
    #[serde(default)]
    pub credit_limit: Option<Money>,
    /// Whether nothing may be delivered without a manager's decision.
    #[serde(default)]
    pub blocked: bool,
    /// Why it is blocked; needed when it is.
    #[serde(default)]
    pub blocked_reason: Option<String>,
    /// Postal addresses.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// People to talk to.
    #[serde(default)]
    pub contacts: Vec<Contact>,
}

fn standard() -> String {
    "standard".to_owned()
}

impl NewClient {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.code.as_deref().map_or(Ok(()), |code| check_code("code", code))?;
        check_text("name", &self.name)?;
        check_text("segment", &self.segment)?;
        let optional =
            [("taxId", &self.tax_id), ("language", &self.language), ("blockedReason", &self.blocked_reason)];
        for (field, text) in optional {
            text.as_deref().map_or(Ok(()), |text| check_text(field, text))?;
        }
        if self.blocked && self.blocked_reason.is_none() {
            return Err(Error::invalid("blockedReason", "say why the client is blocked"));
        }
        if self.credit_limit.is_some_and(|limit| limit < Money::ZERO) {
            return Err(Error::invalid("creditLimit", "must not be negative"));
        }
        if self.addresses.len() > MAX_PARTS || self.contacts.len() > MAX_PARTS {
            return Err(Error::invalid("addresses", format!("at most {MAX_PARTS} addresses and contacts")));
        }
        for (index, address) in self.addresses.iter().enumerate() {
            address.check(&format!("addresses[{index}]"))?;
        }
        for (index, contact) in self.contacts.iter().enumerate() {
            check_text(&format!("contacts[{index}].name"), &contact.name)?;
            for (part, text) in
                [("role", &contact.role), ("email", &contact.email), ("phone", &contact.phone)]
            {
                text.as_deref()
                    .map_or(Ok(()), |text| check_text(&format!("contacts[{index}].{part}"), text))?;
            }
        }
        Ok(())
    }

    /// The card with this content, without deliveries.
    pub(crate) fn into_client(self, code: String, currency: &str, now: i64) -> Client {
        Client {
            code,
            version: 1,
            name: self.name,
            segment: self.segment,
            tax_id: self.tax_id,
            language: self.language,
            credit_limit: self.credit_limit,
            blocked: self.blocked,
            blocked_reason: self.blocked_reason,
            addresses: self.addresses,
            contacts: self.contacts,
            open_amount: Money::ZERO,
            available_credit: None,
            credit_exceeded: false,
            currency: currency.to_owned(),
            created_at: now,
            updated_at: now,
        }
        .with_open_amount(Money::ZERO)
    }
}

impl Client {
    /// Sets the open amount and what follows from it.
    pub(crate) fn with_open_amount(mut self, open: Money) -> Self {
        self.open_amount = open;
        self.available_credit = self.credit_limit.and_then(|limit| limit.checked_sub(open));
        self.credit_exceeded = self.available_credit.is_some_and(|available| available < Money::ZERO);
        self
    }

    /// What a search looks into.
    pub(crate) fn search_text(&self) -> String {
        let fixed = [self.code.as_str(), self.name.as_str(), self.tax_id.as_deref().unwrap_or("")];
        let cities = self.addresses.iter().map(|address| address.city.as_str());
        let people = self.contacts.iter().flat_map(|contact| {
            [Some(contact.name.as_str()), contact.email.as_deref(), contact.phone.as_deref()]
                .into_iter()
                .flatten()
        });
        searchable(fixed.into_iter().chain(cities).chain(people))
    }
}

/// Which clients are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientFilter {
    /// Part of code, name, tax number, city, or a contact's name, e-mail or phone.
    pub query: Option<String>,
    /// Exact segment.
    pub segment: Option<String>,
    /// Blocked or not.
    pub blocked: Option<bool>,
}
