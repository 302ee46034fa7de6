//! Tells the linker that Node itself has what the extension calls.

fn main() {
    napi_build::setup();
}
