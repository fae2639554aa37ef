//! Delivery orders: goods leave a warehouse, or the order is refused and nothing has happened.

use std::collections::BTreeMap;

use super::products::{product, warehouse};
use super::stock::{post, remaining};
use crate::crm::{check_page, client};
use crate::domain::{
    AddressKind, CUSTOMERS, CancelDelivery, Client, Delivery, DeliveryFilter, DeliveryLine, DeliveryStatus,
    Listed, MissingLine, Move, NewDelivery, Page, Payment, Product, check_text, instant,
};
use crate::keyed::Keyed;
use crate::storage::Transaction;
use crate::{CURRENCY, Error, Money, Quantity, Records};

impl Records {
    /// Posts a delivery order: the goods leave the warehouse in the same transaction.
    ///
    /// Neither the block of a client nor the credit limit is checked here: deciding that is the process's matter.
    ///
    /// # Errors
    /// [`Error::NotEnoughStock`] when something is missing (with `partial`: when everything is).
    pub async fn create_delivery(&self, request: NewDelivery, key: Option<&str>) -> Result<Delivery, Error> {
        request.check()?;
        let keyed = Keyed::new("create-delivery", key, &request)?;
        let mut transaction = self.storage.write().await?;
        if let Some(first) = keyed.first_result(&mut *transaction).await? {
            return Ok(first);
        }
        let client = client(&mut *transaction, &request.client_code).await?;
        let warehouse = warehouse(&mut *transaction, request.warehouse.as_deref()).await?.code;
        let mut lines = priced(&mut *transaction, &request).await?;
        let missing = missing(&mut *transaction, &warehouse, &lines).await?;
        if !missing.is_empty() {
            if request.partial {
                reduce(&mut lines, &missing)?;
            }
            if !request.partial || lines.is_empty() {
                return Err(Error::NotEnoughStock { warehouse, missing });
            }
        }
        let sequence = transaction.next_number("delivery").await?;
        let mut delivery = order(format!("D-{sequence:06}"), client, warehouse, lines, request)?;
        transaction.insert_delivery(&delivery, sequence).await?;
        let now = delivery.created_at;
        move_lines(&mut *transaction, &delivery, &delivery.warehouse, CUSTOMERS, now).await?;
        delivery.missing_lines = missing;
        fill_remaining(&mut *transaction, &mut delivery).await?;
        keyed.commit(transaction, &delivery).await?;
        Ok(delivery)
    }

    /// The delivery order of that number, with what remains in its warehouse now.
    pub async fn delivery(&self, number: &str) -> Result<Delivery, Error> {
        let mut transaction = self.storage.read().await?;
        let mut delivery = delivery(&mut *transaction, number).await?;
        fill_remaining(&mut *transaction, &mut delivery).await?;
        Ok(delivery)
    }

    /// Delivery orders by number, without remaining stock.
    pub async fn deliveries(&self, filter: &DeliveryFilter, page: Page) -> Result<Listed<Delivery>, Error> {
        check_page(page)?;
        let (items, total) = self.storage.read().await?.deliveries(filter, page).await?;
        Ok(Listed::new(items, page, total))
    }

    /// Takes a delivery order back: the goods return to the warehouse, nothing remains to be paid.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is cancelled already or something has been paid.
    pub async fn cancel_delivery(
        &self,
        request: CancelDelivery,
        key: Option<&str>,
    ) -> Result<Delivery, Error> {
        request.reason.as_deref().map_or(Ok(()), |text| check_text("reason", text))?;
        let keyed = Keyed::new("cancel-delivery", key, &request)?;
        let mut transaction = self.storage.write().await?;
        if let Some(first) = keyed.first_result(&mut *transaction).await? {
            return Ok(first);
        }
        let mut delivery = delivery(&mut *transaction, &request.number).await?;
        let refused = |problem: &str| Err(Error::conflict("delivery", &request.number, problem));
        if delivery.status == DeliveryStatus::Cancelled {
            return refused("is cancelled already");
        }
        if delivery.open_amount != delivery.total {
            return refused("has been paid for: pay the money back first");
        }
        let now = instant::now();
        move_lines(&mut *transaction, &delivery, CUSTOMERS, &delivery.warehouse, now).await?;
        delivery.status = DeliveryStatus::Cancelled;
        delivery.open_amount = Money::ZERO;
        delivery.cancelled_at = Some(now);
        delivery.cancel_reason = request.reason.clone();
        transaction.update_delivery(&delivery).await?;
        fill_remaining(&mut *transaction, &mut delivery).await?;
        keyed.commit(transaction, &delivery).await?;
        Ok(delivery)
    }

    /// Books money received for a delivery.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is not positive or more than what is open.
    pub async fn pay_delivery(
        &self,
        number: &str,
        payment: Payment,
        key: Option<&str>,
    ) -> Result<Delivery, Error> {
        payment.reference.as_deref().map_or(Ok(()), |text| check_text("reference", text))?;
        let keyed = Keyed::new("pay-delivery", key, &(number, &payment))?;
        let mut transaction = self.storage.write().await?;
        if let Some(first) = keyed.first_result(&mut *transaction).await? {
            return Ok(first);
        }
        let mut delivery = delivery(&mut *transaction, number).await?;
        let open = delivery.open_amount.checked_sub(payment.amount).filter(|open| *open >= Money::ZERO);
        let (true, Some(open)) = (payment.amount.is_positive(), open) else {
            let problem =
                format!("must be greater than zero and at most {}, which is open", delivery.open_amount);
            return Err(Error::invalid("amount", problem));
        };
        delivery.open_amount = open;
        transaction.insert_payment(number, &payment, instant::now()).await?;
        transaction.update_delivery(&delivery).await?;
        fill_remaining(&mut *transaction, &mut delivery).await?;
        keyed.commit(transaction, &delivery).await?;
        Ok(delivery)
    }
}

async fn delivery(transaction: &mut dyn Transaction, number: &str) -> Result<Delivery, Error> {
    transaction.delivery(number).await?.ok_or_else(|| Error::not_found("delivery", number))
}

async fn fill_remaining(transaction: &mut dyn Transaction, delivery: &mut Delivery) -> Result<(), Error> {
    let products = delivery.lines.iter().map(|line| line.product.as_str());
    delivery.remaining_stock = remaining(transaction, &delivery.warehouse, products).await?;
    Ok(())
}

/// The lines with names, units, prices and amounts.
async fn priced(
    transaction: &mut dyn Transaction,
    request: &NewDelivery,
) -> Result<Vec<DeliveryLine>, Error> {
    let mut lines = Vec::with_capacity(request.lines.len());
    for (index, line) in request.lines.iter().enumerate() {
        let product: Product = product(transaction, &line.product).await?;
        if !product.active {
            let problem = format!("`{}` is not delivered any more", product.code);
            return Err(Error::invalid(format!("lines[{index}].product"), problem));
        }
        product.check_quantity(&format!("lines[{index}].quantity"), line.quantity)?;
        let unit_price = line.unit_price.unwrap_or(product.price);
        if unit_price < Money::ZERO {
            return Err(Error::invalid(format!("lines[{index}].unitPrice"), "must not be negative"));
        }
        lines.push(DeliveryLine {
            product: product.code,
            name: product.name,
            unit: product.unit,
            quantity: line.quantity,
            unit_price,
            amount: Money::ZERO,
        });
    }
    Ok(lines)
}

/// What the warehouse lacks, per product over all lines.
async fn missing(
    transaction: &mut dyn Transaction,
    warehouse: &str,
    lines: &[DeliveryLine],
) -> Result<Vec<MissingLine>, Error> {
    let mut requested: BTreeMap<&str, (Quantity, &DeliveryLine)> = BTreeMap::new();
    for line in lines {
        let (sum, _) = requested.entry(&line.product).or_insert((Quantity::ZERO, line));
        *sum = sum
            .checked_add(line.quantity)
            .ok_or_else(|| Error::invalid("lines", "the quantities are too large"))?;
    }
    let mut missing = Vec::new();
    for (product, (requested, line)) in requested {
        let available = transaction.balance(warehouse, product).await?;
        if let Some(lack) = requested.checked_sub(available).filter(|lack| lack.is_positive()) {
            missing.push(MissingLine {
                product: product.to_owned(),
                name: line.name.clone(),
                unit: line.unit.clone(),
                requested,
                available,
                missing: lack,
            });
        }
    }
    Ok(missing)
}

/// Takes what is missing off the lines, last lines first; lines with nothing left go.
fn reduce(lines: &mut Vec<DeliveryLine>, missing: &[MissingLine]) -> Result<(), Error> {
    for lack in missing {
        let mut rest = lack.missing;
        for line in lines.iter_mut().rev().filter(|line| line.product == lack.product) {
            let taken = rest.min(line.quantity);
            let beyond = || Error::invalid("lines", "the quantities are too large");
            line.quantity = line.quantity.checked_sub(taken).ok_or_else(beyond)?;
            rest = rest.checked_sub(taken).ok_or_else(beyond)?;
        }
    }
    lines.retain(|line| line.quantity.is_positive());
    Ok(())
}

fn order(
    number: String,
    client: Client,
    warehouse: String,
    mut lines: Vec<DeliveryLine>,
    request: NewDelivery,
) -> Result<Delivery, Error> {
    let beyond = || Error::invalid("lines", "the amount is larger than can be recorded");
    let mut total = Money::ZERO;
    for line in &mut lines {
        line.amount = line.unit_price.times(line.quantity).ok_or_else(beyond)?;
        total = total.checked_add(line.amount).ok_or_else(beyond)?;
    }
    let own = client.addresses.into_iter().find(|address| address.kind == AddressKind::Delivery);
    Ok(Delivery {
        number,
        status: DeliveryStatus::Posted,
        client_code: client.code,
        client_name: client.name,
        warehouse,
        lines,
        total,
        open_amount: total,
        currency: CURRENCY.to_owned(),
        reference: request.reference,
        address: request.address.or(own),
        created_at: instant::now(),
        cancelled_at: None,
        cancel_reason: None,
        remaining_stock: Vec::new(),
        missing_lines: Vec::new(),
    })
}

async fn move_lines(
    transaction: &mut dyn Transaction,
    delivery: &Delivery,
    source: &str,
    target: &str,
    at: i64,
) -> Result<(), Error> {
    for (line, position) in delivery.lines.iter().zip(1..) {
        let entry = Move {
            document: delivery.number.clone(),
            line: position,
            product: line.product.clone(),
            source: source.to_owned(),
            target: target.to_owned(),
            quantity: line.quantity,
            at,
        };
        post(transaction, &entry).await?;
    }
    Ok(())
}
