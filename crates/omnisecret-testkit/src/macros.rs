//! `conformance!`: one test per case, ignored by name where it does not apply.
//!
//! `#[ignore]` is decided when the test is compiled, so the capabilities are given as a list, and
//! a case of its own compares that list with what the provider says of itself.

/// Makes a module `conformance` with one test per case of [`cases`](crate::cases).
///
/// ```
/// use omnisecret_core::Memory;
/// use omnisecret_testkit::{Harness, Seed};
///
/// struct InMemory;
///
/// impl Harness for InMemory {
///     type Provider = Memory;
///
///     async fn seeded(&self, seeds: &[Seed]) -> Memory {
///         Memory::from_iter(seeds.iter().cloned())
///     }
/// }
///
/// omnisecret_testkit::conformance! {
///     harness: InMemory,
///     capabilities: [
///         list, update, create, binary, version_id, version_stage, idempotent_update,
///     ],
/// }
/// # fn main() {}
/// ```
///
/// - `harness`: an expression, evaluated anew for every test.
/// - `capabilities`: those that the provider declares, no more and no less; a test of its own
///   compares. A case that needs another is ignored, and for each that is missing a case asserts
///   that the operation answers `Unsupported`.
/// - `with: [..]`, optional: what the harness can do beside seeding. `outside`: it implements
///   [`change_outside`](crate::Harness::change_outside). `grammar`: it lists
///   [`INVALID_PATHS`](crate::Harness::INVALID_PATHS).
/// - `skip: { case: "reason", .. }`, optional: rules that this store cannot keep. They are ignored
///   and show the reason. A name that is not a case does not compile.
/// - `ignore: "reason"`, optional: ignores every test, for a store that has to be started first.
///   `--ignored` then runs all that apply; the others are left out.
///
/// The options stand in this order. For two harnesses in one file, put each into a module.
#[macro_export]
macro_rules! conformance {
    (
        harness: $harness:expr,
        capabilities: [$($capability:ident),* $(,)?]
        $(, with: [$($extra:ident),* $(,)?])?
        $(, skip: { $($skipped:ident: $reason:literal),* $(,)? })?
        $(, ignore: $ignore:literal)?
        $(,)?
    ) => {
        $($crate::__known_capability! { $capability })*
        $($($crate::__known_extra! { $extra })*)?
        $crate::__for_each_case! {
            __conformance_module
            ($)
            [$harness]
            [$($capability)*]
            [$($capability)* $($($extra)*)?]
            [$($($skipped $reason)*)?]
            [$($ignore)?]
        }
    };
}

/// A misspelt capability fails to compile here.
///
/// ```
/// omnisecret_testkit::__known_capability! { list }
/// ```
///
/// ```compile_fail
/// omnisecret_testkit::__known_capability! { lists }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __known_capability {
    (list) => {};
    (update) => {};
    (create) => {};
    (binary) => {};
    (version_id) => {};
    (version_stage) => {};
    (without_decrypt) => {};
    (idempotent_update) => {};
}

/// A misspelt ability of the harness fails to compile here.
#[doc(hidden)]
#[macro_export]
macro_rules! __known_extra {
    (outside) => {};
    (grammar) => {};
}

/// The module. `$d` is a dollar sign, for the macro that is made inside.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_module {
    (
        ($d:tt)
        [$harness:expr]
        [$($capability:ident)*]
        $have:tt
        [$($skipped:ident $reason:literal)*]
        $ignore:tt
        cases { $($case:ident $needs:tt $lacks:tt;)* }
    ) => {
        mod conformance {
            #[allow(unused_imports, reason = "the harness may be named by its full path")]
            use super::*;

            fn __harness() -> impl $crate::Harness {
                $harness
            }

            /// A skipped case that is none does not compile.
            #[allow(unused_imports, reason = "only to look the names up")]
            mod __skipped {
                $(use $crate::cases::$skipped;)*
            }

            // Macros cannot compare two names, but their patterns can.
            macro_rules! __case {
                $(($skipped $d($d rest:tt)*) => {
                    $crate::__conformance_test! { $skipped [$reason] $ignore }
                };)*
                ($d($d rest:tt)*) => {
                    $crate::__conformance_case! { $d($d rest)* $have $ignore }
                };
            }

            $(__case! { $case $needs $lacks })*

            $crate::__conformance_declared! { [$($capability)*] $ignore }
        }
    };
}

/// One case: run, ignored for a capability, or left out because what it is about does not lack.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_case {
    ($case:ident $needs:tt [$lack:ident] $have:tt $ignore:tt) => {
        $crate::__if_declared! { $lack $have
            {}
            { $crate::__conformance_case! { $case $needs [] $have $ignore } }
        }
    };
    ($case:ident [$need:ident $($needs:ident)*] [] $have:tt $ignore:tt) => {
        $crate::__if_declared! { $need $have
            { $crate::__conformance_case! { $case [$($needs)*] [] $have $ignore } }
            { $crate::__conformance_missing! { $case $need $ignore } }
        }
    };
    ($case:ident [] [] $have:tt $ignore:tt) => {
        $crate::__conformance_test! { $case [] $ignore }
    };
}

/// Expands to the first block if the name is in the list, else to the second.
#[doc(hidden)]
#[macro_export]
macro_rules! __if_declared {
    (list [list $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (update [update $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (create [create $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (binary [binary $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (version_id [version_id $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (version_stage [version_stage $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (without_decrypt [without_decrypt $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (idempotent_update [idempotent_update $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (outside [outside $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    (grammar [grammar $($rest:ident)*] { $($yes:tt)* } $no:tt) => { $($yes)* };
    ($name:ident [$other:ident $($rest:ident)*] $yes:tt $no:tt) => {
        $crate::__if_declared! { $name [$($rest)*] $yes $no }
    };
    ($name:ident [] $yes:tt { $($no:tt)* }) => { $($no)* };
}

/// A test that is ignored for what is missing. The reason has to be one literal.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_missing {
    ($case:ident list $ignore:tt) => {
        $crate::__conformance_test! { $case ["the provider does not declare `list`"] $ignore }
    };
    ($case:ident update $ignore:tt) => {
        $crate::__conformance_test! { $case ["the provider does not declare `update`"] $ignore }
    };
    ($case:ident create $ignore:tt) => {
        $crate::__conformance_test! { $case ["the provider does not declare `create`"] $ignore }
    };
    ($case:ident binary $ignore:tt) => {
        $crate::__conformance_test! { $case ["the provider does not declare `binary`"] $ignore }
    };
    ($case:ident version_id $ignore:tt) => {
        $crate::__conformance_test! { $case ["the provider does not declare `version_id`"] $ignore }
    };
    ($case:ident version_stage $ignore:tt) => {
        $crate::__conformance_test! {
            $case ["the provider does not declare `version_stage`"] $ignore
        }
    };
    ($case:ident without_decrypt $ignore:tt) => {
        $crate::__conformance_test! {
            $case ["the provider does not declare `without_decrypt`"] $ignore
        }
    };
    ($case:ident idempotent_update $ignore:tt) => {
        $crate::__conformance_test! {
            $case ["the provider does not declare `idempotent_update`"] $ignore
        }
    };
    ($case:ident outside $ignore:tt) => {
        $crate::__conformance_test! { $case ["the harness does not list `outside`"] $ignore }
    };
    ($case:ident grammar $ignore:tt) => {
        $crate::__conformance_test! { $case ["the harness does not list `grammar`"] $ignore }
    };
}

/// The test of the list of capabilities.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_declared {
    ([$($capability:ident)*] [$($ignore:literal)?]) => {
        #[test]
        $(#[ignore = $ignore])?
        fn declared_capabilities_are_those_of_the_provider() {
            $crate::run(__harness(), async |harness| {
                let declared = &[$(stringify!($capability)),*];
                $crate::cases::declared_capabilities(harness, declared).await;
            });
        }
    };
}

/// The test itself: with a reason of its own, the reason of all, both, or neither.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ($case:ident [] []) => {
        #[test]
        fn $case() {
            $crate::run(__harness(), $crate::cases::$case);
        }
    };
    ($case:ident [$reason:literal] []) => {
        #[test]
        #[ignore = $reason]
        fn $case() {
            $crate::run(__harness(), $crate::cases::$case);
        }
    };
    ($case:ident [] [$ignore:literal]) => {
        $crate::__conformance_test! { $case [$ignore] [] }
    };
    ($case:ident [$reason:literal] [$ignore:literal]) => {};
}
