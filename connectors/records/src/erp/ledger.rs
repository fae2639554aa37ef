//! The audit: does everything agree?

use serde::{Deserialize, Serialize};

use crate::{Error, Records};

/// Most findings of one rule; the first ones tell enough.
const MAX_FINDINGS: u32 = 20;

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerReport {
    /// Whether everything agrees.
    pub ok: bool,
    /// How many moves were looked at.
    pub moves: u64,
    /// How many products.
    pub products: u64,
    /// How many deliveries.
    pub deliveries: u64,
    /// What does not agree; empty when all is well. At most 20 of each rule.
    pub findings: Vec<Finding>,
}

/// One thing that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule that is broken, e.g. `balance-equals-moves`.
    pub rule: String,
    /// Where: warehouse and product, or document and line.
    pub subject: String,
    /// What was found there, quantities and amounts in the smallest steps.
    pub detail: String,
}

impl Records {
    /// Verifies the whole ledger on one consistent view: balances are the sums of their moves, nothing is below zero,
    /// the places of each product sum to zero, each delivery has exactly its moves and each move its document,
    /// totals and open amounts agree with lines and payments, numbers have no gaps, each key has its delivery.
    pub async fn ledger_check(&self) -> Result<LedgerReport, Error> {
        let mut transaction = self.storage.read().await?;
        let findings = transaction.ledger_findings(MAX_FINDINGS).await?;
        let [moves, products, deliveries] = transaction.ledger_size().await?;
        Ok(LedgerReport { ok: findings.is_empty(), moves, products, deliveries, findings })
    }
}
