//! Writes the Swift side of the interface from a built library: `toolgate-bindgen LIBRARY CONFIG DIRECTORY`.

use std::process::ExitCode;

use uniffi::{GenerateOptions, TargetLanguage};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, config, directory] = arguments.as_slice() else {
        eprintln!("usage: toolgate-bindgen LIBRARY CONFIG DIRECTORY");
        return ExitCode::from(2);
    };
    let options = GenerateOptions {
        languages: vec![TargetLanguage::Swift],
        source: library.into(),
        out_dir: directory.into(),
        config_override: Some(config.into()),
        ..GenerateOptions::default()
    };
    match uniffi::generate(options) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
