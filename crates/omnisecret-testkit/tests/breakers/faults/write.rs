//! Writes that change too little or too much, and calls that get into each other's way.

use omnisecret_core::{SecretValue, UpdateOptions};

use super::{Faults, conflict, texted};
use crate::fault::{Fault, Keeps, Midway, SOUND};

/// Each update is a new one.
const FORGETS_TOKENS: Fault = Fault {
    update_options: |options| UpdateOptions::default().with_create_missing(options.create_missing),
    ..SOUND
};

pub(super) fn writes() -> Faults {
    vec![
        ("update_replaces_the_value", Fault { keeps: Keeps::Values, ..SOUND }),
        (
            "update_keeps_text_text",
            Fault { write: |value| texted(value, |text| text.trim().into()), ..SOUND },
        ),
        (
            "update_keeps_binary_binary",
            Fault {
                write: |value| SecretValue::text(String::from_utf8_lossy(value.expose_bytes())),
                ..SOUND
            },
        ),
        (
            "update_to_the_empty_value_is_kept",
            Fault {
                write: |value| {
                    texted(value, |text| if text.is_empty() { "null" } else { text }.into())
                },
                ..SOUND
            },
        ),
        (
            "update_to_the_same_value_succeeds",
            Fault {
                update: |write, answer| match &write.old {
                    Some(old) if old.ct_eq(write.new) => Err(conflict()),
                    _ => answer,
                },
                ..SOUND
            },
        ),
        (
            "update_leaves_the_neighbours_alone",
            Fault { spill: |path| Some(format!("{path}2")), ..SOUND },
        ),
        (
            "update_of_a_missing_path_is_not_found_and_creates_nothing",
            Fault { update_options: |options| options.with_create_missing(true), ..SOUND },
        ),
        ("update_shows_in_every_way_of_reading", Fault { keeps: Keeps::Listings, ..SOUND }),
        ("create_missing_creates", Fault { keeps: Keeps::Missing, ..SOUND }),
        ("repeated_update_with_one_token_is_kept_once", FORGETS_TOKENS),
        ("repeated_creation_with_one_token_is_kept_once", FORGETS_TOKENS),
        (
            "create_missing_replaces_what_is_there",
            Fault {
                update: |write, answer| match &write.old {
                    Some(_) if write.options.create_missing => Err(conflict()),
                    _ => answer,
                },
                ..SOUND
            },
        ),
        ("create_missing_replaces_what_is_there", Fault { keeps: Keeps::Values, ..SOUND }),
        ("update_shows_in_every_way_of_reading", Fault { keeps: Keeps::Values, ..SOUND }),
        ("created_secret_is_listed", Fault { keeps: Keeps::Listings, ..SOUND }),
    ]
}

pub(super) fn meetings() -> Faults {
    let during = |midway| Fault { midway, ..SOUND };
    vec![
        ("hundred_concurrent_reads_agree", during(Midway::Crowded)),
        ("concurrent_updates_of_different_paths_lose_nothing", during(Midway::LosesUpdates)),
        ("concurrent_updates_of_one_path_leave_one_of_the_values", during(Midway::Mixes)),
        ("dropped_get_leaves_the_provider_working", during(Midway::Crowded)),
        ("dropped_update_leaves_the_old_value_or_the_new", during(Midway::Crowded)),
        ("dropped_update_leaves_the_old_value_or_the_new", during(Midway::Halves)),
    ]
}
