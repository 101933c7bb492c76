//! Prefixes that end in the middle of a segment, listings that are not whole, versions that are
//! passed over.

use omnisecret_core::{Secret, SecretMeta, VersionSelector, is_below};

use super::{Faults, no_such, secret};
use crate::fault::{Fault, SEPARATORS, SOUND};

pub(super) fn listings() -> Faults {
    vec![
        (
            "empty_prefix_lists_everything",
            Fault {
                below: |name, prefix, _| !prefix.is_empty() && is_below(name, prefix, SEPARATORS),
                ..SOUND
            },
        ),
        (
            "sibling_with_the_same_beginning_is_not_below",
            Fault { below: |name, prefix, _| name != prefix && name.starts_with(prefix), ..SOUND },
        ),
        (
            "prefix_may_end_in_a_separator",
            Fault {
                below: |name, prefix, _| is_below(name, &format!("{prefix}/"), SEPARATORS),
                ..SOUND
            },
        ),
        (
            "prefix_is_not_below_itself",
            Fault {
                below: |name, prefix, _| name == prefix || is_below(name, prefix, SEPARATORS),
                ..SOUND
            },
        ),
        (
            "prefix_with_nothing_below_is_empty",
            Fault {
                list: |listed| match listed {
                    Ok(entries) if entries.is_empty() => Err(no_such("nothing below")),
                    listed => listed,
                },
                ..SOUND
            },
        ),
        (
            "non_recursive_listing_stops_at_the_next_separator",
            Fault { below: |name, prefix, _| is_below(name, prefix, SEPARATORS), ..SOUND },
        ),
        (
            "list_is_sorted_without_duplicates",
            Fault { list: |listed| Ok(listed?.into_iter().rev().collect()), ..SOUND },
        ),
        (
            "list_and_get_by_path_agree",
            Fault { get_by_path: |secrets| secrets.into_iter().skip(1).collect(), ..SOUND },
        ),
        (
            "what_is_listed_can_be_read",
            Fault {
                list: |listed| {
                    let mut listed = listed?;
                    for (entry, _) in &mut listed {
                        entry.path = entry.path.trim_start_matches("app/").to_owned();
                    }
                    Ok(listed)
                },
                ..SOUND
            },
        ),
        (
            "get_by_path_gives_the_values_of_get",
            Fault {
                get_by_path: |secrets| secrets.into_keys().map(|path| (path, secret(""))).collect(),
                ..SOUND
            },
        ),
        (
            "list_goes_beyond_one_page",
            Fault { list: |listed| Ok(listed?.into_iter().take(100).collect()), ..SOUND },
        ),
    ]
}

pub(super) fn versions() -> Faults {
    let unversioned =
        Fault { options: |options| options.with_version(VersionSelector::Current), ..SOUND };
    vec![
        (
            "current_version_is_readable_by_its_id",
            Fault {
                options: |options| match options.version {
                    VersionSelector::Id(_) => options.with_version(VersionSelector::Id("0".into())),
                    _ => options,
                },
                ..SOUND
            },
        ),
        ("old_version_stays_readable_by_its_id", unversioned),
        (
            "get_many_tells_the_version_that_get_tells",
            Fault {
                get_many: |_, answers| {
                    let bare =
                        |secret: Secret| Secret::new(secret.value().clone(), SecretMeta::default());
                    answers.into_iter().map(|answer| answer.map(bare)).collect()
                },
                ..SOUND
            },
        ),
        (
            "unknown_version_id_is_not_found",
            Fault {
                get_many: |paths, _| {
                    let current = |_| Ok(Secret::new("value", SecretMeta::default()));
                    paths.iter().map(current).collect()
                },
                ..SOUND
            },
        ),
        ("unknown_version_id_is_not_found", unversioned),
        ("each_stage_names_its_version", unversioned),
        ("unknown_stage_is_not_found", unversioned),
        (
            "update_tells_the_version_that_get_shows",
            Fault { update: |_, answer| Ok(answer?.with_version("1")), ..SOUND },
        ),
        (
            "reading_without_decrypting_hides_the_value",
            Fault { options: |options| options.with_decrypt(true), ..SOUND },
        ),
        (
            "listing_without_decrypting_hides_the_values",
            Fault { list_options: |options| options.with_decrypt(true), ..SOUND },
        ),
    ]
}
