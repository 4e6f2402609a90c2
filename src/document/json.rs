//! JSON: values with the bytes where they stand.
//!
//! A document is edited in place, so the tree keeps byte spans and nothing is written anew. It is
//! stricter than most readers: an advisory whose strings are not text, or with two members of one
//! name, means different things to different tools and is refused.

pub(super) mod fields;
pub(crate) mod lists;

use std::ops::Range;

use super::piece::Writing;

/// The deepest nesting. CSAF and its like stay below 30.
const MAX_DEPTH: usize = 128;
/// The most values of one document; a large product tree has some 100,000.
const MAX_VALUES: usize = 1_000_000;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// All its bytes.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string, decoded.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Vec<(String, Value)>),
    /// A number, `true`, `false` or `null`.
    Other,
}

impl Value {
    /// A member of an object.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Kind::Object(members) = &self.kind else { return None };
        members.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The text of a string.
    pub(crate) fn string(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items of an array; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Array(items) => items,
            _ => &[],
        }
    }

    /// The bytes between the quotes of a string.
    fn inner(&self) -> Range<usize> {
        self.span.start + 1..self.span.end - 1
    }
}

/// A mistake in JSON: the byte where it stands, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) offset: usize,
    pub(crate) problem: String,
}

/// Reads one JSON value and nothing behind it.
pub(crate) fn parse(text: &str) -> Result<Value, Mistake> {
    let mut parser = Parser { text, at: 0, depth: 0, values: 0 };
    if text.starts_with('\u{FEFF}') {
        parser.at = '\u{FEFF}'.len_utf8();
    }
    parser.skip_space();
    let value = parser.value()?;
    parser.skip_space();
    match parser.rest().chars().next() {
        None => Ok(value),
        Some(found) => Err(parser.mistake(&format!("`{}` behind the value", found.escape_debug()))),
    }
}

/// The bytes inside the quotes of every string that is a value, in byte order.
pub(super) fn strings(text: &str) -> Result<Vec<Range<usize>>, Mistake> {
    fn add(value: &Value, found: &mut Vec<Range<usize>>) {
        match &value.kind {
            Kind::String(_) => found.push(value.inner()),
            Kind::Array(items) => items.iter().for_each(|item| add(item, found)),
            Kind::Object(members) => members.iter().for_each(|(_, member)| add(member, found)),
            Kind::Other => {}
        }
    }
    let mut found = Vec::new();
    add(&parse(text)?, &mut found);
    Ok(found)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    values: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn mistake(&self, problem: &str) -> Mistake {
        Mistake { offset: self.at, problem: problem.to_owned() }
    }

    fn wanted(&self, wanted: &str) -> Mistake {
        match self.rest().chars().next() {
            Some(found) => {
                self.mistake(&format!("expected {wanted}, found `{}`", found.escape_debug()))
            }
            None => self.mistake(&format!("expected {wanted}, the file ends")),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.mistake(&format!("more than {MAX_VALUES} values")));
        }
        let start = self.at;
        let kind = match self.byte() {
            Some(b'"') => Kind::String(self.string()?),
            Some(b'[') => self.nested(Self::array)?,
            Some(b'{') => self.nested(Self::object)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => {
                let word = ["true", "false", "null"].into_iter();
                let word = word.filter(|word| self.rest().starts_with(word)).map(str::len).next();
                self.at += word.ok_or_else(|| self.wanted("a JSON value"))?;
                Kind::Other
            }
        };
        Ok(Value { span: start..self.at, kind })
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Kind, Mistake>,
    ) -> Result<Kind, Mistake> {
        if self.depth == MAX_DEPTH {
            return Err(self.mistake(&format!("nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        self.at += 1;
        let kind = read(self);
        self.depth -= 1;
        kind
    }

    fn array(&mut self) -> Result<Kind, Mistake> {
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Kind::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Kind::Array(items));
            }
            if !self.take(b',') {
                return Err(self.wanted("`,` or `]`"));
            }
        }
    }

    fn object(&mut self) -> Result<Kind, Mistake> {
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            self.skip_space();
            if self.byte() != Some(b'"') {
                return Err(self.wanted("the name of a member in quotes"));
            }
            let start = self.at;
            let name = self.string()?;
            if !names.insert(name.clone()) {
                let shown: String = name.chars().take(40).collect();
                let problem = format!("the member `{}` stands here twice", shown.escape_debug());
                return Err(Mistake { offset: start, problem });
            }
            self.skip_space();
            if !self.take(b':') {
                return Err(self.wanted("`:`"));
            }
            self.skip_space();
            members.push((name, self.value()?));
            self.skip_space();
            if self.take(b'}') {
                return Ok(Kind::Object(members));
            }
            if !self.take(b',') {
                return Err(self.wanted("`,` or `}`"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Mistake> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err(self.mistake("a string without its closing quote")),
            }
        }
        let Some(text) = Writing::Json.decode(&self.text[start..end]) else {
            let problem = "a string with a control character, an unknown escape or half of a \
                surrogate pair; write such characters as escapes, and a pair as both its halves";
            return Err(self.mistake(problem));
        };
        self.at = end + 1;
        Ok(text)
    }

    fn number(&mut self) -> Result<Kind, Mistake> {
        let digits = |parser: &mut Self| {
            let start = parser.at;
            while parser.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                parser.at += 1;
            }
            if parser.at == start { Err(parser.wanted("a digit")) } else { Ok(()) }
        };
        self.take(b'-');
        if !self.take(b'0') {
            digits(self)?;
        }
        if self.take(b'.') {
            digits(self)?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            digits(self)?;
        }
        Ok(Kind::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_bytes() {
        let text = "\u{FEFF} {\"a\": [1.5e3, \"x\\ny\", {}], \"b\": null}\n";
        let value = parse(text).expect("JSON");
        let items = value.member("a").expect("a").items();
        assert_eq!(&text[items[0].span.clone()], "1.5e3");
        assert_eq!(&text[items[1].inner()], "x\\ny");
        assert_eq!(items[1].string(), Some("x\ny"));
        assert_eq!(&text[value.member("b").expect("b").span.clone()], "null");
    }

    #[test]
    fn mistakes_say_what_and_where() {
        let cases = [
            ("", 0, "expected a JSON value, the file ends"),
            ("[1 2]", 3, "expected `,` or `]`, found `2`"),
            ("{\"a\":1,\"a\":2}", 7, "the member `a` stands here twice"),
            ("{a:1}", 1, "expected the name of a member in quotes, found `a`"),
            ("[\"x", 1, "a string without its closing quote"),
            ("[01]", 2, "expected `,` or `]`, found `1`"),
            ("[1.]", 3, "expected a digit, found `]`"),
            ("1 2", 2, "`2` behind the value"),
        ];
        for (text, offset, problem) in cases {
            assert_eq!(parse(text), Err(Mistake { offset, problem: problem.into() }), "{text}");
        }
        let error = parse(r#"["\ud800 x"]"#).expect_err("half of a pair");
        assert!(error.problem.contains("surrogate"), "{}", error.problem);
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).expect_err("too deep").problem.contains("nested"));
        assert!(parse(&"[".repeat(MAX_DEPTH)).expect_err("open").problem.contains("the file ends"));
    }
}
