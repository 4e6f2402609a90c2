use super::*;
use crate::advisory::Part;

fn bodies() -> Vec<Body> {
    let commitments = IssueCommitments { seed: [4; 32], word: [5; 32], copy: [6; 32] };
    let issue = Issue {
        advisory_leaf: 1,
        recipient: RecipientId::new("contoso").unwrap(),
        endpoint: None,
        issue: 1,
        commitments,
        parts: Part::ALL.into_iter().collect(),
        as_of_unix_seconds: 1_767_225_600,
        clock_unix_seconds: 1_767_225_601,
    };
    let at_lab = Issue { endpoint: Some(Endpoint::new("lab").unwrap()), ..issue.clone() };
    vec![
        Body::Genesis(Genesis {
            origin: "example.org/log".to_owned(),
            key_check: [1; 8],
            ledger_alpha: 1e-6,
            unix_seconds: 0,
        }),
        Body::Advisory(Advisory {
            advisory: AdvisoryId::new("ADV-1").unwrap(),
            revision: 1,
            codebook: [1; 32],
            master_sha256: [2; 32],
            slots_sha256: [3; 32],
            slots: 214,
            false_positive: 1e-6,
            law: "two-point".to_owned(),
            scorer: 1,
            unix_seconds: LAST_SECOND,
        }),
        Body::Issue(issue),
        Body::Issue(at_lab),
        Body::Export(Export { token: Token::Full(5 << 64 | 9), unix_seconds: 2 }),
        Body::Export(Export { token: Token::Short(1 << 83 | 7), unix_seconds: 3 }),
        Body::Intake(Intake {
            sample_sha256: [7; 32],
            size: u64::MAX,
            sketch_sha256: [8; 32],
            unix_seconds: 1,
        }),
    ]
}

#[test]
fn what_is_written_is_read() {
    for body in bodies() {
        let bytes = body.encode().unwrap();
        assert_eq!(Body::decode(body.kind(), &bytes), Ok(body));
    }
}

#[test]
fn a_body_has_one_length_and_one_encoding() {
    for body in bodies() {
        let bytes = body.encode().unwrap();
        for cut in 0..bytes.len() {
            let error = Body::decode(body.kind(), &bytes[..cut]).unwrap_err();
            assert!(matches!(error, LeafError::Truncated { .. }), "{error}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        let error = Body::decode(body.kind(), &longer).unwrap_err();
        assert!(matches!(error, LeafError::Trailing { found: 1, .. }), "{error}");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = Body::decode(body.kind(), &changed) {
                assert_eq!(other.encode().unwrap(), changed, "bit {bit} of {:?}", body.kind());
            }
        }
    }
}

#[test]
fn values_out_of_range_are_neither_written_nor_read() {
    let genesis = |origin: &str, ledger_alpha: f64, unix_seconds: i64| {
        let origin = origin.to_owned();
        Body::Genesis(Genesis { origin, key_check: [0; 8], ledger_alpha, unix_seconds })
    };
    for (body, place) in [
        (genesis("", 0.5, 0), "byte 1: expected `origin`"),
        (genesis("a\nb", 0.5, 0), "byte 1: expected `origin`"),
        (genesis("a", 0.0, 0), "byte 11: expected `ledger alpha`"),
        (genesis("a", 1.0, 0), "byte 11: expected `ledger alpha`"),
        (genesis("a", f64::NAN, 0), "byte 11: expected `ledger alpha`"),
        (genesis("a", 0.5, -1), "byte 19: expected `time`"),
        (genesis("a", 0.5, LAST_SECOND + 1), "byte 19: expected `time`"),
    ] {
        let error = body.encode().unwrap_err().to_string();
        assert!(error.starts_with(&format!("genesis body, {place}")), "{error}");
    }
    assert!(genesis(&"x".repeat(255), 0.5, 0).encode().is_ok());
    for length in [256, 300, 1000] {
        assert!(genesis(&"x".repeat(length), 0.5, 0).encode().is_err(), "{length}");
    }
}

#[test]
fn a_type_without_a_body_says_so() {
    let error = Body::decode(LeafType::Receipt, &[1]).unwrap_err();
    assert_eq!(error, LeafError::NoBody { kind: LeafType::Receipt });
}
