//! What is written to be edited, read again.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Texts as people have them, and texts of what YAML acts on.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z -:#\\n]{0,20}",
        "([ a-z0-9é🔑:#|>'\"\\\\-]{0,8}\\n){0,4}",
        "[\\n \\t\r\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}x-]{0,6}",
        "[-+]?[0-9_.:exXobT]{1,8}",
        proptest::sample::select(vec!["yes", "~", "<<", "=", "null", "2001-12-14", ".inf", ""])
            .prop_map(String::from),
    ]
}

/// JSON with every kind of scalar; floats so that they differ from whole numbers.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let scalar = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any_text().prop_map(Into::into),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            vec((any_text(), inner), 0..4)
                .prop_map(|entries| { serde_json::Value::Object(entries.into_iter().collect()) }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_to_be_edited_is_read_as_the_same(json in any_json()) {
        let document = Document::from_json(&format!("{{\"p\": {json}}}")).unwrap();
        for dialect in Dialect::ALL {
            let text = document.to_text().unwrap();
            let read = Render::default().dialect(*dialect).read(text.expose_bytes());
            let read = read.unwrap_or_else(|error| {
                panic!("{error}: {:?}", text.expose_str().unwrap())
            });
            prop_assert!(read.is_same(&document).unwrap(), "{:?}", text.expose_str().unwrap());
        }
    }
}

#[test]
fn keys_that_are_no_texts_and_bytes_come_back() {
    // {"p": {True: 1.5, None: inf, 2: b"\xff\0", 1.5: -inf}}
    let packed = b"\x81\xa1p\x84\xc3\xcb\x3f\xf8\0\0\0\0\0\0\xc0\xcb\x7f\xf0\0\0\0\0\0\0\x02\
        \xc4\x02\xff\0\xcb\x3f\xf8\0\0\0\0\0\0\xcb\xff\xf0\0\0\0\0\0\0";
    let document = Document::new(crate::msgpack::decode(packed).unwrap()).unwrap();
    let text = document.to_text().unwrap();
    let read = Render::default().read(text.expose_bytes()).unwrap();
    assert!(read.is_same(&document).unwrap(), "{}", text.expose_str().unwrap());
}
