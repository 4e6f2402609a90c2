//! What a name holds, as far as its declaration says.

use super::super::{Syntax, words::Sense};
use crate::document::Language;

/// The sense on which all declarations of a name agree that have one.
pub(super) fn common(senses: impl Iterator<Item = Sense>) -> Sense {
    let mut common = Sense::Unknown;
    for sense in senses.filter(|sense| *sense != Sense::Unknown) {
        if common != Sense::Unknown && common != sense {
            return Sense::Unknown;
        }
        common = sense;
    }
    common
}

/// What a declared name holds by its type, or else by its first value.
pub(super) fn of(syntax: &Syntax<'_>, name: usize) -> Sense {
    let mut pointed = false;
    let mut at = name;
    for around in syntax.around(name).take(5) {
        let kind = syntax.kind(around);
        pointed |= matches!(kind, "pointer_declarator" | "array_declarator");
        if kind.ends_with("_list") || kind.starts_with("pattern") || kind.starts_with("tuple") {
            // One of several: the types and values of the others stand here too.
            return Sense::Unknown;
        }
        if let Some(declared) = syntax.field(around, "type").filter(|node| *node != at) {
            let sense = of_type(syntax.text(declared), pointed);
            if sense != Sense::Unknown {
                return sense;
            }
        }
        let value = ["value", "right", "default_value"]
            .into_iter()
            .find_map(|field| syntax.field(around, field))
            .filter(|node| *node != at);
        if let Some(value) = value {
            let text = syntax.text(value).trim_start_matches("in ");
            return if kind.starts_with("for") {
                of_each(text)
            } else {
                of_value(text, syntax.language)
            };
        }
        at = around;
    }
    Sense::Unknown
}

fn of_type(text: &str, pointed: bool) -> Sense {
    let text = text.trim_start_matches([':', '?', '&', ' ']).trim_start_matches("mut ");
    let text = text.trim_start_matches("const ").trim_start_matches("unsigned ");
    let text = text.trim_start_matches("std::").to_ascii_lowercase();
    let starts = |words: &str| words.split(' ').any(|word| text.starts_with(word));
    let is_letter = matches!(text.as_str(), "char" | "rune" | "character" | "wchar_t");
    let several = text.ends_with("[]") || text.ends_with("...");
    if several
        || starts("[ vec list array arraylist set hashset slice deque ilist ienumerable sequence")
    {
        Sense::Many
    } else if is_letter && pointed || starts("string str") {
        Sense::Text
    } else if is_letter {
        Sense::Letter
    } else if starts(
        "int long short double float size_t number decimal byte i8 i16 i32 i64 u8 u16 u32 u64 \
                      usize isize f32 f64 uint ulong",
    ) && text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' '))
    {
        if pointed { Sense::Many } else { Sense::Number }
    } else {
        Sense::Unknown
    }
}

/// Of a loop over a value: what each turn holds.
fn of_each(text: &str) -> Sense {
    if text.starts_with("range(") || text.contains("..") && !text.contains("...") {
        Sense::Number
    } else if text.ends_with(".chars()") {
        Sense::Letter
    } else {
        Sense::Unknown
    }
}

fn of_value(text: &str, language: Language) -> Sense {
    let made = text.trim_start_matches("new ");
    let starts = |words: &str| words.split(' ').any(|word| made.starts_with(word));
    let ends = |words: &str| words.split(' ').any(|word| text.ends_with(word));
    let number = text.trim_start_matches('-');
    let one_call = text.bytes().filter(|byte| *byte == b'(').count() <= 1;
    if number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_')
        && number.starts_with(|c: char| c.is_ascii_digit())
        || one_call && starts("len( strlen( count( sizeof(") && text.ends_with(')')
        || one_call && ends(".length .len() .size() .Count .Length .length() .size .Count()")
    {
        return Sense::Number;
    }
    let letters = matches!(
        language,
        Language::C
            | Language::Cpp
            | Language::Java
            | Language::CSharp
            | Language::Go
            | Language::Rust
    );
    if letters && text.starts_with('\'') {
        Sense::Letter
    } else if starts("\" ' ` f\" r\" f' r' String:: format!( str(") {
        Sense::Text
    } else if starts("[ vec! Vec:: list( array( make([] ArrayList List< sorted(") {
        Sense::Many
    } else {
        Sense::Unknown
    }
}
