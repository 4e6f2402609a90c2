//! Syntax trees, for planning only; one grammar a language.

use tree_sitter::{Parser, Tree};

use super::Language;

/// Bytes beyond which no file is parsed: tools write such files, not people.
pub(crate) const MAX_PARSED_BYTES: usize = 1 << 18;

/// The grammar of a language with its version, as it is kept with a master; nothing when its
/// feature is absent.
pub(crate) fn version(language: Language) -> Option<&'static str> {
    grammar(language, "").map(|(_, version)| version)
}

/// The tree of a text.
pub(crate) fn parse(language: Language, name: &str, text: &str) -> Option<Tree> {
    let (grammar, _) = grammar(language, name)?;
    let mut parser = Parser::new();
    parser.set_language(&grammar).ok()?;
    if language == Language::Bash {
        return parser.parse(super::shell::legible(text).as_bytes(), None);
    }
    parser.parse(text, None)
}

/// The versions stand in `Cargo.toml` as exact pins; a test compares them.
fn grammar(language: Language, name: &str) -> Option<(tree_sitter::Language, &'static str)> {
    macro_rules! one {
        ($feature:literal, $grammar:expr, $version:literal) => {{
            #[cfg(feature = $feature)]
            {
                Some(($grammar.into(), $version))
            }
            #[cfg(not(feature = $feature))]
            {
                None
            }
        }};
    }
    match language {
        Language::Bash => one!("lang-bash", tree_sitter_bash::LANGUAGE, "tree-sitter-bash 0.25.1"),
        Language::C => one!("lang-c", tree_sitter_c::LANGUAGE, "tree-sitter-c 0.24.2"),
        Language::Cpp => one!("lang-cpp", tree_sitter_cpp::LANGUAGE, "tree-sitter-cpp 0.23.4"),
        Language::CSharp => {
            one!("lang-csharp", tree_sitter_c_sharp::LANGUAGE, "tree-sitter-c-sharp 0.23.5")
        }
        Language::Go => one!("lang-go", tree_sitter_go::LANGUAGE, "tree-sitter-go 0.25.0"),
        Language::Java => one!("lang-java", tree_sitter_java::LANGUAGE, "tree-sitter-java 0.23.5"),
        Language::JavaScript => one!(
            "lang-javascript",
            tree_sitter_javascript::LANGUAGE,
            "tree-sitter-javascript 0.25.0"
        ),
        Language::Php => one!("lang-php", tree_sitter_php::LANGUAGE_PHP, "tree-sitter-php 0.25.1"),
        Language::PowerShell => {
            one!(
                "lang-powershell",
                tree_sitter_powershell::LANGUAGE,
                "tree-sitter-powershell 0.26.6"
            )
        }
        Language::Python => {
            one!("lang-python", tree_sitter_python::LANGUAGE, "tree-sitter-python 0.25.0")
        }
        Language::Ruby => one!("lang-ruby", tree_sitter_ruby::LANGUAGE, "tree-sitter-ruby 0.23.1"),
        Language::Rust => one!("lang-rust", tree_sitter_rust::LANGUAGE, "tree-sitter-rust 0.24.2"),
        Language::TypeScript if name.to_ascii_lowercase().ends_with(".tsx") => one!(
            "lang-typescript",
            tree_sitter_typescript::LANGUAGE_TSX,
            "tree-sitter-typescript 0.23.2"
        ),
        Language::TypeScript => one!(
            "lang-typescript",
            tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            "tree-sitter-typescript 0.23.2"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_the_pinned_ones() {
        let manifest = include_str!("../../../Cargo.toml");
        for language in Language::ALL {
            let Some(version) = version(language) else { continue };
            let (name, number) = version.split_once(' ').expect("a name and a number");
            assert!(
                manifest.contains(&format!("{name} = {{ version = \"={number}\"")),
                "{version}"
            );
        }
    }

    #[test]
    fn every_grammar_parses() {
        for language in Language::ALL {
            if version(language).is_some() {
                assert!(parse(language, "a", "x = 1\n").is_some(), "{language}");
            }
        }
    }
}
