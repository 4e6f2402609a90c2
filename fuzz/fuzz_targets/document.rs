//! Any text plans, or says why not; what was planned survives its JSON.
#![no_main]

use canarymark::{Format, Master, Part, SourceFile, master};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (format, text) = input;
    let format = [Format::Markdown, Format::Plain, Format::Source][usize::from(format % 3)];
    let (name, part) = ("a".to_owned(), Part::Description);
    let file = SourceFile { name, part, format, text: text.to_owned() };
    let Ok(plan) = master::plan(&[file], &master::PlanOptions::default()) else { return };
    let json = plan.master.to_json();
    assert_eq!(Master::from_json(&json).expect("its own bytes").to_json(), json);
});
