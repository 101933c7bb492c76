//! What says too much, says it wrongly, or does what it says it does not do.

use omnisecret_core::{Error, Secret};
use omnisecret_testkit::canary::CANARY;

use super::{Faults, retold};
use crate::fault::{CREDENTIAL, Fault, SOUND};

pub(super) fn words() -> Faults {
    vec![
        (
            "debug_shows_no_value",
            Fault { debug: |value| format!("{:?}", value.expose_bytes()), ..SOUND },
        ),
        (
            "errors_show_no_value",
            Fault {
                get: |_, answer| {
                    answer.map_err(|error| {
                        error.with_source(std::io::Error::other(format!(
                            "invalid type: string {CANARY:?}"
                        )))
                    })
                },
                ..SOUND
            },
        ),
        (
            "failed_update_shows_no_value",
            Fault {
                update: |write, answer| {
                    answer.map_err(|error| {
                        let hex: String =
                            write.new.expose_bytes().iter().map(|b| format!("{b:02X}")).collect();
                        retold(&error, error.kind(), &format!("cannot write {hex}"))
                    })
                },
                ..SOUND
            },
        ),
        (
            "logs_show_no_value",
            Fault {
                get: |path, answer| {
                    let value = answer.as_ref().ok().map(Secret::expose_bytes);
                    tracing::trace!(path, ?value, "read");
                    answer
                },
                ..SOUND
            },
        ),
        (
            "list_shows_no_value",
            Fault {
                list: |listed| {
                    let mut listed = listed?;
                    for (entry, value) in &mut listed {
                        entry.meta.canonical = value.expose_str().map(str::to_owned).ok();
                    }
                    Ok(listed)
                },
                ..SOUND
            },
        ),
        ("id_is_vendor_and_service_in_lower_case", Fault { id: "Memory Store", ..SOUND }),
        ("address_holds_no_credential", Fault { address: CREDENTIAL, ..SOUND }),
        ("address_holds_no_credential", Fault { address: "https://user:word@localhost/", ..SOUND }),
        ("address_holds_no_credential", Fault { address: "https://localhost/?Token=x", ..SOUND }),
        (
            "errors_show_no_value",
            Fault { get: |_, answer| answer.map_err(|error| error.with_action(CANARY)), ..SOUND },
        ),
        ("debug_shows_no_value", Fault { debug: |_| CREDENTIAL.to_owned(), ..SOUND }),
        (
            "error_names_provider_operation_and_path",
            Fault {
                get: |_, answer| answer.map_err(|error| Error::new(error.kind(), "no such secret")),
                ..SOUND
            },
        ),
        (
            "failed_update_names_provider_operation_and_path",
            Fault {
                update: |_, answer| {
                    answer.map_err(|error| Error::new(error.kind(), "no such secret"))
                },
                ..SOUND
            },
        ),
        (
            "errors_escape_names",
            Fault {
                get: |path, answer| {
                    answer.map_err(|error| {
                        retold(&error, error.kind(), &format!("there is no {path}"))
                    })
                },
                ..SOUND
            },
        ),
        ("pointers_to_the_provider_behave_alike", Fault { overrides_get: true, ..SOUND }),
    ]
}

/// A provider that does what it does not declare, or a part of it.
pub(super) fn lacks() -> Faults {
    let open = Fault { admits: false, ..SOUND };
    [
        "listing_is_unsupported",
        "updating_is_unsupported",
        "creating_is_unsupported",
        "binary_is_refused",
        "reading_by_version_id_is_unsupported",
        "reading_by_stage_is_unsupported",
        "reading_without_decrypting_is_unsupported",
        "updating_with_a_token_is_unsupported",
    ]
    .map(|name| (name, open))
    .to_vec()
}
