//! Tokens as the lexer cuts them.

use super::*;

fn shown(text: &str, language: Language) -> String {
    let lexed = lex(text, language);
    let shown: Vec<String> = lexed
        .tokens
        .iter()
        .map(|token| {
            let text = &text[token.span()];
            match token.kind {
                TokenKind::Name => format!("<{text}>"),
                TokenKind::Text => format!("'{text}'"),
                _ => text.to_owned(),
            }
        })
        .collect();
    shown.join(" ")
}

#[test]
fn keywords_are_sorted() {
    assert!(KEYWORDS.is_sorted());
}

#[test]
fn tokens_of_languages() {
    for (language, text, tokens) in [
        (
            Language::Python,
            "def f(a):\n    '''Doc.'''\n    return f\"{a} is\" + 'x y'  # why",
            "def <f> ( <a> ) : return <a> 'is' + 'x' 'y'",
        ),
        (Language::C, "char c = '\"'; /* a */ x->y += 0x1F; // b", "char <c> = <x> -> <y> += 0x1F"),
        (
            Language::Rust,
            "fn f<'a>(x: &'a str) -> u8 { b'x' }",
            "fn <f> < <a> > ( <x> : & <a> <str> ) -> <u8> { 'x' }",
        ),
        (
            Language::JavaScript,
            "const s = /[\"'/]/.test(`a ${b}`);",
            "const <s> = '/[\"'/]/' . <test> ( <a> $ { <b> } )",
        ),
        (Language::Bash, "a ${b}#c # d", "<a> $ { <b> } # <c>"),
        (
            Language::Bash,
            "for x in $#; do echo \"$x y\" # c\ndone",
            "for <x> in $ # do echo <x> 'y' done",
        ),
        (Language::Php, "$a = \"b {$c}\"; # d", "$ <a> = 'b' <c>"),
    ] {
        assert_eq!(shown(text, language), tokens, "{text}");
    }
}

#[test]
fn a_fragment_may_begin_inside_a_text() {
    let rest =
        "end of it.\n    \"\"\"\n    return a\n\ndef g(b):\n    \"\"\"Doc.\"\"\"\n    return b\n";
    let tokens = shown(rest, Language::Python);
    assert!(tokens.ends_with("return <a> def <g> ( <b> ) : return <b>"), "{tokens}");
}

#[test]
fn spellings_of_a_number_have_one_shape() {
    let shape = |text: &str| lex(text, Language::Java).tokens[0].shape;
    for text in ["0x10", "16L", "1_6", "0b10000", "16u32"] {
        assert_eq!(shape(text), shape("16"), "{text}");
    }
    assert_ne!(shape("1.5"), shape("1"));
}

#[test]
fn hostile_text_takes_linear_time() {
    for piece in ["\"", "'", "`", "/*", "<#", "\"\"\"", "{", "\\", "/[", "\n=begin", "1e", "$"] {
        let text = piece.repeat((1 << 18) / piece.len());
        for language in Language::ALL {
            lex(&text, language);
        }
    }
}
