//! The rules that every provider keeps: one function per case, named for its rule.
//!
//! A case makes a provider with the secrets that it needs, and panics where the provider breaks
//! the rule. [`conformance!`](crate::conformance) makes a test of each.

mod batch;
mod cancel;
mod concurrent;
mod identity;
mod lacks;
mod list;
mod name;
mod prefix;
mod read;
mod secrecy;
mod support;
mod version;
mod write;

pub use batch::*;
pub use cancel::*;
pub use concurrent::*;
pub use identity::*;
pub use lacks::*;
pub use list::*;
pub use name::*;
pub use prefix::*;
pub use read::*;
pub use secrecy::*;
pub use version::*;
pub use write::*;

use crate::{Harness, run};

/// Every case: its name, what it needs of the provider and of the harness, and what it is about
/// the lack of.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_case {
    ($callback:ident $($context:tt)*) => {
        $crate::$callback! { $($context)* cases {
            missing_is_not_found [] [];
            text_comes_back_as_text [] [];
            empty_value_is_a_value [] [];
            whitespace_and_newlines_survive [] [];
            unicode_values_survive [] [];
            json_looking_scalars_stay_text [] [];
            json_documents_come_back_verbatim [] [];
            large_values_survive [] [];
            binary_comes_back_as_binary [binary] [];
            binary_that_is_utf8_stays_binary [binary] [];
            fetched_answer_comes_from_the_store [] [];
            fetch_sees_a_change_from_outside [outside] [];
            fetched_listing_sees_a_change_from_outside [outside list] [];

            odd_names_are_found [] [];
            paths_are_not_normalised [] [];
            too_long_path_is_invalid_path [] [];
            too_long_prefix_is_invalid_path [list] [];
            too_long_path_is_invalid_path_for_update [update] [];
            path_outside_the_grammar_is_invalid_path [grammar] [];

            get_many_answers_in_the_order_asked [] [];
            get_many_gives_each_item_its_own_error [] [];
            get_many_answers_duplicates [] [];
            get_many_of_nothing_is_nothing [] [];
            get_many_goes_beyond_one_batch [] [];
            path_exists_tells_present_from_missing [] [];
            path_exists_is_exact [] [];
            parent_of_a_secret_does_not_exist [] [];

            empty_prefix_lists_everything [list] [];
            sibling_with_the_same_beginning_is_not_below [list] [];
            prefix_may_end_in_a_separator [list] [];
            prefix_is_not_below_itself [list] [];
            prefix_with_nothing_below_is_empty [list] [];
            non_recursive_listing_stops_at_the_next_separator [list] [];

            list_is_sorted_without_duplicates [list] [];
            list_and_get_by_path_agree [list] [];
            what_is_listed_can_be_read [list] [];
            get_by_path_gives_the_values_of_get [list] [];
            list_goes_beyond_one_page [list] [];

            current_version_is_readable_by_its_id [version_id] [];
            old_version_stays_readable_by_its_id [version_id update] [];
            update_tells_the_version_that_get_shows [version_id update] [];
            get_many_tells_the_version_that_get_tells [version_id] [];
            unknown_version_id_is_not_found [version_id] [];
            each_stage_names_its_version [version_stage] [];
            unknown_stage_is_not_found [version_stage] [];
            reading_without_decrypting_hides_the_value [without_decrypt] [];
            listing_without_decrypting_hides_the_values [without_decrypt list] [];

            update_replaces_the_value [update] [];
            update_keeps_text_text [update] [];
            update_keeps_binary_binary [update binary] [];
            update_to_the_empty_value_is_kept [update] [];
            update_to_the_same_value_succeeds [update] [];
            update_leaves_the_neighbours_alone [update] [];
            update_of_a_missing_path_is_not_found_and_creates_nothing [update] [];
            update_shows_in_every_way_of_reading [update list] [];
            create_missing_creates [update create] [];
            create_missing_replaces_what_is_there [update create] [];
            created_secret_is_listed [update create list] [];
            repeated_update_with_one_token_is_kept_once [update idempotent_update] [];
            repeated_creation_with_one_token_is_kept_once [update create idempotent_update] [];

            hundred_concurrent_reads_agree [] [];
            concurrent_updates_of_different_paths_lose_nothing [update] [];
            concurrent_updates_of_one_path_leave_one_of_the_values [update] [];
            dropped_get_leaves_the_provider_working [] [];
            dropped_update_leaves_the_old_value_or_the_new [update] [];

            debug_shows_no_value [] [];
            errors_show_no_value [] [];
            failed_update_shows_no_value [update] [];
            logs_show_no_value [] [];
            list_shows_no_value [list] [];

            id_is_vendor_and_service_in_lower_case [] [];
            address_holds_no_credential [] [];
            error_names_provider_operation_and_path [] [];
            failed_update_names_provider_operation_and_path [update] [];
            errors_escape_names [] [];
            pointers_to_the_provider_behave_alike [] [];

            listing_is_unsupported [] [list];
            updating_is_unsupported [] [update];
            creating_is_unsupported [update] [create];
            binary_is_refused [update] [binary];
            reading_by_version_id_is_unsupported [] [version_id];
            reading_by_stage_is_unsupported [] [version_stage];
            reading_without_decrypting_is_unsupported [] [without_decrypt];
            updating_with_a_token_is_unsupported [update] [idempotent_update];
        }}
    };
}

/// A case, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The name of its function.
    pub name: &'static str,
    /// The capabilities of the provider, and the abilities of the harness, that it needs.
    pub needs: &'static [&'static str],
    /// The capabilities that the provider must not have for the case to apply.
    pub lacks: &'static [&'static str],
}

#[doc(hidden)]
#[macro_export]
macro_rules! __case_table {
    (cases { $($case:ident [$($need:ident)*] [$($lack:ident)*];)* }) => {
        /// Every case of the suite.
        pub const CASES: &[Case] = &[$(Case {
            name: stringify!($case),
            needs: &[$(stringify!($need)),*],
            lacks: &[$(stringify!($lack)),*],
        }),*];

        /// Runs the case of this name, as [`run`] does.
        ///
        /// # Panics
        /// If the provider breaks the rule, or there is no such case.
        pub fn run_by_name<H: Harness>(harness: H, name: &str) {
            match name {
                $(stringify!($case) => run(harness, $case),)*
                _ => panic!("there is no case {name:?}"),
            }
        }
    };
}

__for_each_case! { __case_table }
