//! The embedded CRM and ERP with an exact stock ledger.
