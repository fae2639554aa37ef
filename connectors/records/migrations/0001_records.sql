-- The embedded CRM and ERP. Quantities are integers in millionths of the unit, money in ten-thousandths of the
-- currency, instants in milliseconds since 1970 (UTC).

CREATE TABLE records_counter (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE records_client (
    code           TEXT NOT NULL PRIMARY KEY,
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    segment        TEXT NOT NULL,
    tax_id         TEXT,
    language       TEXT,
    credit_limit   INTEGER,
    blocked        INTEGER NOT NULL,
    blocked_reason TEXT,
    search         TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE records_client_address (
    client      TEXT NOT NULL REFERENCES records_client (code),
    position    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    street      TEXT NOT NULL,
    house       TEXT NOT NULL,
    apartment   TEXT,
    city        TEXT NOT NULL,
    region      TEXT,
    postal_code TEXT,
    country     TEXT NOT NULL,
    PRIMARY KEY (client, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_client_contact (
    client   TEXT NOT NULL REFERENCES records_client (code),
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    role     TEXT,
    email    TEXT,
    phone    TEXT,
    PRIMARY KEY (client, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_product (
    code       TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    unit       TEXT NOT NULL,
    decimals   INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 6),
    price      INTEGER NOT NULL CHECK (price >= 0),
    active     INTEGER NOT NULL,
    search     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Warehouses, and the virtual places that goods come from and go to.
CREATE TABLE records_location (
    code       TEXT NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('warehouse', 'supplier', 'customer')),
    name       TEXT NOT NULL,
    city       TEXT,
    is_default INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX records_location_default ON records_location (is_default) WHERE is_default = 1;

INSERT INTO records_location (code, kind, name, city, is_default) VALUES
    ('@suppliers', 'supplier', 'Suppliers', NULL, 0),
    ('@customers', 'customer', 'Customers', NULL, 0);

-- One row takes a quantity from one place and gives it to another, so the ledger balances by construction.
CREATE TABLE records_move (
    id       INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    line     INTEGER NOT NULL,
    product  TEXT NOT NULL REFERENCES records_product (code),
    source   TEXT NOT NULL REFERENCES records_location (code),
    target   TEXT NOT NULL REFERENCES records_location (code),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    at       INTEGER NOT NULL,
    CHECK (source <> target)
) STRICT;

CREATE INDEX records_move_document ON records_move (document, line);
CREATE INDEX records_move_product ON records_move (product, id);

-- The sum of the moves per place and product, kept up in the transaction that writes the move.
CREATE TABLE records_balance (
    location TEXT NOT NULL REFERENCES records_location (code),
    product  TEXT NOT NULL REFERENCES records_product (code),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (location, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_delivery (
    number        TEXT NOT NULL PRIMARY KEY,
    sequence      INTEGER NOT NULL UNIQUE,
    client        TEXT NOT NULL REFERENCES records_client (code),
    client_name   TEXT NOT NULL,
    warehouse     TEXT NOT NULL REFERENCES records_location (code),
    status        TEXT NOT NULL CHECK (status IN ('posted', 'cancelled')),
    currency      TEXT NOT NULL,
    total         INTEGER NOT NULL,
    open_amount   INTEGER NOT NULL CHECK (open_amount >= 0),
    reference     TEXT,
    address       TEXT,
    created_at    INTEGER NOT NULL,
    cancelled_at  INTEGER,
    cancel_reason TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX records_delivery_client ON records_delivery (client, sequence);
CREATE INDEX records_delivery_open ON records_delivery (client, open_amount) WHERE open_amount > 0;

CREATE TABLE records_delivery_line (
    delivery     TEXT NOT NULL REFERENCES records_delivery (number),
    position     INTEGER NOT NULL,
    product      TEXT NOT NULL REFERENCES records_product (code),
    product_name TEXT NOT NULL,
    unit         TEXT NOT NULL,
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    unit_price   INTEGER NOT NULL,
    amount       INTEGER NOT NULL,
    PRIMARY KEY (delivery, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_payment (
    id        INTEGER PRIMARY KEY,
    delivery  TEXT NOT NULL REFERENCES records_delivery (number),
    amount    INTEGER NOT NULL CHECK (amount > 0),
    reference TEXT,
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX records_payment_delivery ON records_payment (delivery);

CREATE TABLE records_receipt (
    number     TEXT NOT NULL PRIMARY KEY,
    sequence   INTEGER NOT NULL UNIQUE,
    warehouse  TEXT NOT NULL REFERENCES records_location (code),
    reference  TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was asked for under an idempotency key and what was answered.
CREATE TABLE records_idempotency (
    operation  TEXT NOT NULL,
    key        TEXT NOT NULL,
    request    TEXT NOT NULL,
    result     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (operation, key)
) STRICT, WITHOUT ROWID;
