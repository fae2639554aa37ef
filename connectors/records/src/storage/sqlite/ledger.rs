//! The audit, as questions to the tables. Each finds what must not exist.

use async_trait::async_trait;
use sqlx::Row as _;

use super::SqliteTransaction;
use crate::storage::LedgerRows;
use crate::{Error, Finding};

/// Rule, and a query for `subject` and `detail` of what breaks it.
const RULES: [(&str, &str); 9] = [
    (
        "balance-equals-moves",
        "WITH flow AS (
            SELECT target AS location, product, quantity FROM records_move
            UNION ALL SELECT source, product, -quantity FROM records_move),
         summed AS (SELECT location, product, SUM(quantity) AS quantity FROM flow GROUP BY location, product)
         SELECT COALESCE(b.location, s.location) || ' ' || COALESCE(b.product, s.product) AS subject,
            'balance ' || COALESCE(b.quantity, 0) || ', moves ' || COALESCE(s.quantity, 0) AS detail
         FROM records_balance b FULL JOIN summed s ON s.location = b.location AND s.product = b.product
         WHERE COALESCE(b.quantity, 0) <> COALESCE(s.quantity, 0) LIMIT ?1",
    ),
    (
        "no-negative-stock",
        "SELECT b.location || ' ' || b.product AS subject, 'balance ' || b.quantity AS detail
         FROM records_balance b JOIN records_location l ON l.code = b.location
         WHERE l.kind = 'warehouse' AND b.quantity < 0 LIMIT ?1",
    ),
    (
        "places-sum-to-zero",
        "SELECT product AS subject, 'sum ' || SUM(quantity) AS detail FROM records_balance
         GROUP BY product HAVING SUM(quantity) <> 0 LIMIT ?1",
    ),
    (
        "delivery-has-its-moves",
        "SELECT d.number || ' line ' || l.position AS subject,
            (SELECT COUNT(*) FROM records_move m WHERE m.document = d.number AND m.line = l.position) || ' moves' AS detail
         FROM records_delivery d JOIN records_delivery_line l ON l.delivery = d.number
         WHERE (SELECT COUNT(*) FROM records_move m WHERE m.document = d.number AND m.line = l.position
                  AND m.product = l.product AND m.quantity = l.quantity
                  AND m.source = d.warehouse AND m.target = '@customers') <> 1
            OR (SELECT COUNT(*) FROM records_move m WHERE m.document = d.number AND m.line = l.position
                  AND m.product = l.product AND m.quantity = l.quantity
                  AND m.source = '@customers' AND m.target = d.warehouse) <> (d.status = 'cancelled')
            OR (SELECT COUNT(*) FROM records_move m WHERE m.document = d.number AND m.line = l.position)
                  <> 1 + (d.status = 'cancelled') LIMIT ?1",
    ),
    (
        "move-has-its-document",
        "SELECT m.document || ' line ' || m.line AS subject, 'no such line' AS detail FROM records_move m
         WHERE NOT EXISTS (SELECT 1 FROM records_delivery_line l WHERE l.delivery = m.document AND l.position = m.line)
           AND NOT EXISTS (SELECT 1 FROM records_receipt r WHERE r.number = m.document
                AND m.source = '@suppliers' AND m.target = r.warehouse) LIMIT ?1",
    ),
    (
        "total-equals-lines",
        "SELECT d.number AS subject, 'total ' || d.total AS detail FROM records_delivery d
         WHERE d.total <> (SELECT COALESCE(SUM(l.amount), -1) FROM records_delivery_line l WHERE l.delivery = d.number)
         LIMIT ?1",
    ),
    (
        "open-amount-equals-total-less-payments",
        "SELECT d.number AS subject, 'open ' || d.open_amount AS detail FROM records_delivery d
         WHERE d.open_amount <> CASE d.status WHEN 'cancelled' THEN 0 ELSE d.total -
            (SELECT COALESCE(SUM(p.amount), 0) FROM records_payment p WHERE p.delivery = d.number) END LIMIT ?1",
    ),
    (
        "numbers-without-gaps",
        "SELECT subject, detail FROM (
            SELECT 'deliveries' AS subject, 'count ' || COUNT(*) || ', last ' || COALESCE(MAX(sequence), 0) AS detail,
                COUNT(*) AS total, COALESCE(MAX(sequence), 0) AS last,
                (SELECT COALESCE(MAX(value), 0) FROM records_counter WHERE name = 'delivery') AS counter
            FROM records_delivery
            UNION ALL SELECT 'receipts', 'count ' || COUNT(*) || ', last ' || COALESCE(MAX(sequence), 0),
                COUNT(*), COALESCE(MAX(sequence), 0),
                (SELECT COALESCE(MAX(value), 0) FROM records_counter WHERE name = 'receipt')
            FROM records_receipt)
         WHERE total <> last OR last <> counter LIMIT ?1",
    ),
    (
        "key-has-its-delivery",
        "SELECT k.key AS subject, 'result names no delivery' AS detail FROM records_idempotency k
         WHERE k.operation = 'create-delivery' AND NOT EXISTS (SELECT 1 FROM records_delivery d
            WHERE d.number = json_extract(k.result, '$.number')) LIMIT ?1",
    ),
];

#[async_trait]
impl LedgerRows for SqliteTransaction {
    async fn ledger_findings(&mut self, limit: u32) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        for (rule, query) in RULES {
            for row in sqlx::query(query).bind(limit).fetch_all(&mut *self.0).await? {
                let (subject, detail) = (row.try_get("subject")?, row.try_get("detail")?);
                findings.push(Finding { rule: rule.to_owned(), subject, detail });
            }
        }
        Ok(findings)
    }

    async fn ledger_size(&mut self) -> Result<[u64; 3], Error> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM records_move) AS moves, (SELECT COUNT(*) FROM records_product) AS products,
                (SELECT COUNT(*) FROM records_delivery) AS deliveries",
        )
        .fetch_one(&mut *self.0)
        .await?;
        let count = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
        Ok([count("moves")?, count("products")?, count("deliveries")?])
    }
}
