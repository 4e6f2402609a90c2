//! Any JSON plans, or says where it is broken; every copy is JSON again.
#![no_main]

use canarymark::{Codeword, Format, Part, SourceFile, copy::Stamper, master};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (format, text) = input;
    let formats = [Format::Csaf, Format::Osv, Format::Cve, Format::Json];
    let format = formats[usize::from(format % 4)];
    let file = |text: &str| {
        let (name, part) = ("a.json".to_owned(), Part::Description);
        SourceFile { name, part, format, text: text.to_owned() }
    };
    let Ok(plan) = master::plan(&[file(text)], &Default::default()) else { return };
    let last = plan.master.arities().iter().map(|arity| (arity - 1) as u16).collect();
    let mut copies = Vec::new();
    Stamper::new(&plan.master).stamp(&Codeword::new(last), &mut copies);
    let again = master::plan(&[file(&copies[0])], &Default::default());
    assert!(!matches!(again, Err(master::PlanError::Document(_))), "{}", copies[0]);
});
