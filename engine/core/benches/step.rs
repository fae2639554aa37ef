//! How fast the core is, without any input or output.

fn main() {
    divan::main();
}
