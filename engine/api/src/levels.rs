//! Levels of Camunda's API. hosk speaks level 8.9, and its answers hold what level 8.10 brought as well: the newest official
//! clients insist on it. A server that is set to 8.9 leaves that out, for suites and clients that refuse what they do not know.
//!
//! The tables here are the only place that knows what is newer. The OpenAPI document is marked by them (`x-since`,
//! `x-since-words`), and what is [cut](Cut) out of answers is read from the marks.

mod cut;

use std::fmt;
use std::str::FromStr;

use hosk_store::read::{Condition, Filter, Search};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

pub(crate) use cut::{Cut, marked};

/// Marks properties and operations in the document: the level that brought them.
const SINCE: &str = "x-since";
/// Marks properties of which a level brought words.
const WORDS: &str = "x-since-words";
/// What the values of a level are, for whoever gave another.
const EXPECTED: &str = "8.9 or 8.10";

/// A level of the API: how much answers hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// 8.9 and nothing beyond.
    V8_9,
    /// 8.10: what 8.9 has, and more. Clients of both work with it.
    #[default]
    V8_10,
}

/// Schemas of answers with the properties that 8.10 brought.
const PROPERTIES: &[(&str, &[&str])] = &[
    ("ActivatedAnswer", &["businessId", "physicalTenantId", "priority"]),
    ("AuditAnswer", &["inboundChannelToolName", "inboundChannelType"]),
    ("Broker", &["brokerId"]),
    ("ClusterVariableAnswer", &["kind", "metadata"]),
    ("ClusterVariableFoundAnswer", &["kind", "metadata"]),
    ("Configuration", &["authentication", "cloud", "components", "deployment"]),
    ("CorrelatedAnswer", &["businessId"]),
    ("DecisionInstanceAnswer", &["businessId"]),
    ("Evaluated", &["referencedSecrets"]),
    ("InstanceAnswer", &["suspendedDate"]),
    ("JobAnswer", &["businessId", "priority"]),
    ("Partition", &["state"]),
    (
        "SubscriptionAnswer",
        &[
            "businessId",
            "inboundConnectorType",
            "messageSubscriptionType",
            "processDefinitionName",
            "processDefinitionVersion",
            "toolName",
            "toolProperties",
        ],
    ),
    ("TaskAnswer", &["businessId"]),
    ("WholeAnswer", &["businessId"]),
];

/// Words that 8.10 brought to a property of an answer.
struct Words {
    schema: &'static str,
    property: &'static str,
    newer: &'static [&'static str],
    otherwise: Otherwise,
}

/// What 8.9 answers where one of the words stands.
enum Otherwise {
    /// This word.
    Is(&'static str),
    /// `null`.
    Null,
    /// Nothing: the item of the list is left out. Of a property that is no list, searches leave out the row.
    LeftOut,
}

/// Resource types of authorizations that 8.10 brought.
pub(crate) const RESOURCES: &[&str] = &["BACKUP", "EXPORTER", "SECRET"];
/// Batch operations that 8.10 brought.
pub(crate) const BATCHES: &[&str] = &["RESUME_PROCESS_INSTANCE", "SUSPEND_PROCESS_INSTANCE", "UPDATE_JOB"];
/// Permissions that 8.10 brought.
const PERMISSIONS: &[&str] = &[
    "CREATE_BATCH_OPERATION_SUSPEND_PROCESS_INSTANCE",
    "CREATE_BATCH_OPERATION_UPDATE_JOB",
    "PAUSE",
    "RESTORE",
    "REVEAL",
    "SUSPEND_PROCESS_INSTANCE",
];

const ENUMERATIONS: &[Words] = &[
    Words {
        schema: "AuditAnswer",
        property: "batchOperationType",
        newer: BATCHES,
        otherwise: Otherwise::Null,
    },
    Words {
        schema: "AuthorizationAnswer",
        property: "permissionTypes",
        newer: PERMISSIONS,
        otherwise: Otherwise::LeftOut,
    },
    Words {
        schema: "AuthorizationAnswer",
        property: "resourceType",
        newer: RESOURCES,
        otherwise: Otherwise::LeftOut,
    },
    Words {
        schema: "BatchAnswer",
        property: "batchOperationType",
        newer: BATCHES,
        otherwise: Otherwise::LeftOut,
    },
    Words {
        schema: "InstanceAnswer",
        property: "state",
        newer: &["SUSPENDED"],
        otherwise: Otherwise::Is("ACTIVE"),
    },
    Words { schema: "ItemAnswer", property: "operationType", newer: BATCHES, otherwise: Otherwise::LeftOut },
];

/// Operations that 8.10 brought. They are there at every level: whoever does not know them does not ask.
const OPERATIONS: &[&str] = &[
    "getFormByKey",
    "getProcessInstanceWaitStateStatistics",
    "getResourceContentBinary",
    "resumeProcessInstance",
    "resumeProcessInstancesBatchOperation",
    "searchElementInstanceWaitStates",
    "searchOwnAuthorizations",
    "searchProcessDefinitionVariableNames",
    "searchResources",
    "suspendProcessInstance",
    "suspendProcessInstancesBatchOperation",
    "updateJobsBatchOperation",
];

impl Level {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::V8_9, Self::V8_10];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V8_9 => "8.9",
            Self::V8_10 => "8.10",
        }
    }

    /// Whether answers have such a row; `newer` are the words of its property that 8.10 brought.
    pub(crate) fn knows(self, newer: &[&str], word: &str) -> bool {
        self == Self::V8_10 || !newer.contains(&word)
    }

    /// The search for rows that answers have; `newer` are the words of `field` that 8.10 brought.
    pub(crate) fn known<F>(self, search: Search<F>, field: F, newer: &[&'static str]) -> Search<F> {
        if self == Self::V8_10 {
            return search;
        }
        let known = Condition::NotIn(newer.iter().map(|word| (*word).into()).collect());
        let filter = Filter::All(vec![search.filter, Filter::Is(field, known)]);
        Search { filter, ..search }
    }

    /// The OpenAPI document of this level, of one that is [marked](mark).
    pub(crate) fn document(self, marked: String) -> String {
        if self == Self::V8_10 {
            return marked;
        }
        let Ok(mut whole) = serde_json::from_str::<Value>(&marked) else { return marked };
        let schemas = whole.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
        for (_, schema) in schemas.into_iter().flatten() {
            without_newer(schema);
        }
        serde_json::to_string_pretty(&whole).unwrap_or(marked)
    }
}

/// Takes what 8.10 brought out of the schema of an object.
fn without_newer(schema: &mut Value) {
    let mut gone = Vec::new();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, property| {
            let is_newer = property.get(SINCE).is_some();
            if is_newer {
                gone.push(Value::from(name.as_str()));
            } else if let Some(property) = property.as_object_mut() {
                property.shift_remove(WORDS);
            }
            !is_newer
        });
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !gone.contains(name));
    }
}

/// Marks in the OpenAPI document what 8.10 brought.
pub(crate) fn mark(document: &mut Value) {
    let since = Level::V8_10.as_str();
    for (schema, properties) in PROPERTIES {
        for property in *properties {
            put(document, schema, property, SINCE, json!(since));
        }
    }
    for Words { schema, property, newer, otherwise } in ENUMERATIONS {
        let mut words = json!({"since": since, "words": newer});
        match otherwise {
            Otherwise::Is(word) => words["otherwise"] = json!(word),
            Otherwise::Null => words["otherwise"] = Value::Null,
            Otherwise::LeftOut => {}
        }
        put(document, schema, property, WORDS, words);
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flatten().filter_map(|(_, path)| path.as_object_mut()).flatten();
    for (_, operation) in operations {
        if operation["operationId"].as_str().is_some_and(|id| OPERATIONS.contains(&id)) {
            operation[SINCE] = json!(since);
        }
    }
}

fn put(document: &mut Value, schema: &str, property: &str, mark: &str, value: Value) {
    let place = format!("/components/schemas/{schema}/properties/{property}");
    let found = document.pointer_mut(&place).and_then(Value::as_object_mut);
    debug_assert!(found.is_some(), "{schema} has no property {property}");
    if let Some(property) = found {
        property.insert(mark.to_owned(), value);
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no level.
#[derive(Debug)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no such level; give {EXPECTED}")
    }
}

impl std::error::Error for UnknownLevel {}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(UnknownLevel)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Reads a level that is written as text or as a number: files and variables do not always tell them apart.
struct Written;

impl Visitor<'_> for Written {
    type Value = Level;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Level, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Level, E> {
        // A number loses its last zero: 8.10 arrives as 8.1.
        let level = Level::ALL.into_iter().find(|level| level.as_str().parse::<f64>() == Ok(number));
        level.ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }
}

#[cfg(test)]
mod tests;
