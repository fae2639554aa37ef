//! The golden calls, without a server and without a component.

#[test]
fn golden_calls_come_out() {
    hosk_plugin::testing::replay(&crm_espocrm::plugin(), "calls");
}
