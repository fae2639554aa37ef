//! The connector contract: what a CRM or ERP connector is and how it is called.
