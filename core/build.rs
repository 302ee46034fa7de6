//! Packs the tables of actions, prices, tools and programs, so that a library carries a third of their text.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // it reads the sources, and may fail where it does

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    for table in ["src/action", "src/budget", "src/mapper/catalogue", "src/shell/programs"] {
        println!("cargo::rerun-if-changed={table}");
        pack(Path::new(table));
    }
}

/// Each file with its name before it; `core/src/packed.rs` takes them apart again.
fn pack(directory: &Path) {
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| name(file).is_some());
    files.sort();
    let texts = files.iter().map(|file| format!("{}\0{}\0", name(file).unwrap(), fs::read_to_string(file).unwrap()));
    let packed = lz4_flex::compress_prepend_size(texts.collect::<String>().as_bytes());
    let place = Path::new(&env::var_os("OUT_DIR").unwrap()).join(directory.file_name().unwrap());
    fs::write(place.with_extension("lz4"), packed).unwrap();
}

/// What a table's file is called; the tests beside it are no part of it.
fn name(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()?.strip_suffix(".yaml").filter(|name| !name.ends_with(".test"))
}
