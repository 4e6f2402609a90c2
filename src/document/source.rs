//! Program text: its language, its comments as prose, its tokens.
//!
//! Reading needs no grammar: the lexer under [`lexer`] cuts master and sample alike, also where a
//! sample is a fragment, minified, or stands in the middle of other text. Only planning parses.

#[cfg(feature = "grammar")]
pub(crate) mod grammar;
pub(crate) mod lexer;
pub(crate) mod listing;
#[cfg(feature = "grammar")]
mod shell;

use std::{fmt, ops::Range, str::FromStr};

use super::{Block, BlockBuilder, BlockKind, RunKind, plain};
use crate::advisory::NameError;

/// The languages whose source can carry marks of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Language {
    /// Bash and other Bourne shells.
    Bash,
    /// C.
    C,
    /// C++.
    Cpp,
    /// C#.
    CSharp,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript.
    JavaScript,
    /// PHP.
    Php,
    /// PowerShell.
    PowerShell,
    /// Python.
    Python,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// TypeScript.
    TypeScript,
}

/// How comments begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Comments {
    /// `//` and `/* */`.
    Slash,
    /// `#`.
    Hash,
    /// Both.
    Both,
}

/// What is known of a language without its grammar: one entry a language.
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) extensions: &'static [&'static str],
    pub(crate) interpreters: &'static [&'static str],
    pub(crate) feature: &'static str,
    pub(crate) comments: Comments,
    /// Whether `'x'` is one character, not a string.
    pub(crate) characters: bool,
}

impl Language {
    /// All languages, in the order of reports.
    pub const ALL: [Self; 13] = [
        Self::Bash,
        Self::C,
        Self::Cpp,
        Self::CSharp,
        Self::Go,
        Self::Java,
        Self::JavaScript,
        Self::Php,
        Self::PowerShell,
        Self::Python,
        Self::Ruby,
        Self::Rust,
        Self::TypeScript,
    ];

    pub(crate) fn facts(self) -> &'static Facts {
        macro_rules! facts {
            ($name:literal, $feature:literal, $comments:ident, $characters:literal,
             [$($extension:literal),*], [$($interpreter:literal),*]) => {
                &Facts {
                    name: $name,
                    extensions: &[$($extension),*],
                    interpreters: &[$($interpreter),*],
                    feature: $feature,
                    comments: Comments::$comments,
                    characters: $characters,
                }
            };
        }
        match self {
            Self::Bash => {
                facts!("bash", "lang-bash", Hash, false, ["sh", "bash"], ["sh", "bash", "dash"])
            }
            Self::C => facts!("c", "lang-c", Slash, true, ["c", "h"], []),
            Self::Cpp => {
                facts!("cpp", "lang-cpp", Slash, true, ["cpp", "cc", "cxx", "hpp", "hh", "hxx"], [])
            }
            Self::CSharp => facts!("csharp", "lang-csharp", Slash, true, ["cs"], []),
            Self::Go => facts!("go", "lang-go", Slash, true, ["go"], []),
            Self::Java => facts!("java", "lang-java", Slash, true, ["java"], []),
            Self::JavaScript => facts!(
                "javascript",
                "lang-javascript",
                Slash,
                false,
                ["js", "mjs", "cjs", "jsx"],
                ["node", "nodejs"]
            ),
            Self::Php => facts!("php", "lang-php", Both, false, ["php"], ["php"]),
            Self::PowerShell => facts!(
                "powershell",
                "lang-powershell",
                Hash,
                false,
                ["ps1", "psm1"],
                ["pwsh", "powershell"]
            ),
            Self::Python => {
                facts!("python", "lang-python", Hash, false, ["py"], ["python", "python3"])
            }
            Self::Ruby => facts!("ruby", "lang-ruby", Hash, false, ["rb"], ["ruby"]),
            Self::Rust => facts!("rust", "lang-rust", Slash, true, ["rs"], []),
            Self::TypeScript => {
                facts!("typescript", "lang-typescript", Slash, false, ["ts", "tsx", "mts"], [])
            }
        }
    }

    /// The name on the command line and in every format.
    pub fn as_str(self) -> &'static str {
        self.facts().name
    }

    /// The language that a file name's extension, or else a `#!` line, stands for.
    pub fn of(name: &str, text: &str) -> Option<Self> {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let by_name = extension.and_then(|extension| {
            Self::ALL.into_iter().find(|l| l.facts().extensions.contains(&extension.as_str()))
        });
        by_name.or_else(|| {
            let line = text.trim_start_matches('\u{feff}').lines().next()?.strip_prefix("#!")?;
            let mut words = line.split([' ', '/', '\t']).filter(|word| !word.is_empty()).rev();
            words.find_map(|word| {
                let word = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
                Self::ALL.into_iter().find(|l| {
                    let mut known = l.facts().interpreters.iter();
                    known.any(|i| i.trim_end_matches(|c: char| c.is_ascii_digit()) == word)
                })
            })
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = "bash, c, cpp, csharp, go, java, javascript, php, powershell, python, ruby, rust, \
                     typescript";
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "language",
            names,
        })
    }
}

/// The blocks of program text: comments that read like sentences are prose, all else is fixed.
pub(super) fn blocks(text: &str, language: Language) -> Vec<Block> {
    let comments = lexer::lex(text, language).comments;
    let mut builder = BlockBuilder::default();
    let mut at = 0;
    for group in groups(text, comments) {
        let lines = prose_lines(text, &group);
        if !is_prose(text, &lines) {
            continue;
        }
        code(text, at..group[0].start, &mut builder);
        builder.close();
        at = group[group.len() - 1].end;
        for line in lines {
            builder.push(BlockKind::Paragraph, RunKind::Prose, line);
        }
        builder.close();
    }
    code(text, at..text.len(), &mut builder);
    builder.finish()
}

/// Adds paragraphs of code.
fn code(text: &str, span: Range<usize>, builder: &mut BlockBuilder) {
    for lines in plain::paragraphs(&text[span.clone()]) {
        builder.close();
        for line in lines {
            let line = span.start + line.start..span.start + line.end;
            builder.push(BlockKind::Code, RunKind::Fixed, line);
        }
    }
}

/// Comments with nothing but white space on the way from one to the next, each on a line of its own.
fn groups(text: &str, comments: Vec<Range<usize>>) -> Vec<Vec<Range<usize>>> {
    let alone = |comment: &Range<usize>| {
        let line = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
        text[line..comment.start].trim().is_empty()
    };
    let mut groups: Vec<Vec<Range<usize>>> = Vec::new();
    for comment in comments {
        if comment.start == 0 && text.starts_with("#!") {
            continue;
        }
        let joins = groups.last().and_then(|group| group.last()).is_some_and(|last| {
            let between = &text[last.end..comment.start];
            between.trim().is_empty() && between.matches('\n').count() == 1 && alone(&comment)
        });
        match groups.last_mut() {
            Some(group) if joins && alone(&group[0]) => group.push(comment),
            _ => groups.push(vec![comment]),
        }
    }
    groups
}

/// The text of each line of a group of comments, without its marks.
fn prose_lines(text: &str, group: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    for comment in group {
        let mut start = comment.start;
        for line in text[comment.clone()].split_inclusive('\n') {
            let marks =
                |c: char| c.is_whitespace() || matches!(c, '/' | '*' | '#' | '!' | '<' | '>');
            let head = line.len() - line.trim_start_matches(marks).len();
            let body = line[head..].trim_end_matches(marks);
            if !body.is_empty() {
                lines.push(start + head..start + head + body.len());
            }
            start += line.len();
        }
    }
    lines
}

/// Whether comment lines are sentences rather than directives, code, or legal text.
fn is_prose(text: &str, lines: &[Range<usize>]) -> bool {
    let whole: Vec<&str> = lines.iter().map(|line| &text[line.clone()]).collect();
    let whole = whole.join(" ");
    let lower = whole.to_lowercase();
    const NOT: [&str; 22] = [
        "copyright",
        "licen",
        "spdx",
        "pylint",
        "eslint",
        "noqa",
        "type:",
        "pragma",
        "nolint",
        "fmt:",
        "clang-format",
        "shellcheck",
        "rubocop",
        "go:",
        ">>>",
        "```",
        "istanbul",
        "@param",
        "@return",
        "coding:",
        "mypy",
        "phpcs",
    ];
    let words = whole.split_whitespace().count();
    let code = whole.chars().filter(|c| "{}();=<>[]|\\@$".contains(*c)).count();
    words >= 5 && code * 4 <= words && !NOT.iter().any(|not| lower.contains(not))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_by_name_and_first_line() {
        for (name, text, language) in [
            ("a.py", "", Some(Language::Python)),
            ("a.PS1", "", Some(Language::PowerShell)),
            ("check", "#!/usr/bin/env python3\n", Some(Language::Python)),
            ("check", "#!/usr/bin/python3.11 -u\n", Some(Language::Python)),
            ("check", "#!/bin/sh -e\n", Some(Language::Bash)),
            ("check", "#!/bin/awk\n", None),
            ("a.http", "", None),
        ] {
            assert_eq!(Language::of(name, text), language, "{name} {text}");
        }
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
        }
    }

    #[test]
    fn sentences_in_comments_are_prose() {
        let text = "#!/bin/sh\n# Checks whether the service is open\n# to everybody, and says so.\nx=1 # set\n";
        let prose: Vec<_> = blocks(text, Language::Bash)
            .into_iter()
            .filter(|block| block.kind == BlockKind::Paragraph)
            .map(|block| block.runs.iter().map(|run| text[run.span.clone()].to_owned()).collect())
            .collect::<Vec<Vec<String>>>();
        assert_eq!(prose, [["Checks whether the service is open", "to everybody, and says so."]]);
    }
}
