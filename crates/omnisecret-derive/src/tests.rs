//! What is refused, with which words, and where the compiler points.

use proc_macro2::Span;
use syn::DeriveInput;

use crate::expand::expand;

/// Each message, and the piece of the source that it points at.
fn refused(source: &str) -> Vec<(String, String)> {
    let input: DeriveInput = syn::parse_str(source).unwrap();
    let errors = expand(&input).map(|tokens| panic!("taken: {tokens}")).unwrap_err();
    let text = |span: Span| span.source_text().unwrap_or_default();
    errors.into_iter().map(|error| (error.to_string(), text(error.span()))).collect()
}

/// One field with this attribute, and the one message about it.
fn refused_field(attribute: &str, ty: &str) -> (String, String) {
    let mut errors = refused(&format!("struct S {{ {attribute} field: {ty} }}"));
    assert_eq!(errors.len(), 1, "{attribute}: {errors:?}");
    errors.remove(0)
}

fn taken(source: &str) -> String {
    expand(&syn::parse_str(source).unwrap()).unwrap().to_string().replace(' ', "")
}

#[test]
fn what_is_no_struct_of_owned_fields_is_refused() {
    for (source, word, place) in [
        ("enum Mode { A, B }", "only a struct", "Mode"),
        ("union Bits { a: u8 }", "only a struct", "Bits"),
        ("struct Empty;", "there is no field", "Empty"),
        ("struct Empty {}", "there is no field", "Empty"),
        ("struct Lent<'a> { #[secret(\"p:x\")] a: &'a str }", "cannot borrow", "'a"),
    ] {
        let errors = refused(source);
        assert!(errors[0].0.contains(word), "{source}: {errors:?}");
        assert_eq!(errors[0].1, place, "{source}");
    }
}

#[test]
fn a_text_that_is_no_reference_is_refused_where_it_stands() {
    for (text, reason) in [
        ("no-colon", "there is no ':'"),
        ("p:x#", "there is no key after '#'"),
        ("p:x?other=1", "version=ID or stage=NAME"),
        ("p:%zz", "two hexadecimal digits"),
        ("p:x#a..b", "a key is empty"),
        (" p:x", "the provider's name"),
    ] {
        let (message, place) = refused_field(&format!("#[secret({text:?})]"), "u8");
        assert!(message.contains(reason), "{text}: {message}");
        assert_eq!(place, format!("{text:?}"));
    }
}

#[test]
fn a_prefix_and_a_reference_are_checked_together() {
    let source = "#[secrets(prefix = \"p:prod/\")] struct S { #[secret(\"db#key\")] a: u8 }";
    assert!(taken(source).contains("required(\"a\",\"p:prod/db#key\","));
    let source = "#[secrets(prefix = \"p:x#key\")] struct S { #[secret(\"#db\")] a: u8, \
        #[secret(\".a..b\")] b: u8 }";
    assert_eq!(refused(source).len(), 1);
}

#[test]
fn attributes_that_say_nothing_or_too_much_are_refused() {
    for (attribute, ty, word, place) in [
        ("", "u8", "where is the secret", "u8"),
        ("#[secret()]", "u8", "where is the secret", "#[secret()]"),
        ("#[secret(parse)]", "u8", "where is the secret", "#[secret(parse)]"),
        ("#[secret(\"p:x\", \"p:y\")]", "u8", "one reference", "\"p:y\""),
        ("#[secret(\"p:x\", prase)]", "u8", "parse, json, with", "prase"),
        ("#[secret(\"p:x\", 5)]", "u8", "parse, json, with", "5"),
        ("#[secret(\"p:x\", parse, json)]", "u8", "one of parse, json and with", "json"),
        ("#[secret(\"p:x\", parse, with = f)]", "u8", "one of parse, json and with", "with"),
        ("#[secret(\"p:x\", default, default = 1)]", "u8", "`default` is given twice", "default"),
        ("#[secret(\"p:x\", default)]", "Option<u8>", "takes no default", "default"),
        ("#[secret(\"p:x\")] #[secret(\"p:y\")]", "u8", "already", "#[secret(\"p:y\")]"),
        ("#[secret(nested, \"p:x\")]", "S", "in its own fields", "nested"),
        ("#[secret(nested, default)]", "S", "in its own fields", "nested"),
        ("#[secret(nested)]", "Option<S>", "not optional", "Option<S>"),
    ] {
        let (message, at) = refused_field(attribute, ty);
        assert!(message.contains(word), "{attribute}: {message}");
        assert_eq!(at, place, "{attribute}");
    }
}

#[test]
fn what_does_not_parse_is_refused() {
    for attribute in [
        "#[secret]",
        "#[secret = \"p:x\"]",
        "#[secret(\"p:x\" parse)]",
        "#[secret(\"p:x\", with)]",
        "#[secret(\"p:x\", default =)]",
    ] {
        refused_field(attribute, "u8");
    }
    for attribute in ["prefix", "prefix = 1", "crate", "provider = \"p\"", "prefix = \"p:\", 1"] {
        let source = format!("#[secrets({attribute})] struct S {{ #[secret(\"p:x\")] a: u8 }}");
        assert_eq!(refused(&source).len(), 1, "{attribute}");
    }
}

#[test]
fn every_field_that_is_wrong_is_told() {
    let source = "struct S { a: u8, #[secret(\"x\")] b: u8, #[secret(\"p:x\")] c: u8 }";
    assert_eq!(refused(source).len(), 2);
}

#[test]
fn an_option_is_seen_however_its_path_is_written() {
    for ty in ["Option<u8>", "std::option::Option<u8>", "::core::option::Option<u8>"] {
        let source = format!("struct S {{ #[secret(\"p:x\")] a: {ty} }}");
        assert!(taken(&source).contains("fields.optional("), "{ty}");
    }
    assert!(taken("struct S { #[secret(\"p:x\")] a: Vec<u8> }").contains("fields.required("));
}

/// A type that goes through a `macro_rules!` has a group around it that nobody sees.
#[test]
fn an_option_is_seen_in_a_group_and_in_brackets() {
    let ty = quote::quote!(Option<u8>);
    let group = proc_macro2::Group::new(proc_macro2::Delimiter::None, ty.clone());
    for ty in [quote::quote!(#group), quote::quote!((#ty))] {
        let input = syn::parse_quote!(struct S { #[secret("p:x")] a: #ty });
        let tokens = expand(&input).unwrap().to_string().replace(' ', "");
        assert!(tokens.contains("fields.optional(\"a\",\"p:x\",<u8as"), "{tokens}");
    }
}

#[test]
fn only_fields_that_depend_on_a_parameter_bound_it() {
    let tokens = taken(
        "struct S<T, U> where U: Copy { #[secret(\"p:x\")] a: Vec<T>, #[secret(\"p:x\", parse)] \
         b: Option<U>, #[secret(nested)] c: N<T>, #[secret(\"p:x\")] d: u8 }",
    );
    let bounds = "whereU:Copy,Vec<T>:::omnisecret::FromSecret,U:::core::str::FromStr,\
        N<T>:::omnisecret::FromSecrets{";
    assert!(tokens.contains(bounds), "{tokens}");
}

#[test]
fn the_facade_may_be_elsewhere() {
    let tokens = taken("#[secrets(crate = crate::vendor::os)] struct S(#[secret(\"p:x\")] u8);");
    assert!(tokens.contains("implcrate::vendor::os::FromSecretsforS"), "{tokens}");
    assert!(!tokens.contains("::omnisecret"), "{tokens}");
    assert!(tokens.contains("Self{0:"), "{tokens}");
}
