//! Any text plans as source of any language, and every copy of it reads back.
#![no_main]

use canarymark::{
    Codeword, Format, Part, SourceFile, copy,
    document::{Document, Language},
    master::{self, PlanOptions},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, Vec<u8>)| {
    let Ok(text) = Document::check_text("a", input.2) else { return };
    let language = Language::ALL[usize::from(input.0) % Language::ALL.len()];
    let (name, part, format) = ("a".to_owned(), Part::Testcode, Format::Source);
    let options = PlanOptions { language: Some(language), ..PlanOptions::default() };
    let file = SourceFile { name, part, format, text };
    let Ok(plan) = master::plan(&[file], &options) else { return };
    let variant = |arity: u32| (u32::from(input.1) % arity) as u16;
    let word = Codeword::new(plan.master.arities().into_iter().map(variant).collect());
    copy::stamp(&plan.master, &word, &[part]).expect("planned slots read back");
});
