//! Lets `cargo test` find the Python that the crate was built for; the wheel is not touched.

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
}
