//! hosk: a BPMN process engine that calls CRM and ERP systems.

fn main() {}
