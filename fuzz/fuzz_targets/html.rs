//! Any text plans as a page or is refused; every copy reads as one again, and as a sample.
#![no_main]

use canarymark::{Codeword, Format, Part, Sample, SourceFile, copy::Stamper, master};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = |text: &str| {
        let (name, part) = ("a".to_owned(), Part::Description);
        SourceFile { name, part, format: Format::Html, text: text.to_owned() }
    };
    let _ = Sample::new(text.as_bytes()).expect("small");
    let Ok(plan) = master::plan(&[file(text)], &Default::default()) else { return };
    let last = plan.master.arities().iter().map(|arity| (arity - 1) as u16).collect();
    let mut copies = Vec::new();
    Stamper::new(&plan.master).stamp(&Codeword::new(last), &mut copies);
    let again = master::plan(&[file(&copies[0])], &Default::default());
    assert!(!matches!(again, Err(master::PlanError::Document(_))), "{}", copies[0]);
});
