//! What parses as a token is written back the same, in its kind and in bytes.
#![no_main]

use canarymark::canary::{CanaryKind, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(token) = Token::from_bytes(bytes) {
        assert_eq!(token.to_bytes(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(token) = Token::parse(text) {
        assert_eq!(Token::from_bytes(&token.to_bytes()), Some(token));
        for kind in CanaryKind::ALL {
            assert_eq!(Token::parse(&token.text(kind)), Some(token));
        }
    }
});
