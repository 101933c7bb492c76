//! Values that come back spoilt, names that are misread, batches that are out of order.

use omnisecret_core::{ErrorKind, Origin, Secret, SecretValue, is_below};

use super::{Faults, no_such, reading, retold, secret, texted};
use crate::fault::{Fault, Keeps, SEPARATORS, SOUND};

pub(super) fn values() -> Faults {
    vec![
        (
            "missing_is_not_found",
            Fault { get: |_, answer| answer.or_else(|_| Ok(secret(""))), ..SOUND },
        ),
        ("text_comes_back_as_text", reading(|value| SecretValue::binary(value.expose_bytes()))),
        (
            "empty_value_is_a_value",
            Fault {
                get: |_, answer| match answer {
                    Ok(secret) if secret.expose_bytes().is_empty() => Err(no_such("empty")),
                    answer => answer,
                },
                ..SOUND
            },
        ),
        (
            "whitespace_and_newlines_survive",
            Fault {
                get_many: |_, answers| {
                    let trim = |secret: Secret| {
                        let value = texted(secret.value(), |text| text.trim().into());
                        Secret::new(value, secret.meta().clone())
                    };
                    answers.into_iter().map(|answer| answer.map(trim)).collect()
                },
                ..SOUND
            },
        ),
        (
            "whitespace_and_newlines_survive",
            reading(|value| texted(value, |text| text.trim_end().into())),
        ),
        (
            "unicode_values_survive",
            reading(|value| texted(value, |text| text.replace('\u{feff}', ""))),
        ),
        (
            "json_looking_scalars_stay_text",
            reading(|value| {
                texted(value, |text| text.parse().map_or(text.into(), |n: f64| n.to_string()))
            }),
        ),
        (
            "json_documents_come_back_verbatim",
            reading(|value| {
                texted(value, |text| {
                    if text.starts_with('{') { text.replace(' ', "") } else { text.into() }
                })
            }),
        ),
        (
            "large_values_survive",
            reading(|value| texted(value, |text| text.chars().take(32 * 1024).collect())),
        ),
        (
            "binary_comes_back_as_binary",
            reading(|value| SecretValue::text(String::from_utf8_lossy(value.expose_bytes()))),
        ),
        (
            "binary_comes_back_as_binary",
            Fault {
                get_by_path: |secrets| {
                    let lossy = |secret: Secret| {
                        let text = String::from_utf8_lossy(secret.expose_bytes()).into_owned();
                        Secret::new(text, secret.meta().clone())
                    };
                    secrets.into_iter().map(|(path, secret)| (path, lossy(secret))).collect()
                },
                ..SOUND
            },
        ),
        (
            "binary_that_is_utf8_stays_binary",
            reading(|value| SecretValue::from_bytes(value.expose_bytes())),
        ),
        (
            "fetched_answer_comes_from_the_store",
            Fault {
                get: |_, answer| Ok(answer?.with_origin(Origin::Cache, Default::default())),
                ..SOUND
            },
        ),
        ("fetch_sees_a_change_from_outside", Fault { keeps: Keeps::Values, ..SOUND }),
        ("fetched_listing_sees_a_change_from_outside", Fault { keeps: Keeps::Listings, ..SOUND }),
    ]
}

pub(super) fn names() -> Faults {
    let lenient = Fault {
        get: |_, answer| {
            answer.map_err(|error| retold(&error, ErrorKind::NotFound, "no such secret"))
        },
        ..SOUND
    };
    vec![
        ("odd_names_are_found", Fault { path: |path| path.replace("%2e", "."), ..SOUND }),
        ("paths_are_not_normalised", Fault { path: |path| path.trim_matches('/').into(), ..SOUND }),
        (
            "too_long_path_is_invalid_path",
            Fault { path_exists: |_, _, answer| Ok(answer.unwrap_or(false)), ..SOUND },
        ),
        ("odd_names_are_found", Fault { path: |path| path.trim().into(), ..SOUND }),
        ("odd_names_are_found", Fault { path: |path| path.to_lowercase(), ..SOUND }),
        ("paths_are_not_normalised", Fault { path: |path| path.replace("//", "/"), ..SOUND }),
        ("paths_are_not_normalised", Fault { path: |path| path.trim().into(), ..SOUND }),
        ("too_long_path_is_invalid_path", Fault { admits: false, ..lenient }),
        ("too_long_prefix_is_invalid_path", Fault { admits: false, ..SOUND }),
        (
            "too_long_path_is_invalid_path_for_update",
            Fault {
                update: |write, answer| {
                    if write.path.len() > 4096 { Err(no_such("long")) } else { answer }
                },
                admits: false,
                ..SOUND
            },
        ),
        ("path_outside_the_grammar_is_invalid_path", lenient),
    ]
}

pub(super) fn batches() -> Faults {
    vec![
        (
            "get_many_answers_in_the_order_asked",
            Fault {
                get_many: |paths, answers| {
                    let mut answers: Vec<_> = paths.iter().zip(answers).collect();
                    answers.sort_by_key(|(path, _)| **path);
                    answers.into_iter().map(|(_, answer)| answer).collect()
                },
                ..SOUND
            },
        ),
        (
            "get_many_gives_each_item_its_own_error",
            Fault {
                get_many: |_, answers| match answers.iter().find_map(|answer| answer.as_ref().err())
                {
                    Some(error) => answers.iter().map(|_| Err(error.clone())).collect(),
                    None => answers,
                },
                ..SOUND
            },
        ),
        (
            "get_many_answers_duplicates",
            Fault {
                get_many: |paths, answers| {
                    let is_first = |n: usize| !paths[..n].contains(&paths[n]);
                    answers
                        .into_iter()
                        .enumerate()
                        .filter(|(n, _)| is_first(*n))
                        .map(|(_, a)| a)
                        .collect()
                },
                ..SOUND
            },
        ),
        (
            "get_many_of_nothing_is_nothing",
            Fault {
                get_many: |paths, answers| {
                    if paths.is_empty() { vec![Err(no_such("none"))] } else { answers }
                },
                ..SOUND
            },
        ),
        (
            "get_many_goes_beyond_one_batch",
            Fault { get_many: |_, answers| answers.into_iter().take(20).collect(), ..SOUND },
        ),
        (
            "path_exists_tells_present_from_missing",
            Fault { path_exists: |_, _, _| Ok(true), ..SOUND },
        ),
        (
            "path_exists_is_exact",
            Fault {
                path_exists: |path, all, _| Ok(all.iter().any(|name| name.starts_with(path))),
                ..SOUND
            },
        ),
        (
            "parent_of_a_secret_does_not_exist",
            Fault {
                path_exists: |path, all, answer| {
                    Ok(answer? || all.iter().any(|name| is_below(name, path, SEPARATORS)))
                },
                ..SOUND
            },
        ),
    ]
}
