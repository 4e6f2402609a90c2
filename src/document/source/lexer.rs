//! Tokens of program text that no formatter changes.
//!
//! One lexer for all languages, for masters and samples alike. It drops what tools add and remove
//! (white space, comments, commas, semicolons, quotation marks), reads numbers by value and strings
//! by their words, and calls every identifier alike, so that renaming changes no token. It bears
//! anything: what it cannot make sense of is a token of one character.

use std::ops::Range;

use super::{Comments, Language};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An identifier.
    Name,
    /// A word of the language, such as `if`.
    Keyword,
    /// A number.
    Number,
    /// A word inside a string.
    Text,
    /// An operator or a bracket.
    Mark,
}

/// A token with two hashes: one that bears renaming and reformatting, one of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The same for all names, for all spellings of a number.
    pub(crate) shape: u64,
    /// Of the bytes as written.
    pub(crate) raw: u64,
}

impl Token {
    /// Its bytes.
    pub(crate) fn span(self) -> Range<usize> {
        crate::sample::view::index(self.start)..crate::sample::view::index(self.end)
    }
}

/// The tokens of a text, and its comments with their marks.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Range<usize>>,
}

/// The shape of every name.
pub(crate) const NAME: u64 = 0x6E61_6D65;

/// Words that are never names, in any language: a name that is one of them is not renamed.
const KEYWORDS: [&str; 82] = [
    "False", "None", "True", "and", "as", "async", "await", "bool", "boolean", "break", "case",
    "catch", "char", "class", "const", "continue", "def", "defer", "delete", "do", "done",
    "double", "echo", "elif", "else", "elseif", "elsif", "ensure", "enum", "esac", "except",
    "extends", "extern", "false", "fi", "final", "finally", "float", "fn", "for", "foreach",
    "func", "function", "go", "goto", "if", "impl", "import", "in", "int", "is", "lambda", "let",
    "local", "long", "mut", "new", "nil", "not", "null", "or", "private", "pub", "public", "raise",
    "rescue", "return", "static", "struct", "switch", "template", "then", "throw", "true", "try",
    "unless", "until", "var", "void", "while", "with", "yield",
];

/// By first byte, the lengths of the keywords, a bit each: most names are told by them alone.
const LENGTHS: [u16; 256] = {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < KEYWORDS.len() {
        let word = KEYWORDS[at].as_bytes();
        lengths[word[0] as usize] |= 1 << word.len();
        at += 1;
    }
    lengths
};

/// Whether a word is one of the language's own.
pub(crate) fn is_keyword(word: &str) -> bool {
    let Some(first) = word.bytes().next() else { return false };
    let lengths = u32::from(LENGTHS[usize::from(first)]);
    lengths.checked_shr(u32::try_from(word.len()).unwrap_or(u32::MAX)).is_some_and(|l| l & 1 == 1)
        && KEYWORDS.binary_search(&word).is_ok()
}

/// The hash of bytes.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    hash ^ (hash >> 29)
}

/// Cuts text of less than 4 GiB into tokens.
pub(crate) fn lex(text: &str, language: Language) -> Lexed {
    let facts = language.facts();
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        language,
        slash: facts.comments != Comments::Hash,
        hash: facts.comments != Comments::Slash,
        characters: facts.characters,
        out: Lexed { tokens: Vec::with_capacity(text.len() / 4), comments: Vec::new() },
        last: b'\n',
        begins: true,
        endless: Vec::new(),
    };
    lexer.run();
    lexer.out
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    language: Language,
    slash: bool,
    hash: bool,
    characters: bool,
    out: Lexed,
    /// The last byte that was neither space nor comment.
    last: u8,
    /// Whether no token stands before on this line.
    begins: bool,
    /// Comments over several lines that never end from here on, so that none is sought twice.
    endless: Vec<&'static [u8]>,
}

const OPERATORS: [&[u8]; 38] = [
    b">>>=", b"<<=", b">>=", b"===", b"!==", b"**=", b"...", b"..=", b"<=>", b"//=", b"&&=",
    b"||=", b"??=", b"==", b"!=", b"<=", b">=", b"&&", b"||", b"++", b"--", b"+=", b"-=", b"*=",
    b"/=", b"%=", b"&=", b"|=", b"^=", b"<<", b">>", b"->", b"=>", b"::", b":=", b"..", b"**",
    b"??",
];

/// The longest stretch between marks of a string over several lines.
const LONGEST_TEXT: usize = 1 << 16;
/// The longest regular expression between slashes.
const LONGEST_PATTERN: usize = 1 << 9;

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: TokenKind, span: Range<usize>, shape: u64) {
        let raw = hash(&self.bytes[span.clone()]);
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (place(span.start), place(span.end));
        self.out.tokens.push(Token { kind, start, end, shape, raw });
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            if byte.is_ascii_whitespace() {
                self.begins |= byte == b'\n';
                self.at += 1;
                continue;
            }
            if self.comment() {
                continue;
            }
            let (start, count) = (self.at, self.out.tokens.len());
            match byte {
                b'0'..=b'9' => self.number(),
                _ if is_word(byte) => self.word(),
                b'"' | b'\'' | b'`' => self.string(byte),
                b'/' if self.is_pattern() => {}
                b',' | b';' | b'\\' => self.at += 1,
                _ => self.mark(),
            }
            self.last = self.bytes[self.at.max(start + 1) - 1];
            self.begins &= self.out.tokens.len() == count;
        }
    }

    /// Skips a comment.
    fn comment(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let before = self.at.checked_sub(1).map_or(b'\n', |at| self.bytes[at]);
        // `${x}#` of Bash is one word.
        let braces = self.language != Language::Bash;
        let fresh = before.is_ascii_whitespace()
            || matches!(before, b';' | b')')
            || braces && matches!(before, b'}' | b'{');
        let line = |from: &[u8]| from.iter().position(|b| *b == b'\n').unwrap_or(from.len());
        let endless = &mut self.endless;
        let mut until = |end: &'static [u8]| {
            if endless.contains(&end) {
                return None;
            }
            let found = rest[2..].windows(end.len()).position(|window| window == end);
            if found.is_none() {
                // Never closed: the mark is no comment.
                endless.push(end);
            }
            found.map(|at| at + 2 + end.len())
        };
        let end = if self.slash && rest.starts_with(b"//") {
            Some(line(rest))
        } else if self.slash && rest.starts_with(b"/*") {
            until(b"*/")
        } else if self.language == Language::PowerShell && rest.starts_with(b"<#") {
            until(b"#>")
        } else if self.language == Language::Ruby && before == b'\n' && rest.starts_with(b"=begin")
        {
            until(b"\n=end")
        } else if self.hash && rest[0] == b'#' {
            // `$#`, `${#x}` and an attribute of PHP are none.
            let is_attribute = self.language == Language::Php && rest.starts_with(b"#[");
            let needs_space = matches!(self.language, Language::Bash | Language::PowerShell);
            (!is_attribute && (fresh || !needs_space) && before != b'$').then(|| line(rest))
        } else {
            None
        };
        let Some(end) = end else { return false };
        self.out.comments.push(self.at..self.at + end);
        self.at += end;
        true
    }

    fn word(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() && is_word(self.bytes[self.at]) {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        // A prefix of a string is part of its marks.
        if matches!(self.peek(0), b'"' | b'\'')
            && word.len() <= 2
            && word.bytes().all(|b| b"rRbBfFuUL".contains(&b))
        {
            return;
        }
        self.named(start..self.at);
    }

    fn named(&mut self, span: Range<usize>) {
        let word = &self.text[span.clone()];
        let folded;
        let word = if self.language == Language::PowerShell {
            folded = word.to_ascii_lowercase();
            folded.as_str()
        } else {
            word
        };
        if is_keyword(word) {
            let shape = hash(word.as_bytes());
            self.push(TokenKind::Keyword, span, shape);
        } else {
            self.push(TokenKind::Name, span, NAME);
        }
    }

    fn number(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            let exponent = matches!(byte, b'+' | b'-')
                && matches!(self.bytes[self.at - 1], b'e' | b'E')
                && !self.bytes[start..self.at].starts_with(b"0x")
                && self.peek(1).is_ascii_digit();
            let point = byte == b'.' && self.peek(1).is_ascii_digit();
            if !(byte.is_ascii_alphanumeric() || byte == b'_' || exponent || point) {
                break;
            }
            self.at += 1;
        }
        let span = start..self.at;
        let text: String = self.text[span.clone()].chars().filter(|c| *c != '_').collect();
        let text = text.to_ascii_lowercase();
        let shape = match integer(&text) {
            Some(value) => hash(&value.to_le_bytes()) ^ 1,
            None => hash(text.as_bytes()) ^ 2,
        };
        self.push(TokenKind::Number, span, shape);
    }

    fn mark(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        // Every operator of several marks goes on with one of these.
        let more = rest.get(1).is_some_and(|next| b"=<>&|+-*/:.?".contains(next));
        let known = more.then(|| OPERATORS.iter().find(|op| rest.starts_with(op))).flatten();
        let length = known.map_or(1, |op| op.len());
        self.at += length;
        let shape = hash(&self.bytes[start..self.at]) ^ 3;
        self.push(TokenKind::Mark, start..self.at, shape);
    }

    /// Takes a regular expression between slashes as one token.
    fn is_pattern(&mut self) -> bool {
        let script =
            matches!(self.language, Language::JavaScript | Language::TypeScript | Language::Ruby);
        if !script || !b"(,=:[!&|?{};\n~".contains(&self.last) {
            return false;
        }
        let mut class = false;
        let mut end = self.at + 1;
        loop {
            match self.bytes.get(end).filter(|_| end < self.at + LONGEST_PATTERN) {
                None | Some(b'\n') => return false,
                Some(b'\\') => end += 1,
                Some(b'[') => class = true,
                Some(b']') => class = false,
                Some(b'/') if !class => break,
                _ => {}
            }
            end += 1;
        }
        if end == self.at + 1 || end >= self.bytes.len() || !self.text.is_char_boundary(end) {
            return false;
        }
        let shape = hash(&self.bytes[self.at..=end]) ^ 4;
        self.push(TokenKind::Text, self.at..end + 1, shape);
        self.at = end + 1;
        true
    }

    /// The end of a string's text, or nothing where the mark opens none.
    fn end_of_text(&self, mark: &[u8]) -> Option<usize> {
        let from = self.at + mark.len();
        let lines = mark.len() == 3;
        let most = self.bytes.len().min(from + LONGEST_TEXT);
        let mut at = from;
        while at < most {
            if self.bytes[at..].starts_with(mark) {
                return Some(at);
            }
            match self.bytes[at] {
                b'\\' => at += 1,
                b'\n' if !lines => return None,
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn string(&mut self, byte: u8) {
        let triple = [byte; 3];
        let is_triple = byte != b'`' && self.bytes[self.at..].starts_with(&triple);
        let mark: &[u8] = if is_triple { &triple } else { &triple[..1] };
        // The text of a template over several lines is read as source, as is what never ends.
        let end = if byte == b'`' { None } else { self.end_of_text(mark) };
        // A sample may begin inside such a text: what has source in it is between two of them.
        let within = end.map_or("", |end| self.text.get(self.at + 3..end).unwrap_or(""));
        if is_triple && self.language == Language::Python && has_definition(within) {
            self.at += 3;
            return;
        }
        if let (true, Some(end), Language::Python) = (is_triple, end, self.language)
            && self.is_statement()
        {
            // A docstring goes with the comments.
            self.out.comments.push(self.at..end + 3);
            self.at = end + 3;
            return;
        }
        self.at += mark.len();
        let Some(end) = end else { return };
        if byte == b'\'' && self.characters {
            // A lifetime of Rust, or a separator of digits, opens nothing.
            let inside = &self.text[self.at..end];
            if !inside.starts_with('\\') && inside.chars().count() != 1 {
                return;
            }
        }
        self.words(end);
        self.at = end + mark.len();
    }

    /// Whether a string here stands alone as a statement.
    fn is_statement(&self) -> bool {
        let before = if self.last.is_ascii_alphabetic() { b'\n' } else { self.last };
        self.begins && !b"([{=,+%.".contains(&before)
    }

    /// The words of a string; what stands in braces or behind a dollar may be a name.
    fn words(&mut self, end: usize) {
        let mut depth = 0_usize;
        while self.at < end {
            let byte = self.bytes[self.at];
            match byte {
                b'\\' if depth == 0 => self.at += 2,
                b'{' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                _ if is_word(byte) => {
                    let start = self.at;
                    while self.at < end && is_word(self.bytes[self.at]) {
                        self.at += 1;
                    }
                    let dollar = start > 0 && self.bytes[start - 1] == b'$';
                    if byte.is_ascii_digit() || !(depth > 0 || dollar) {
                        let shape = hash(&self.bytes[start..self.at]) ^ 5;
                        self.push(TokenKind::Text, start..self.at, shape);
                    } else {
                        self.named(start..self.at);
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = end;
    }
}

/// Whether some line of a text begins a function, a class or an import of Python.
fn has_definition(text: &str) -> bool {
    text.lines().skip(1).any(|line| {
        let line = line.trim();
        let defines = ["def ", "class ", "async def "].iter().any(|word| line.starts_with(word));
        defines && line.ends_with(':') || line.starts_with("from ") && line.contains(" import ")
    })
}

/// The value of an integer, whatever its radix and suffix.
fn integer(text: &str) -> Option<u64> {
    let radix = |digits: &str, radix: u32| {
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        (end > 0).then(|| u64::from_str_radix(&digits[..end], radix).ok()).flatten()
    };
    match text.split_at_checked(2) {
        Some(("0x", digits)) => radix(digits, 16),
        Some(("0b", digits)) => radix(digits, 2),
        Some(("0o", digits)) => radix(digits, 8),
        _ if text.contains(['.', 'e', '+', '-']) => None,
        _ => radix(text, 10),
    }
}

#[cfg(test)]
mod tests;
